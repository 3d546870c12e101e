"""Calls one after another, each with what the one before it gave: no 5xx, and nothing that is not described."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.errors import Flaky
from schemathesis import Response
from schemathesis.core.failures import FailureGroup
from schemathesis.core.parameters import ParameterLocation
from schemathesis.generation.stateful import APIStateMachine
from schemathesis.schemas import BaseSchema

from tests.system import visits
from tests.system.visits import AnyCase, Visit, is_negated, operation_id

pytestmark = [pytest.mark.system, pytest.mark.timeout(300)]

CALLS = 500
MOST_CALLS = 3_000  # where chance has left something out
WALKS = settings(
    max_examples=20,
    stateful_step_count=12,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
LED_TO = {"cast_vote", "get_upload", "retire_gold", "revoke_key", "skip_battle"}
"""Some of what nobody reaches without an answer that was given before."""


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def visit(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visit]:
    with visits.visiting(request, tmp_path_factory.mktemp(request.param)) as visit:
        yield visit


def test_walks_along_the_links(visit: Visit) -> None:
    failures: list[str] = []
    walks = 0
    while visit.seen.total() < CALLS or (
        len(reached(visit) & LED_TO) < 2 and visit.seen.total() < MOST_CALLS
    ):
        walks += 1
        # A walk taken twice meets another arena the second time, which hypothesis takes for a fault of the test.
        with suppress(Flaky):
            seed(walks)(walker(visit, visits.description(visit), failures)).run(settings=WALKS)
    assert failures == []
    assert len(reached(visit) & LED_TO) >= 2, "chance leaves some of them out"


def reached(visit: Visit) -> set[str]:
    return {name for (name, status), count in visit.seen.items() if count and 200 <= status < 300}


def walker(visit: Visit, description: BaseSchema, failures: list[str]) -> type[APIStateMachine]:
    """Goes where each answer leads to, and notes what should not be."""
    machine: Any = description.as_state_machine()

    class Walker(machine):  # type: ignore[misc]  # made of the description
        at = 0

        def before_call(self, case: AnyCase) -> None:
            self.at = next(visit.number)
            if case.path_parameters and self.at % 3 and not is_negated(case, ParameterLocation.PATH):
                self._go_where_much_is(case)
            visit.fit(case, self.at)

        def _go_where_much_is(self, case: AnyCase) -> None:
            """Other calls stay where the links lead: in an arena that was just made."""
            known = {"arena": visit.place.arena}
            if operation_id(case.operation) != "withdraw_model":
                known["model"] = "m1"
            case.path_parameters.update({name: known[name] for name in known if name in case.path_parameters})

        def get_call_kwargs(self, case: AnyCase) -> dict[str, Any]:
            return visit.sent_with(case, self.at)

        def validate_response(self, response: Response, case: AnyCase, **more: Any) -> None:
            try:
                visit.check(case, response)
            except FailureGroup as wrong:
                failures.extend(f"{case.as_curl_command()}\n{each}" for each in wrong.exceptions)

    return Walker
