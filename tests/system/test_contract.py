"""Every route against its own OpenAPI description: no 5xx, and nothing that the description does not announce."""

import itertools
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import Case, GenerationMode, Response
from schemathesis.checks import not_a_server_error
from schemathesis.core.parameters import ParameterLocation
from schemathesis.schemas import APIOperation, BaseSchema
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from app.domain import accounts
from tests.arenas import import_rows, vote
from tests.system import fitting, voting
from tests.system.voting import Place

pytestmark = [pytest.mark.system, pytest.mark.timeout(300)]

AnyCase = Case[Any]
Operation = APIOperation[Any, Any, Any, Any]

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    unsupported_method,
]
EDGES = 60  # for each operation, spread evenly over what schemathesis thinks of
EXAMPLES = settings(
    max_examples=6,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
CHANGED = "changed"  # so that the arena with the battles keeps its rules
CHANGING = ("change_arena", "put_dimension", "change_model")
JUDGE = "gpt-4"
REFEREE = "referee"
SCRIPTED = {"provider": "scripted", "endpoint": {}, "model": "m", "dimensions": []}
OF_JUDGES = ("get_judge", "archive_judge", "start_run")
# Nothing answers there: a sign-in leads back to the page, which says so.
NOBODYS_PROVIDER = {
    "ARENA_PUBLIC_URL": "http://127.0.0.1",
    "ARENA_OIDC_ISSUER": "https://127.0.0.1:9",
    "ARENA_OIDC_CLIENT_ID": "arena",
    "ARENA_OIDC_ADMINS": "ana@example.org",
}
VERDICTS = {"overall": "a", "accuracy": "tie"}
ELSEWHERE = {
    "set_up": "there is an admin already: tests/api/test_session.py",
    "get_media": "no battle here holds a picture: tests/api/test_media.py",
}
# What chance does not find: queries and bodies that fit what is stored. Other fields stay as they were generated.
ASKED: dict[str, Callable[[int], dict[str, Any]]] = {
    **dict.fromkeys(
        ("get_consistency", "list_disagreements", "get_disagreements_csv"),
        lambda at: {"judge": JUDGE, "turn": at % 3 + 1},
    ),
    "get_disagreement": lambda at: {"judge": JUDGE},
    "import_votes": lambda at: {"format": "csv"},
    "append_to_upload": lambda at: {"offset": 0},
    "withdraw_model": lambda at: {"confirm": f"gone-{at}"},
    "export_votes": lambda at: {"format": "csv"},
}
FITTING: dict[str, Callable[[int], dict[str, Any]]] = {
    "decide_finding": lambda at: {"state": "held"},
    "decide_comment": lambda at: {"state": ("published", "refused")[at % 2]},
    "confirm_upload": lambda at: {"partial": False},
    "add_gold": lambda at: {"prompt": f"p{at % 200}", "better": "m1", "worse": "m2", "reason": "known"},
    "cast_vote": lambda at: {"verdicts": VERDICTS, "strengths": {"overall": 2}},
    "change_vote": lambda at: {"verdicts": VERDICTS, "strengths": {}},
    "submit_answers": lambda at: {"prompt_id": f"p{at % 6}", "text": f"Answer {at}", "messages": None},
    "register_judge": lambda at: {
        **SCRIPTED,
        "name": f"{REFEREE}-{at % 20}",
        "protocol": "pairwise",
        "protocol_settings": {},
        "told": {},
    },
    "start_run": lambda at: {"selection": {"battles": "all"}, "budget": {}, "version": None},
    "resume_run": lambda at: {"budget": {}, "retry_failed": False},
    "put_trust": lambda at: {"dimension": "overall", "language": "en"},
    "set_votes_aside": lambda at: {"votes": [at % 3 + 1], "where": None, "reason": "a bot"},
    "restore_votes": lambda at: {"votes": [at % 3 + 1], "where": None, "reason": "a person"},
    "create_key": lambda at: {"scope": "read", "owner": "guest", "arena": None, "expires_at": None},
    "submit_prompts": lambda at: {
        "id": f"new-{at}",
        "text": "?",
        "messages": None,
        "category": "",
        "language": "",
    },
}


@dataclass
class Visit:
    """A voter who also holds an admin's key asks the server, and remembers what came back."""

    place: Place
    cookie: str
    guest: str  # the prefix of a key to revoke
    browser: requests.Session = field(default_factory=requests.Session)
    seen: Counter[tuple[str, int]] = field(default_factory=Counter)
    number: Iterator[int] = field(default_factory=itertools.count)

    def ask(self, case: AnyCase, *, fitting: bool) -> None:
        at = next(self.number)
        if fitting:
            self._fit(case, at)
        response = case.call(
            session=self.browser,
            headers=self._who(at),
            cookies={voting.COOKIE: self.cookie},
            allow_redirects=False,
        )
        self._check(case, response)

    def _check(self, case: AnyCase, response: Response) -> None:
        # A model's slug may hold slashes, so other methods of what is below it are about a model named so.
        excluded = [unsupported_method] if "/models/{model}/" in case.operation.path else []
        case.validate_response(response, checks=CHECKS, excluded_checks=excluded)
        self.seen[_name(case.operation), response.status_code] += case.method == case.operation.method.upper()

    def _who(self, at: int) -> dict[str, str]:
        """Each fourth call brings the cookie alone."""
        return {} if at % 4 == 3 else {"Authorization": f"Bearer {self.place.key}"}

    def _fit(self, case: AnyCase, at: int) -> None:
        arena = CHANGED if _name(case.operation) in CHANGING else self.place.arena
        known = {
            "arena": arena,
            "prompt": f"p{at % 6}",
            "model": "m1",
            "judge": JUDGE,
            "slug": ("accuracy", "overall", "wit")[at % 3],
            "rater": self.place.number("SELECT rater_id FROM votes WHERE id = 1"),
            "prefix": self.guest,
        }
        wanted = case.path_parameters.keys() if case.path_parameters else ()
        if _name(case.operation) in OF_JUDGES:
            known["judge"] = self._judge(f"{REFEREE}-{at}")
        if _name(case.operation) == "withdraw_model":
            known["model"] = fitting.model(self.place, f"gone-{at}")
        case.path_parameters.update(
            {name: known.get(name) or self._made(case.operation, name, at) for name in wanted}
        )
        if case.headers and at % 5 and not _is_negated(case, ParameterLocation.HEADER):
            case.headers.pop("Idempotency-Key", None)  # most keys were used for another call, which is a 409
        query = ASKED.get(_name(case.operation))
        if query is not None and not _is_negated(case, ParameterLocation.QUERY):
            case.query = query(at)
        if _name(case.operation) == "import_votes" and not _is_negated(case, ParameterLocation.BODY):
            case.body = f"model_a,model_b,winner,rater\nm1,m2,a,human:{at}\n".encode()
        if _name(case.operation) == "append_to_upload" and not _is_negated(case, ParameterLocation.BODY):
            case.body = fitting.LINE
        fields = FITTING.get(_name(case.operation))
        if fields is not None and isinstance(case.body, dict):
            case.body = {**case.body, **fields(at)}
        if _name(case.operation) == "log_in" and isinstance(case.body, dict):
            case.body = {**case.body, "key": self.place.key}

    def _made(self, operation: Operation, name: str, at: int) -> str:
        if _name(operation) == "get_disagreement":
            return self._disagreement()
        match name:
            case "run":
                return self._run(operation, at)
            case "upload":
                return fitting.upload(self.place, _name(operation))
            case "gold":
                return fitting.gold(self.place, at)
            case "ballot":
                return fitting.comment(self.place, self.cookie)
            case _:
                return self._battle(operation)

    def _disagreement(self) -> str:
        with self.place.admin() as admin:
            path = f"/arenas/{self.place.arena}/consistency/disagreements"
            found: str = (
                admin.get(path, params={"judge": JUDGE}).raise_for_status().json()["items"][0]["battle"]
            )
        return found

    def _judge(self, name: str) -> str:
        with self.place.admin() as admin:
            admin.post(
                f"/arenas/{self.place.arena}/judges", json={**SCRIPTED, "name": name}
            ).raise_for_status()
        return name

    def _run(self, operation: Operation, at: int) -> str:
        """A run in the state that the operation asks for; one that is over has a stream with an end."""
        judge = self._judge(f"runner-{at}")
        with self.place.admin() as admin:
            path = f"/arenas/{self.place.arena}/judges/{judge}/runs"
            told = admin.post(path, json={"selection": {"battles": "all", "most": 1}})
            run: str = told.raise_for_status().json()["id"]
            if _name(operation) not in ("pause_run", "cancel_run"):
                admin.post(f"/runs/{run}/pause").raise_for_status()
            if _name(operation) == "stream_run":
                admin.post(f"/runs/{run}/cancel").raise_for_status()
        return run

    def _battle(self, operation: Operation) -> str:
        """One of the voter's, in the state that the operation asks for."""
        battle = voting.deal(self.place, self.cookie)
        if _name(operation) in ("change_vote", "withdraw_vote"):
            with voting.client(self.place.url, self.cookie) as browser:
                browser.post(f"/battles/{battle}/votes", json={"verdicts": VERDICTS}).raise_for_status()
        return battle


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def visit(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visit]:
    folder = tmp_path_factory.mktemp(request.param)
    # Without a worker, so that runs stay in the state that a route asks for.
    with voting.running(request, folder, "--no-worker", ARENA_MAX_BODY_MB="1", **NOBODYS_PROVIDER) as place:
        voting.make_arena(place, CHANGED)
        arena = voting.make_arena(place, "arena", languages=("en",) * 200, reveal="never")
        raters = ("human:ana", "human:ben", f"judge:{JUDGE}")
        agreed = [vote("m1", "m2", rater=who, prompt_id="p0", turn=1) for who in raters]
        apart = [
            vote("m1", "m2", word, who, prompt_id="p1", turn=1)
            for word, who in zip("aab", raters, strict=True)
        ]
        import_rows(place.database, [*agreed, *apart], "arena")
        guest = accounts.bare(voting.admin_key(place.database))
        yield Visit(arena, voting.new_voter(place.url), guest)


@pytest.fixture(scope="module")
def description(visit: Visit) -> BaseSchema:
    return schemathesis.openapi.from_url(f"{visit.place.url}/openapi.json")


def test_edges_of_what_is_described(visit: Visit, description: BaseSchema, subtests: pytest.Subtests) -> None:
    """Each field missing, empty, longest, too long, of another type; each method that a route does not have."""
    for operation in _operations(description):
        with subtests.test(_name(operation)):
            for case in _edges(description, operation):
                visit.ask(case, fitting=not _is_negated(case, ParameterLocation.PATH))


def test_chance_within_and_beyond_what_is_described(
    visit: Visit, description: BaseSchema, subtests: pytest.Subtests
) -> None:
    for operation in _operations(description):
        for mode in GenerationMode:
            with subtests.test(f"{_name(operation)} {mode.name}"):
                _ask_by_chance(visit, operation, mode)


def test_every_route_was_asked_and_answered(visit: Visit, description: BaseSchema) -> None:
    """What the tests above, which it needs, have seen."""
    names = {_name(operation) for operation in _operations(description)}
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


def _operations(description: BaseSchema) -> list[Operation]:
    found: Any = description.get_all_operations()  # a result each, which may hold an error
    return [each.ok() for each in found]


def _name(operation: Operation) -> str:
    name: str = operation.definition.raw["operationId"]
    return name


def _is_negated(case: AnyCase, location: ParameterLocation) -> bool:
    part = case.meta.components.get(location) if case.meta else None
    return part is not None and part.mode is GenerationMode.NEGATIVE
