"""/arenas/{arena}/methods and /formats: what can be chosen, read from the registries."""

from typing import Any, Literal

from fastapi import APIRouter

from app.api.deps import CallerDep, Reading, readable
from app.api.problems import RESPONSES
from app.api.shapes import ArenaPath, Out
from app.domain.formats import FORMATS
from app.stats.rankings import METHODS

router = APIRouter(prefix="/arenas/{arena}", tags=["registries"], responses=RESPONSES)


class MethodOut(Out):
    name: str
    version: str
    unit: Literal["points", "percent"]
    summary: str
    settings: dict[str, Any]


class MethodsOut(Out):
    items: list[MethodOut]
    next: str | None = None


class FormatOut(Out):
    name: str
    summary: str
    columns: list[str]


class FormatsOut(Out):
    items: list[FormatOut]
    next: str | None = None


@router.get("/methods")
def list_methods(arena: ArenaPath, session: Reading, caller: CallerDep) -> MethodsOut:
    """The ranking methods, with the default of each setting."""
    readable(session, arena, caller)
    return MethodsOut(
        items=[
            MethodOut(
                name=method.name,
                version=method.version,
                unit=method.unit,
                summary=method.summary,
                settings=method.defaults(),
            )
            for method in METHODS.values()
        ]
    )


@router.get("/formats")
def list_formats(arena: ArenaPath, session: Reading, caller: CallerDep) -> FormatsOut:
    """The vote formats that can be imported."""
    readable(session, arena, caller)
    shown = [
        FormatOut(name=each.name, summary=each.summary, columns=list(each.columns))
        for each in FORMATS.values()
    ]
    return FormatsOut(items=shown)
