"""Every route against its own OpenAPI description: no 5xx, and nothing that the description does not announce."""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.core.parameters import ParameterLocation
from schemathesis.schemas import BaseSchema

from tests.system import visits
from tests.system.visits import ELSEWHERE, AnyCase, Operation, Visit, is_negated, operation_id, operations

pytestmark = [pytest.mark.system, pytest.mark.timeout(300)]

EDGES = 60  # for each operation, spread evenly over what schemathesis thinks of
EXAMPLES = settings(
    max_examples=6,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def visit(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visit]:
    with visits.visiting(request, tmp_path_factory.mktemp(request.param)) as visit:
        yield visit


@pytest.fixture(scope="module")
def description(visit: Visit) -> BaseSchema:
    return visits.description(visit)


def test_edges_of_what_is_described(visit: Visit, description: BaseSchema, subtests: pytest.Subtests) -> None:
    """Each field missing, empty, longest, too long, of another type; each method that a route does not have."""
    for operation in operations(description):
        with subtests.test(operation_id(operation)):
            for case in _edges(description, operation):
                visit.ask(case, fitting=not is_negated(case, ParameterLocation.PATH))


def test_chance_within_and_beyond_what_is_described(
    visit: Visit, description: BaseSchema, subtests: pytest.Subtests
) -> None:
    for operation in operations(description):
        for mode in GenerationMode:
            with subtests.test(f"{operation_id(operation)} {mode.name}"):
                _ask_by_chance(visit, operation, mode)


def test_every_route_was_asked_and_answered(visit: Visit, description: BaseSchema) -> None:
    """What the tests above, which it needs, have seen."""
    names = {operation_id(operation) for operation in operations(description)}
    assert {name for name, _ in visit.seen} == names
    answered = {name for (name, status), count in visit.seen.items() if count and 200 <= status < 400}
    assert names - answered == set(ELSEWHERE)


def _edges(description: BaseSchema, operation: Operation) -> list[AnyCase]:
    generation = description.config.generation
    found = list(
        description.iter_coverage_cases(
            operation, generation_modes=list(GenerationMode), generation_config=generation
        )
    )
    return found[:: len(found) // EDGES + 1]


def _ask_by_chance(visit: Visit, operation: Operation, mode: GenerationMode) -> None:
    @seed(1)
    @EXAMPLES
    @given(case=operation.as_strategy(generation_mode=mode), fitting=st.booleans())
    def ask(case: AnyCase, fitting: bool) -> None:
        visit.ask(case, fitting=fitting)

    try:
        ask()
    except Unsatisfiable:
        assert mode is GenerationMode.NEGATIVE, "nothing fits the description"
