"""One working call for each operation that needs a key: who may make it, and with what."""

from dataclasses import dataclass, field
from typing import Any

from fastapi.testclient import TestClient

from app.db.session import Database
from tests.api.conftest import API, Maker
from tests.arenas import import_rows, vote


@dataclass(frozen=True)
class Call:
    """`scope` is the least that it needs; `{key}` in a path stands for a key of the arena."""

    scope: str
    path: str
    body: Any = None
    query: dict[str, Any] = field(default_factory=dict)

    def send(self, client: TestClient, method: str, headers: dict[str, str], key: str) -> Any:
        given = {"content": self.body} if isinstance(self.body, bytes) else {"json": self.body}
        path = API + self.path.format(key=key)
        return client.request(method, path, params=self.query, headers=headers, **given)


DECISION = {"where": {"verdict": "a"}, "reason": "a bot"}
CALLS = {
    "create_arena": Call("admin of all", "/arenas", {"slug": "second", "title": "Second"}),
    "change_arena": Call("admin", "/arenas/quiz", {"title": "Quiz 2"}),
    "put_dimension": Call("admin", "/arenas/quiz/dimensions/wit", {"title": "Wit"}),
    "list_prompts": Call("owner", "/arenas/quiz/prompts"),
    "submit_prompts": Call("admin", "/arenas/quiz/prompts", [{"id": "new", "text": "Why?"}]),
    "list_models": Call("owner", "/arenas/quiz/models"),
    "register_model": Call("owner", "/arenas/quiz/models", {"slug": "newcomer"}),
    "get_model": Call("owner", "/arenas/quiz/models/secret-m"),
    "change_model": Call("owner", "/arenas/quiz/models/secret-m", {"name": "M"}),
    "submit_answers": Call("owner", "/arenas/quiz/models/secret-m/answers", {"prompt_id": "p0", "text": "!"}),
    "import_votes": Call(
        "admin", "/arenas/quiz/votes/import", b"model_a,model_b,winner\nx,y,a\n", {"format": "csv"}
    ),
    "export_votes": Call("read", "/arenas/quiz/votes/export", query={"format": "csv"}),
    "put_trust": Call("admin", "/arenas/quiz/judges/gpt-4/trust", {"decision": "exclude"}),
    "list_votes": Call("admin", "/arenas/quiz/votes"),
    "set_votes_aside": Call("admin", "/arenas/quiz/votes/set_aside", DECISION),
    "restore_votes": Call("admin", "/arenas/quiz/votes/restore", DECISION),
    "list_raters": Call("admin", "/arenas/quiz/raters"),
    "get_rater": Call("admin", "/arenas/quiz/raters/1"),
    "list_arena_audit": Call("admin", "/arenas/quiz/audit"),
    "list_audit": Call("admin", "/audit"),
    "list_keys": Call("admin", "/keys"),
    "create_key": Call("admin", "/keys", {"scope": "read"}),
    "revoke_key": Call("admin", "/keys/{key}"),
}
VOTERS_OWN = {
    "deal_battle", "skip_battle", "cast_vote", "change_vote", "withdraw_vote",
    "get_me", "list_my_votes", "export_me", "erase_me", "log_in", "get_session", "log_out", "list_arenas",
}  # fmt: skip
"""What everybody may do under their own name. Beside these, everybody may read what is under a public arena."""


def prepare(make: Maker, database: Database) -> None:
    """The arena that the calls are about; its models belong to the owner `acme`."""
    make.quiz(prompts=2)
    make.vote(make.deal()["id"], {"overall": "a"})
    import_rows(database, [vote("secret-m", "secret-mm", "a", "judge:gpt-4", prompt_id="p0")], "quiz")
