"""/arenas/{arena}/methods, /samplings, /protocols and /providers: what can be chosen, read from the registries."""

from typing import Literal

from fastapi import APIRouter

from app.api.deps import CallerDep, Reading, readable
from app.api.problems import RESPONSES
from app.api.shapes import ArenaPath, Out, ParameterOut
from app.domain.judges import PROTOCOLS
from app.providers import PROVIDERS
from app.stats.pairing import SAMPLERS
from app.stats.rankings import METHODS

router = APIRouter(prefix="/arenas/{arena}", tags=["registries"], responses=RESPONSES)


class MethodOut(Out):
    name: str
    version: str
    unit: Literal["points", "percent"]
    summary: str
    settings: list[ParameterOut]


class MethodsOut(Out):
    items: list[MethodOut]
    next: str | None = None


class SamplingOut(Out):
    name: str
    version: str
    summary: str
    settings: list[ParameterOut]


class SamplingsOut(Out):
    items: list[SamplingOut]
    next: str | None = None


class ProtocolOut(Out):
    name: str
    version: str
    summary: str
    settings: list[ParameterOut]


class ProtocolsOut(Out):
    items: list[ProtocolOut]
    next: str | None = None


class ProviderOut(Out):
    name: str
    version: str
    summary: str
    settings: list[ParameterOut]


class ProvidersOut(Out):
    items: list[ProviderOut]
    next: str | None = None


@router.get("/methods")
def list_methods(arena: ArenaPath, session: Reading, caller: CallerDep) -> MethodsOut:
    """The ranking methods, with what each of their settings may be."""
    readable(session, arena, caller)
    return MethodsOut(
        items=[
            MethodOut(
                name=method.name,
                version=method.version,
                unit=method.unit,
                summary=method.summary,
                settings=[ParameterOut.model_validate(each) for each in method.parameters()],
            )
            for method in METHODS.values()
        ]
    )


@router.get("/samplings")
def list_samplings(arena: ArenaPath, session: Reading, caller: CallerDep) -> SamplingsOut:
    """The ways to choose who meets next, with what each of their settings may be."""
    readable(session, arena, caller)
    return SamplingsOut(
        items=[
            SamplingOut(
                name=sampler.name,
                version=sampler.version,
                summary=sampler.summary,
                settings=[ParameterOut.model_validate(each) for each in sampler.parameters()],
            )
            for sampler in SAMPLERS.values()
        ]
    )


@router.get("/protocols")
def list_protocols(arena: ArenaPath, session: Reading, caller: CallerDep) -> ProtocolsOut:
    """The ways to ask a judge, with what each of their settings may be."""
    readable(session, arena, caller)
    return ProtocolsOut(
        items=[
            ProtocolOut(
                name=protocol.name,
                version=protocol.version,
                summary=protocol.summary,
                settings=[ParameterOut.model_validate(each) for each in protocol.parameters()],
            )
            for protocol in PROTOCOLS.values()
        ]
    )


@router.get("/providers")
def list_providers(arena: ArenaPath, session: Reading, caller: CallerDep) -> ProvidersOut:
    """The ways to reach a judge, with what each setting of an endpoint may be."""
    readable(session, arena, caller)
    return ProvidersOut(
        items=[
            ProviderOut(
                name=provider.name,
                version=provider.version,
                summary=provider.summary,
                settings=[ParameterOut.model_validate(each) for each in provider.parameters()],
            )
            for provider in PROVIDERS.values()
        ]
    )
