"""create_app: the routes, the errors and the guards around them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute
from starlette.middleware.gzip import GZipMiddleware
from starlette.routing import BaseRoute
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from app.api import (
    answers,
    arenas,
    audit,
    badges,
    battles,
    bodies,
    challenges,
    checklists,
    choices,
    comments,
    consistency,
    dimensions,
    doubts,
    findings,
    formats,
    gates,
    health,
    history,
    judges,
    keys,
    leaderboards,
    me,
    media,
    model_reports,
    models,
    owners,
    pages,
    problems,
    prompts,
    raters,
    registries,
    review,
    runs,
    scores,
    session,
    sign_in,
    trust,
    uploads,
    votes,
)
from app.api.counters import Counted
from app.api.deps import TURNS
from app.api.guards import BodyLimit, FailedLogins, SameSite
from app.api.limits import Limits
from app.api.streams import Watch
from app.db.session import Database
from app.settings import Settings, identity_provider, signing_key

PREFIX = "/api/v1"
# What ends in a word of its own stands before `models`, whose path would swallow it.
ROUTERS = (
    arenas,
    dimensions,
    doubts,
    prompts,
    answers,
    uploads,
    model_reports,
    models,
    owners,
    challenges,
    checklists,
    battles,
    media,
    votes,
    formats,
    review,
    gates,
    comments,
    findings,
    raters,
    leaderboards,
    badges,
    history,
    consistency,
    choices,
    trust,
    scores,
    judges,
    runs,
    registries,
    me,
    session,
    sign_in,
    keys,
    audit,
)


class Arena(FastAPI):
    def openapi(self) -> dict[str, Any]:
        if self.openapi_schema is None:
            bodies.define(super().openapi())
        return super().openapi()


def create_app(settings: Settings | None = None) -> FastAPI:
    """The ASGI application for these settings, the environment's by default; its database must be upgraded."""
    settings = settings or Settings()
    app = Arena(
        title="Arena",
        version=_version(),
        description="Blind battles, votes for each quality dimension, rankings. Errors are RFC 9457 problem details.",
        lifespan=_lifespan,
    )
    app.state.settings = settings
    app.state.signing_key = signing_key(settings)
    app.state.database = Database(settings.database_url)
    app.state.turns = asyncio.Semaphore(TURNS)
    app.state.watch = Watch()
    app.state.failed_logins = FailedLogins()
    app.state.limits = Limits(settings)
    app.state.sign_in = identity_provider(settings)
    problems.install(app)
    app.router.routes.extend(_routes())
    pages.install(app)
    app.add_middleware(GZipMiddleware, minimum_size=1_000)
    app.add_middleware(SameSite)
    app.add_middleware(BodyLimit, largest=settings.max_body_mb * 1_000_000)
    app.add_middleware(Counted, prefix=PREFIX)
    # The last added is the first asked: everything else sees the address and the scheme that a trusted proxy told.
    if settings.trusted_proxies:
        app.add_middleware(ProxyHeadersMiddleware, trusted_hosts=settings.trusted_proxies)
    return app


@cache
def _routes() -> list[BaseRoute]:
    """They are the same for every application of a process; to build them takes longer than all the rest."""
    built = APIRouter(generate_unique_id_function=_operation)
    for module in ROUTERS:
        built.include_router(module.router, prefix=PREFIX)
    built.include_router(health.router)
    return built.routes


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    yield
    app.state.database.close()


def _operation(route: APIRoute) -> str:
    return route.name


def _version() -> str:
    try:
        return version("pairwise-arena")
    except PackageNotFoundError:
        return "0"
