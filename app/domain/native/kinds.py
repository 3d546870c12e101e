"""KINDS: the tables of an arena in the order in which their records come, and how their rows are found and named."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from sqlalchemy import ColumnElement, Select, or_, select

from app.db.schema import Table
from app.db.tables import (
    Answer,
    Attachment,
    Ballot,
    Battle,
    ChecklistVersion,
    CommentDecision,
    ControlBattle,
    Dimension,
    DimensionVersion,
    GoldBattle,
    Judge,
    JudgeCall,
    JudgeRequest,
    JudgeRun,
    JudgeTrust,
    Judgment,
    Model,
    Prompt,
    PromptFinding,
    Rater,
    Skip,
    Vote,
    VoteEvent,
)

Where = Callable[[int], ColumnElement[bool]]


@dataclass(frozen=True)
class Kind:
    """The records of a table: which rows are an arena's, what its columns refer to, and which are not written.

    `refers` names for a column the kind that it refers to, which stands above unless the column is in `later`: that
    one names a record of its own kind, wherever it stands. Records come by id, or by the fields in `order` where there
    are few of them. A kind with a `name` is referred to by that column, others by their number. So many rows are in
    memory `at_once`. What is `private` is in no published file.
    """

    kind: str
    table: type[Table]
    of: Where
    refers: Mapping[str, str] = field(default_factory=dict)
    unwritten: tuple[str, ...] = ("id", "arena_id")
    order: tuple[str, ...] = ()
    name: str = ""
    later: tuple[str, ...] = ()
    at_once: int = 2_000
    private: bool = False

    @cached_property
    def columns(self) -> tuple[str, ...]:
        names = [column.name for column in self.table.__table__.c]
        return tuple(sorted(name for name in names if name not in self.unwritten))

    @cached_property
    def fields(self) -> tuple[str, ...]:
        """What a record calls the columns: a reference is named for what it leads to."""
        return tuple(name.removesuffix("_id") if name in self.refers else name for name in self.columns)

    @property
    def has_id(self) -> bool:
        return "id" in self.table.__table__.c

    def rows(self, arena_id: int) -> Select[Any]:
        """Its columns, and its id after them if it has one; in the order of the ids of what it belongs to if not."""
        table = self.table.__table__
        wanted = [table.c[name] for name in self.columns]
        by_id = [table.c.id] if self.has_id else []
        return (
            select(*wanted, *(each.label("its_id") for each in by_id))
            .where(self.of(arena_id))
            .order_by(*(by_id or table.primary_key))
        )


def _in_arena(table: Any) -> Where:
    return lambda arena_id: table.arena_id == arena_id


def _among(column: Any, ids: Any, table: Any) -> Where:
    return lambda arena_id: column.in_(select(ids).where(table.arena_id == arena_id))


def _known_there(arena_id: int) -> ColumnElement[bool]:
    """The raters that came with the arena, and those of no arena who have done something in it."""
    return or_(
        Rater.arena_id == arena_id,
        Rater.id.in_(select(Vote.rater_id).where(Vote.arena_id == arena_id)),
        Rater.id.in_(select(Battle.dealt_to).where(Battle.arena_id == arena_id)),
        Rater.id.in_(select(Skip.rater_id).join(Battle).where(Battle.arena_id == arena_id)),
    )


LEASE = ("worker", "lease", "leased_until", "revision")  # of a run: who works on it here, and since when

KINDS: Mapping[str, Kind] = {
    each.kind: each
    for each in (
        Kind("dimension", Dimension, _in_arena(Dimension), name="slug"),
        Kind(
            "dimension_version",
            DimensionVersion,
            _among(DimensionVersion.dimension_id, Dimension.id, Dimension),
            {"dimension_id": "dimension"},
            order=("dimension", "version"),
        ),
        Kind("attachment", Attachment, _in_arena(Attachment), name="digest", at_once=1),
        Kind("prompt", Prompt, _in_arena(Prompt)),
        Kind(
            "checklist",
            ChecklistVersion,
            _among(ChecklistVersion.prompt_id, Prompt.id, Prompt),
            {"prompt_id": "prompt"},
            unwritten=(),
        ),
        Kind(
            "finding",
            PromptFinding,
            _among(PromptFinding.prompt_id, Prompt.id, Prompt),
            {"prompt_id": "prompt"},
            unwritten=(),
            private=True,
        ),
        Kind("model", Model, _in_arena(Model), {"supersedes_id": "model"}, name="slug"),
        Kind("answer", Answer, _in_arena(Answer), {"prompt_id": "prompt", "model_id": "model"}),
        # By name: those of no arena may be there already where they are read.
        Kind(
            "rater", Rater, _known_there, unwritten=("id",), order=("kind", "name", "version", "everywhere")
        ),
        Kind(
            "battle",
            Battle,
            _in_arena(Battle),
            {
                "prompt_id": "prompt",
                "model_a_id": "model",
                "model_b_id": "model",
                "answer_a_id": "answer",
                "answer_b_id": "answer",
                "dealt_to": "rater",
                "copy_of": "battle",
            },
            unwritten=("id", "arena_id", "public_id"),
        ),
        Kind(
            "ballot",
            Ballot,
            _among(Ballot.id, Vote.ballot_id, Vote),
            {"rater_id": "rater"},
            unwritten=("id",),
        ),
        Kind(
            "vote",
            Vote,
            _in_arena(Vote),
            {"battle_id": "battle", "dimension_id": "dimension", "rater_id": "rater", "ballot_id": "ballot"},
            unwritten=("id", "arena_id", "txid"),
        ),
        Kind(
            "event", VoteEvent, _among(VoteEvent.vote_id, Vote.id, Vote), {"vote_id": "vote"}, ("id", "txid")
        ),
        Kind(
            "skip",
            Skip,
            _among(Skip.battle_id, Battle.id, Battle),
            {"battle_id": "battle", "rater_id": "rater"},
            ("id",),
        ),
        Kind(
            "trust",
            JudgeTrust,
            _in_arena(JudgeTrust),
            {"dimension_id": "dimension"},
            order=("dimension", "judge", "language"),
        ),
        Kind(
            "gold",
            GoldBattle,
            _in_arena(GoldBattle),
            {"prompt_id": "prompt", "better_model_id": "model", "worse_model_id": "model"},
            private=True,
        ),
        Kind(
            "control",
            ControlBattle,
            _among(ControlBattle.battle_id, Battle.id, Battle),
            {"battle_id": "battle", "repeats": "battle"},
            unwritten=(),
            private=True,
        ),
        Kind(
            "decision",
            CommentDecision,
            _among(CommentDecision.ballot_id, Vote.ballot_id, Vote),
            {"ballot_id": "ballot"},
            unwritten=(),
            private=True,
        ),
        Kind("judge", Judge, _in_arena(Judge), {"rater_id": "rater"}, private=True),
        Kind(
            "run",
            JudgeRun,
            _in_arena(JudgeRun),
            {"judge_id": "judge"},
            unwritten=(
                "id",
                "arena_id",
                "public_id",
                "judge",
                *LEASE,
            ),  # the judge's name stands with the judge
            private=True,
        ),
        Kind(
            "judgment",
            Judgment,
            _among(Judgment.run_id, JudgeRun.id, JudgeRun),
            {"run_id": "run", "battle_id": "battle", "ballot_id": "ballot"},
            private=True,
        ),
        Kind(
            "call",
            JudgeCall,
            _among(JudgeCall.run_id, JudgeRun.id, JudgeRun),
            {"run_id": "run", "judgment_id": "judgment", "same_as": "call"},
            later=("same_as",),
            at_once=50,
            private=True,
        ),
        Kind(
            "request",
            JudgeRequest,
            _among(JudgeRequest.run_id, JudgeRun.id, JudgeRun),
            {"run_id": "run", "call_id": "call"},
            private=True,
        ),
    )
}

RULES_LEFT_OUT = ("id", "slug")  # of the arena itself
NEWER: Mapping[str, Mapping[str, object]] = {
    "arena": {
        "leaks": "flag",
        "gates": {},
        "gold_share": 0.0,
        "repeat_share": 0.0,
        "exports": "closed",
        "registration": "closed",
    },
    "prompt": {"archived_at": None},
    "model": {"supersedes": None, "withdrawn_at": None},
    "trust": {"shortcomings": None},
}
"""By kind, what a record means that was written before these fields were known."""

LEFT_OUT: Mapping[str, str] = {
    "answer_styles": "counted again from the answers",
    "answer_leaks": "found again in the answers",
    "gate_marks": "how far the gates have looked here",
    "leak_marks": "how far names were looked for here",
    "api_keys": "secrets stay where they are",
    "idempotency_keys": "of calls, which are over",
    "audit_entries": "what was done here was done here; an import is an entry of its own",
    "tally_blocks": "computed from the votes",
    "tally_marks": "computed from the votes",
    "rankings": "computed from the votes",
    "spreads": "computed from the votes",
    "reports": "computed from the votes",
    "owner_raters": "owners are their keys; which votes do not count is written with the votes",
    "uploads": "files on their way; what was confirmed is answers",
    "upload_chunks": "as uploads",
    "model_reports": "computed from the votes",
    "spent_proofs": "of calls, which are over",
}
