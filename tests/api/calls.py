"""One working call for each operation that needs a key: who may make it, and with what."""

import secrets
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from fastapi.testclient import TestClient
from sqlalchemy import select

from app.db.session import Database
from app.db.tables import Model, Upload, UploadChunk
from app.domain import arenas, controls, runs
from app.domain.judges import roster
from app.domain.judges.roster import NewJudge
from app.domain.runs import Budget
from app.domain.selections import Selection
from tests.api.conftest import API, Maker
from tests.arenas import NOW, import_rows, vote


@dataclass(frozen=True)
class Call:
    """`scope` is the least that it needs; `{key}` in a path stands for a key of the arena, `{run}` for a run in the
    state `run`, or an upload where it says so.
    """

    scope: str
    path: str
    body: Any = None
    query: dict[str, Any] = field(default_factory=dict)
    run: str = "running"
    kind: str | None = None

    def send(self, client: TestClient, method: str, headers: dict[str, str], key: str, run: str) -> Any:
        given = {"content": self.body} if isinstance(self.body, bytes) else {"json": self.body}
        path = API + self.path.format(key=key, run=run)
        sent = headers if self.kind is None else {**headers, "Content-Type": self.kind}
        return client.request(method, path, params=self.query, headers=sent, **given)


REFEREE = NewJudge("ref", "referee-1", provider="scripted")
JUDGE = {"name": "ref", "model": "referee-1", "provider": "scripted"}
DECISION = {"where": {"verdict": "a"}, "reason": "a bot"}
GOLD = {"prompt": "p0", "better": "secret-m", "worse": "secret-mm", "reason": "the other is empty"}
UPLOADS = "/arenas/quiz/models/secret-m/uploads"
LINE = b'{"prompt_id": "p0", "text": "!"}\n'
OCTETS = "application/octet-stream"
CALLS = {
    "create_arena": Call("admin of all", "/arenas", {"slug": "second", "title": "Second"}),
    "change_arena": Call("admin", "/arenas/quiz", {"title": "Quiz 2"}),
    "put_dimension": Call("admin", "/arenas/quiz/dimensions/wit", {"title": "Wit"}),
    "list_prompts": Call("owner", "/arenas/quiz/prompts"),
    "submit_prompts": Call("admin", "/arenas/quiz/prompts", [{"id": "new", "text": "Why?"}]),
    "archive_prompt": Call("admin", "/arenas/quiz/prompts/p0", {"archived": False}),
    "list_checklists": Call("admin", "/arenas/quiz/checklists"),
    "list_checklist_versions": Call("admin", "/arenas/quiz/checklists/p0"),
    "put_checklist": Call("admin", "/arenas/quiz/checklists/p0", {"questions": ["Is it so?"]}),
    "list_models": Call("owner", "/arenas/quiz/models"),
    "register_model": Call("owner", "/arenas/quiz/models", {"slug": "newcomer"}),
    "get_model": Call("owner", "/arenas/quiz/models/secret-m"),
    "change_model": Call("owner", "/arenas/quiz/models/secret-m", {"name": "M"}),
    "withdraw_model": Call("owner", "/arenas/quiz/models/leaving", query={"confirm": "leaving"}),
    "get_model_report": Call("owner", "/arenas/quiz/models/secret-m/report"),
    "list_comments": Call("admin", "/arenas/quiz/comments"),
    "decide_comment": Call("admin", "/arenas/quiz/comments/1", {"state": "published"}),
    "begin_upload": Call("owner", UPLOADS, {"size": 10}),
    "list_uploads": Call("owner", UPLOADS),
    "get_upload": Call("owner", UPLOADS + "/{run}", run="upload receiving"),
    "append_to_upload": Call(
        "owner", UPLOADS + "/{run}", LINE[:5], {"offset": 0}, run="upload receiving", kind=OCTETS
    ),
    "cancel_upload": Call("owner", UPLOADS + "/{run}", run="upload receiving"),
    "check_upload": Call("owner", UPLOADS + "/{run}/check", run="upload checked"),
    "preview_upload": Call("owner", UPLOADS + "/{run}/answers", run="upload checked"),
    "confirm_upload": Call("owner", UPLOADS + "/{run}/confirm", {}, run="upload checked"),
    "submit_answers": Call("owner", "/arenas/quiz/models/secret-m/answers", {"prompt_id": "p0", "text": "!"}),
    "import_votes": Call(
        "admin", "/arenas/quiz/votes/import", b"model_a,model_b,winner\nx,y,a\n", {"format": "csv"}
    ),
    "export_votes": Call("read", "/arenas/quiz/votes/export", query={"format": "csv"}),
    "list_findings": Call("admin", "/arenas/quiz/findings"),
    "decide_finding": Call("admin", "/arenas/quiz/findings/p0", {"state": "held"}),
    "list_doubts": Call("read", "/arenas/quiz/judges/gpt-4/doubts"),
    "put_trust": Call("admin", "/arenas/quiz/judges/gpt-4/trust", {"decision": "exclude"}),
    "register_judge": Call("admin", "/arenas/quiz/judges", JUDGE),
    "archive_judge": Call("admin", "/arenas/quiz/judges/retiring"),
    "start_run": Call(
        "admin", "/arenas/quiz/judges/ref/runs", {"selection": {"battles": "new", "most": 1, "seed": 1}}
    ),
    "list_runs": Call("admin", "/arenas/quiz/runs"),
    "get_run": Call("admin", "/runs/{run}"),
    "stream_run": Call("admin", "/runs/{run}/events", run="cancelled"),
    "pause_run": Call("admin", "/runs/{run}/pause"),
    "resume_run": Call("admin", "/runs/{run}/resume", {}, run="paused"),
    "cancel_run": Call("admin", "/runs/{run}/cancel"),
    "list_judgments": Call("admin", "/runs/{run}/judgments"),
    "list_calls": Call("admin", "/runs/{run}/calls"),
    "list_votes": Call("admin", "/arenas/quiz/votes"),
    "set_votes_aside": Call("admin", "/arenas/quiz/votes/set_aside", DECISION),
    "restore_votes": Call("admin", "/arenas/quiz/votes/restore", DECISION),
    "list_gates": Call("admin", "/arenas/quiz/gates"),
    "list_gold": Call("admin", "/arenas/quiz/gold"),
    "add_gold": Call("admin", "/arenas/quiz/gold", GOLD),
    "retire_gold": Call("admin", "/arenas/quiz/gold/1"),
    "list_raters": Call("admin", "/arenas/quiz/raters"),
    "get_rater": Call("admin", "/arenas/quiz/raters/1"),
    "list_arena_audit": Call("admin", "/arenas/quiz/audit"),
    "list_audit": Call("admin", "/audit"),
    "list_keys": Call("owner", "/keys"),
    "create_key": Call("owner", "/keys", {"scope": "owner", "owner": "acme"}),
    "revoke_key": Call("admin", "/keys/{key}"),
}
VOTERS_OWN = {
    "deal_battle", "skip_battle", "cast_vote", "change_vote", "withdraw_vote",
    "get_me", "list_my_votes", "export_me", "erase_me", "put_my_profile", "delete_my_profile",
    "log_in", "set_up", "get_session", "log_out", "list_arenas",
    "register_owner", "get_challenge", "get_media", "get_sign_in", "begin_sign_in", "end_sign_in",
}  # fmt: skip
"""What everybody may do under their own name. Beside these, everybody may read what is under a public arena."""


