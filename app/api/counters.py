"""Counters: what Prometheus is told of this server. Routes are told by their template, so that no name becomes a label.

Several server processes count into one folder, which `arena serve` makes for them: each process then tells of all.
"""

import os
import time
from collections.abc import Iterable

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Counter,
    Histogram,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.domain.vitals import Vitals

MEDIA_TYPE = CONTENT_TYPE_LATEST
TOGETHER = "PROMETHEUS_MULTIPROC_DIR"
PAGE = "page"
BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

GATES = {
    "arena_gate_votes": "The newest votes of all arenas, at which a gate looked.",
    "arena_gate_set_aside": "Of those, how many it set aside.",
    "arena_gate_alarms": "Arenas in which it set aside so many that the gate itself must be looked at.",
}

REQUESTS = Counter(
    "arena_http_requests_total", "Calls answered, by route template.", ["method", "route", "status"]
)
SECONDS = Histogram(
    "arena_http_request_seconds", "Until the last byte was sent.", ["method", "route"], buckets=BUCKETS
)
VOTES = Counter("arena_votes_total", "Ballots taken: counted, or why not.", ["outcome"])
LIMITED = Counter("arena_limited_total", "Calls refused or slowed down, by kind of limit.", ["limit"])


class Counted:
    """Counts every call once it has been answered, and those that were never answered as 500."""

    def __init__(self, app: ASGIApp, prefix: str) -> None:
        """`prefix` is where routers stand: a route knows only its own part of the path."""
        self.app, self.prefix = app, prefix

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        status, started = "500", time.perf_counter()

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = str(message["status"])
            await send(message)

        try:
            await self.app(scope, receive, noted)
        finally:
            # A method that somebody made up must not become a label of its own.
            method = scope["method"] if scope["method"] in METHODS else "other"
            route = template(scope, self.prefix)
            REQUESTS.labels(method, route, status).inc()
            SECONDS.labels(method, route).observe(time.perf_counter() - started)


METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


def template(scope: Scope, prefix: str) -> str:
    """The route's template, as in /api/v1/arenas/{arena}; `page` for all that the web page consists of."""
    path: str | None = getattr(scope.get("route"), "path", None)
    if path is None:
        return PAGE
    return f"{prefix}{path}" if scope["path"].startswith(f"{prefix}/") else path


def written(vitals: Vitals | None) -> bytes:
    """Everything in Prometheus' text format; `vitals` are None while the database does not answer."""
    registry = REGISTRY
    if os.environ.get(TOGETHER):
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]  # registers itself
    told = CollectorRegistry()
    told.register(_Told(vitals))
    return generate_latest(registry) + generate_latest(told)


class _Told(Collector):
    """What the database says at this moment, the same whichever process is asked."""

    def __init__(self, vitals: Vitals | None) -> None:
        self._vitals = vitals

    def collect(self) -> Iterable[Metric]:
        vitals = self._vitals
        yield _gauge("arena_database_up", "Whether the database answers.", 0 if vitals is None else 1)
        if vitals is None:
            return
        yield _gauge("arena_rollup_lag_seconds", "Age of the oldest vote outside the tallies.", vitals.lag)
        yield _gauge(
            "arena_rollup_waiting_votes",
            "Votes and changes outside the tallies, of very many a part.",
            vitals.waiting,
        )
        runs = GaugeMetricFamily("arena_judge_runs", "Judge runs by state.", labels=["state"])
        for state, count in sorted(vitals.runs.items()):
            runs.add_metric([state], count)
        yield runs
        for name, described in GATES.items():
            told = GaugeMetricFamily(name, described, labels=["gate"])
            for gate, stopped in sorted(vitals.gates.items()):
                told.add_metric([gate], getattr(stopped, name.removeprefix("arena_gate_")))
            yield told
        yield _gauge("arena_judge_calls", "Paid requests of judge runs, sent so far.", vitals.calls)
        yield _gauge("arena_judge_failed_judgments", "Judgments that ended without a verdict.", vitals.failed)
        yield _gauge("arena_judge_cost_micros", "What they cost at most, in millionths.", vitals.micros)


def _gauge(name: str, described: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, described, value=value)
