"""A visitor who asks a server everything that its OpenAPI description allows, and some of what it does not."""

import itertools
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import requests
import schemathesis
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
KEYLESS = ("register_owner",)
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
    "mix_scores": lambda at: {"mix": [f"{JUDGE}:1"], "dimension": "overall", "baseline": None},
    "import_votes": lambda at: {"format": "csv"},
    "append_to_upload": lambda at: {"offset": 0},
    "withdraw_model": lambda at: {"confirm": f"gone-{at}"},
    "export_votes": lambda at: {"format": "csv"},
}
FITTING: dict[str, Callable[[int], dict[str, Any]]] = {
    "decide_finding": lambda at: {"state": "held"},
    "decide_comment": lambda at: {"state": ("published", "refused")[at % 2]},
    "confirm_upload": lambda at: {"partial": False},
    "register_owner": lambda at: {"owner": f"owner {at}"},
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
    "put_checklist": lambda at: {"questions": [f"Is it {at}?"], "version": None},
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
            self._fit_path(case, at)
            self.fit(case, at)
        self.check(case, case.call(**self.sent_with(case, at)))

    def sent_with(self, case: AnyCase, at: int) -> dict[str, Any]:
        """Each fourth call brings the cookie alone, and so do those for people without a key."""
        bare = at % 4 == 3 or operation_id(case.operation) in KEYLESS
        return {
            "session": self.browser,
            "headers": {} if bare else {"Authorization": f"Bearer {self.place.key}"},
            "cookies": {voting.COOKIE: self.cookie},
            "allow_redirects": False,
        }

    def check(self, case: AnyCase, response: Response) -> None:
        """Raises a group of failures where the response is not as described."""
        # A model's slug may hold slashes, so other methods of what is below it are about a model named so.
        excluded = [unsupported_method] if "/models/{model}/" in case.operation.path else []
        case.validate_response(response, checks=CHECKS, excluded_checks=excluded)
        self.seen[operation_id(case.operation), response.status_code] += (
            case.method == case.operation.method.upper()
        )

    def _fit_path(self, case: AnyCase, at: int) -> None:
        name = operation_id(case.operation)
        known = {
            "arena": CHANGED if name in CHANGING else self.place.arena,
            "prompt": f"p{at % 6}",
            "model": "m1",
            "judge": JUDGE,
            "slug": ("accuracy", "overall", "wit")[at % 3],
            "rater": self.place.number("SELECT rater_id FROM votes WHERE id = 1"),
            "prefix": self.guest,
        }
        wanted = case.path_parameters.keys() if case.path_parameters else ()
        if name in OF_JUDGES:
            known["judge"] = self._judge(f"{REFEREE}-{at}")
        if name == "withdraw_model":
            known["model"] = fitting.model(self.place, f"gone-{at}")
        case.path_parameters.update(
            {each: known.get(each) or self._made(case.operation, each, at) for each in wanted}
        )

    def fit(self, case: AnyCase, at: int) -> None:
        """Query, body and headers that fit what is stored, but for what is wrong on purpose."""
        name = operation_id(case.operation)
        if case.headers and at % 5 and not is_negated(case, ParameterLocation.HEADER):
            case.headers.pop("Idempotency-Key", None)  # most keys were used for another call, which is a 409
        query = ASKED.get(name)
        if query is not None and not is_negated(case, ParameterLocation.QUERY):
            case.query = query(at)
        if name == "import_votes" and not is_negated(case, ParameterLocation.BODY):
            case.body = f"model_a,model_b,winner,rater\nm1,m2,a,human:{at}\n".encode()
        if name == "append_to_upload" and not is_negated(case, ParameterLocation.BODY):
            case.body = fitting.LINE
        fields = FITTING.get(name)
        if fields is not None and isinstance(case.body, dict):
            case.body = {**case.body, **fields(at)}
        if name == "log_in" and isinstance(case.body, dict):
            case.body = {**case.body, "key": self.place.key}

    def _made(self, operation: Operation, name: str, at: int) -> str:
        if operation_id(operation) == "get_disagreement":
            return self._disagreement()
        match name:
            case "run":
                return self._run(operation, at)
            case "upload":
                return fitting.upload(self.place, operation_id(operation))
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
            if operation_id(operation) not in ("pause_run", "cancel_run"):
                admin.post(f"/runs/{run}/pause").raise_for_status()
            if operation_id(operation) == "stream_run":
                admin.post(f"/runs/{run}/cancel").raise_for_status()
        return run

    def _battle(self, operation: Operation) -> str:
        """One of the voter's, in the state that the operation asks for."""
        battle = voting.deal(self.place, self.cookie)
        if operation_id(operation) in ("change_vote", "withdraw_vote"):
            with voting.client(self.place.url, self.cookie) as browser:
                browser.post(f"/battles/{battle}/votes", json={"verdicts": VERDICTS}).raise_for_status()
        return battle


@contextmanager
def visiting(request: pytest.FixtureRequest, folder: Path) -> Iterator[Visit]:
    """A visitor of an arena with votes in it, on the kind of database that the fixture's parameter names."""
    # Without a worker, so that runs stay in the state that a route asks for.
    with voting.running(
        request,
        folder,
        "--no-worker",
        ARENA_MAX_BODY_MB="1",
        ARENA_LIMIT_REGISTRATIONS="1000000/hour",
        **NOBODYS_PROVIDER,
    ) as place:
        voting.make_arena(place, CHANGED)
        arena = voting.make_arena(
            place, "arena", languages=("en",) * 200, reveal="never", registration="open"
        )
        raters = ("human:ana", "human:ben", f"judge:{JUDGE}")
        agreed = [vote("m1", "m2", rater=who, prompt_id="p0", turn=1) for who in raters]
        apart = [
            vote("m1", "m2", word, who, prompt_id="p1", turn=1)
            for word, who in zip("aab", raters, strict=True)
        ]
        import_rows(place.database, [*agreed, *apart], "arena")
        guest = accounts.bare(voting.admin_key(place.database))
        yield Visit(arena, voting.new_voter(place.url), guest)


def description(visit: Visit) -> BaseSchema:
    return schemathesis.openapi.from_url(f"{visit.place.url}/openapi.json")


def operations(description: BaseSchema) -> list[Operation]:
    found: Any = description.get_all_operations()  # a result each, which may hold an error
    return [each.ok() for each in found]


def operation_id(operation: Operation) -> str:
    found: str = operation.definition.raw["operationId"]
    return found


def is_negated(case: AnyCase, location: ParameterLocation) -> bool:
    part = case.meta.components.get(location) if case.meta else None
    return part is not None and part.mode is GenerationMode.NEGATIVE