def prepare(make: Maker, database: Database) -> None:
    """The arena that the calls are about; its models belong to the owner `acme`."""
    make.quiz(prompts=2)
    make.post("/arenas/quiz/models", {"slug": "leaving"}, make.keys.owner)
    make.vote(make.deal()["id"], {"overall": "a"}, comment="Short.")
    import_rows(database, [vote("secret-m", "secret-mm", "a", "judge:gpt-4", prompt_id="p0")], "quiz")
    with database.writing() as session:
        quiz = arenas.find(session, "quiz")
        controls.add(session, quiz, "p1", "secret-m", "secret-mm", "the other is empty", NOW)
        for name in ("ref", "retiring"):
            roster.register(session, quiz, replace(REFEREE, name=name), NOW)


def run_in(database: Database, state: str) -> str:
    """A run of a judge of its own in this state, or an `upload` in one."""
    if state.startswith("upload "):
        return _upload_in(database, state.removeprefix("upload "))
    with database.writing() as session:
        quiz = arenas.find(session, "quiz")
        judge = roster.register(session, quiz, replace(REFEREE, name=f"ref-{secrets.token_hex(4)}"), NOW)
        run = runs.start(session, quiz, judge, Selection("all"), Budget(), NOW)
        if state == "paused":
            runs.pause(session, run, "for a test")
        if state == "cancelled":
            runs.cancel(session, run, "for a test", NOW)
        return run.public_id


def _upload_in(database: Database, state: str) -> str:
    """Of one line, of which nothing has come, or all and it was found good."""
    come = len(LINE) if state == "checked" else 0
    with database.writing() as session:
        model = session.scalars(select(Model).where(Model.slug == "secret-m")).one()
        row = Upload(
            public_id=secrets.token_hex(8), arena_id=model.arena_id, model_id=model.id, name="", size=len(LINE),
            received=come, state=state, report={}, bad_lines=[], position=0, line=0, accepted=0, replaced=0,
            problem="", created_at=datetime.now(UTC), touched_at=datetime.now(UTC),
        )  # fmt: skip
        session.add(row)
        session.flush()
        if come:
            session.add(UploadChunk(upload_id=row.id, start=0, size=come, data=LINE))
        return row.public_id
