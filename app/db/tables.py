"""The schema in the order of the flow: submission, battle, vote, and (in `derived`) tally, ranking, report; what it
takes to have judges vote is in `judging`, and what owners bring and are told in `owning`.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.db.answering import AnswerStyle, Attachment, ChecklistVersion
from app.db.derived import Ranking, Report, Spread, TallyBlock, TallyMark
from app.db.gates import AnswerLeak, ControlBattle, GateMark, GoldBattle, LeakMark
from app.db.guarding import PromptFinding, SpentProof
from app.db.judging import Judge, JudgeCall, JudgeRequest, JudgeRun, Judgment
from app.db.owning import CommentDecision, ModelReport, OwnerRater, Upload, UploadChunk
from app.db.schema import Table, index_where, key, one_of, to, unique_where
from app.db.types import Id, Json, TransactionId

__all__ = [
    "Answer",
    "AnswerLeak",
    "AnswerStyle",
    "ApiKey",
    "Arena",
    "Attachment",
    "AuditEntry",
    "Ballot",
    "Battle",
    "ChecklistVersion",
    "CommentDecision",
    "ControlBattle",
    "Dimension",
    "DimensionVersion",
    "GateMark",
    "GoldBattle",
    "IdempotencyKey",
    "Judge",
    "JudgeCall",
    "JudgeRequest",
    "JudgeRun",
    "JudgeTrust",
    "Judgment",
    "LeakMark",
    "Model",
    "ModelReport",
    "OwnerRater",
    "Prompt",
    "PromptFinding",
    "Ranking",
    "Rater",
    "Report",
    "Skip",
    "SpentProof",
    "Spread",
    "Table",
    "TallyBlock",
    "TallyMark",
    "Upload",
    "UploadChunk",
    "Vote",
    "VoteEvent",
]


class Arena(Table):
    __tablename__ = "arenas"
    __table_args__ = (
        one_of("reveal", "reveal", "after_vote", "never", "end"),
        one_of("leaks", "leaks", "off", "flag", "redeal"),
        one_of("exports", "exports", "closed", "published"),
        one_of("registration", "registration", "closed", "open"),
    )
    id: Mapped[int] = key()
    slug: Mapped[str] = mapped_column(String(80), unique=True)
    title: Mapped[str] = mapped_column(Text)
    description: Mapped[str] = mapped_column(Text)
    guidelines: Mapped[str] = mapped_column(Text)
    modality: Mapped[str] = mapped_column(String(20))
    verdicts: Mapped[list[Any]]
    reveal: Mapped[str] = mapped_column(String(20))
    public: Mapped[bool]
    goal: Mapped[int]
    sampling: Mapped[str] = mapped_column(String(40))
    sampling_settings: Mapped[dict[str, Any]]  # those that differ from the sampler's defaults
    sampling_dimension: Mapped[str] = mapped_column(String(80))
    target_overlap: Mapped[int]
    explore: Mapped[float]
    minimum_votes: Mapped[int]
    battle_minutes: Mapped[int]
    leaks: Mapped[str] = mapped_column(String(20))
    gates: Mapped[dict[str, Any]]  # those of their settings that differ from the defaults, by gate
    gold_share: Mapped[float]
    repeat_share: Mapped[float]
    exports: Mapped[str] = mapped_column(String(20))
    registration: Mapped[str] = mapped_column(String(20))
    created_at: Mapped[datetime]


class Dimension(Table):
    __tablename__ = "dimensions"
    __table_args__ = (UniqueConstraint("arena_id", "slug"),)
    id: Mapped[int] = key()
    arena_id: Mapped[int] = to("arenas.id")
    slug: Mapped[str] = mapped_column(String(80))
    title: Mapped[str] = mapped_column(Text)
    question: Mapped[str] = mapped_column(Text)
    rubric: Mapped[str] = mapped_column(Text)
    required: Mapped[bool]
    position: Mapped[int]
    version: Mapped[int]
    created_at: Mapped[datetime]
    archived_at: Mapped[datetime | None]


class DimensionVersion(Table):
    """What was asked under each version; a vote names the version it answered."""

    __tablename__ = "dimension_versions"
    dimension_id: Mapped[int] = mapped_column(Id, ForeignKey("dimensions.id"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    title: Mapped[str] = mapped_column(Text)
    question: Mapped[str] = mapped_column(Text)
    rubric: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]


class Prompt(Table):
    __tablename__ = "prompts"
    __table_args__ = (
        UniqueConstraint("arena_id", "external_id"),
        index_where("archived_at IS NOT NULL", "ix_prompts_archived", "arena_id"),
    )
    id: Mapped[int] = key()
    arena_id: Mapped[int] = to("arenas.id")
    external_id: Mapped[str] = mapped_column(Text)
    messages: Mapped[list[Any]]  # empty where an import named a prompt without its text
    language: Mapped[str] = mapped_column(String(80))  # "" for unknown, as in every cell
    category: Mapped[str] = mapped_column(String(200))
    references: Mapped[list[Any]]
    rubrics: Mapped[list[Any]]
    details: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    archived_at: Mapped[datetime | None]  # since then no battle is dealt on it


class Model(Table):
    __tablename__ = "models"
    __table_args__ = (
        UniqueConstraint("arena_id", "slug"),
        one_of("state", "state", "active", "hidden", "retired"),
    )
    id: Mapped[int] = key()
    arena_id: Mapped[int] = to("arenas.id")
    slug: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    organization: Mapped[str | None] = mapped_column(Text)
    license: Mapped[str | None] = mapped_column(Text)
    family: Mapped[str | None] = mapped_column(Text)
    endpoint: Mapped[str | None] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(20))
    owner: Mapped[str | None] = mapped_column(String(80))
    supersedes_id: Mapped[int | None] = mapped_column(Id, ForeignKey("models.id"))
    withdrawn_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class Answer(Table):
    __tablename__ = "answers"
    __table_args__ = (
        unique_where("replaced_at IS NULL", "uq_answers_current", "prompt_id", "model_id"),
        Index("ix_answers_arena_id_id", "arena_id", "id"),
    )
    id: Mapped[int] = key()
    arena_id: Mapped[int] = to("arenas.id")
    prompt_id: Mapped[int] = to("prompts.id")
    model_id: Mapped[int] = to("models.id")
    messages: Mapped[list[Any]]
    details: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    replaced_at: Mapped[datetime | None]


class Rater(Table):
    """Who votes. A voter of the web page belongs to no arena; an imported name belongs to the arena it came with."""

    __tablename__ = "raters"
    __table_args__ = (
        UniqueConstraint("arena_id", "kind", "name", "version"),
        unique_where("arena_id IS NULL", "uq_raters_everywhere", "kind", "name", "version"),
        one_of("kind", "kind", "human", "judge", "simulated"),
    )
    id: Mapped[int] = key()
    arena_id: Mapped[int | None] = mapped_column(Id, ForeignKey("arenas.id"))
    kind: Mapped[str] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(Text)
    version: Mapped[str] = mapped_column(Text)
    profile: Mapped[dict[str, Any] | None] = mapped_column(Json)
    created_at: Mapped[datetime]


class Battle(Table):
    """One pair on one prompt, as dealt to a voter or as an import described it."""

    __tablename__ = "battles"
    __table_args__ = (
        UniqueConstraint("arena_id", "import_key"),
        Index("ix_battles_dealt_to_arena_id", "dealt_to", "arena_id"),
        Index("ix_battles_copy_of", "copy_of"),
        index_where("copy_of IS NULL AND overlap > 0", "ix_battles_overlap", "arena_id", "overlap", "id"),
        Index("ix_battles_arena_id_prompt_id", "arena_id", "prompt_id"),
        one_of("state", "state", "open", "voted", "skipped", "withdrawn", "expired", "imported"),
        CheckConstraint("model_a_id <> model_b_id", name="two_models"),
        CheckConstraint("probability IS NULL OR (probability > 0 AND probability <= 1)", name="probability"),
    )
    id: Mapped[int] = key()
    public_id: Mapped[str] = mapped_column(String(32), unique=True)
    arena_id: Mapped[int] = to("arenas.id")
    prompt_id: Mapped[int | None] = mapped_column(Id, ForeignKey("prompts.id"))
    turn: Mapped[int | None]
    model_a_id: Mapped[int] = to("models.id")
    model_b_id: Mapped[int] = to("models.id")
    answer_a_id: Mapped[int | None] = mapped_column(Id, ForeignKey("answers.id"))
    answer_b_id: Mapped[int | None] = mapped_column(Id, ForeignKey("answers.id"))
    language: Mapped[str] = mapped_column(String(80))
    category: Mapped[str] = mapped_column(String(200))
    state: Mapped[str] = mapped_column(String(20))
    dealt_to: Mapped[int | None] = mapped_column(Id, ForeignKey("raters.id"))
    dealt_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    revealed_at: Mapped[datetime | None]
    probability: Mapped[float | None]
    # A draw is dealt to several voters: the first battle counts those whose vote stands, the others name the first.
    copy_of: Mapped[int | None] = mapped_column(Id, ForeignKey("battles.id"))
    overlap: Mapped[int] = mapped_column(default=0)
    import_key: Mapped[str | None] = mapped_column(String(64))


class Ballot(Table):
    """One submission of a rater: its votes and what the rater said beside them."""

    __tablename__ = "ballots"
    __table_args__ = (Index("ix_ballots_rater_id", "rater_id"),)
    id: Mapped[int] = key()
    rater_id: Mapped[int] = to("raters.id")
    reasons: Mapped[dict[str, Any] | None] = mapped_column(Json)
    comment: Mapped[str] = mapped_column(Text)
    recognised: Mapped[bool]
    reading: Mapped[dict[str, Any] | None] = mapped_column(Json)
    created_at: Mapped[datetime]


class Vote(Table):
    """A verdict on one dimension. `verdict` is as seen: "a" is the answer shown as A, which `shown_as_a` names."""

    __tablename__ = "votes"
    __table_args__ = (
        unique_where(
            "state <> 'superseded'", "uq_votes_once", "rater_id", "battle_id", "dimension_id", "shown_as_a"
        ),
        Index("ix_votes_battle_id", "battle_id"),
        Index("ix_votes_arena_id_created_at", "arena_id", "created_at"),
        Index("ix_votes_txid", "txid", postgresql_using="brin").ddl_if(dialect="postgresql"),
        one_of("verdict", "verdict", "a", "b", "tie", "both_good", "both_bad", "abstain"),
        one_of("state", "state", "counted", "superseded", "withdrawn", "set_aside"),
        one_of("shown_as_a", "shown_as_a", "a", "b"),
        {"sqlite_autoincrement": True},
    )
    id: Mapped[int] = key()
    arena_id: Mapped[int] = to("arenas.id")
    battle_id: Mapped[int] = to("battles.id")
    dimension_id: Mapped[int] = to("dimensions.id")
    dimension_version: Mapped[int]
    rater_id: Mapped[int] = to("raters.id")
    ballot_id: Mapped[int] = to("ballots.id")
    shown_as_a: Mapped[str] = mapped_column(String(1))
    verdict: Mapped[str] = mapped_column(String(20))
    raw_verdict: Mapped[str | None] = mapped_column(Text)  # the word an import used, kept as it was
    strength: Mapped[int | None]
    confidence: Mapped[float | None]
    probability: Mapped[float | None]  # that A is better, of a judge whose verdicts are soft
    state: Mapped[str] = mapped_column(String(20))
    state_reason: Mapped[str | None] = mapped_column(Text)
    state_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    txid: Mapped[int] = mapped_column(Id, default=TransactionId())


class VoteEvent(Table):
    """Each change of a vote's state, so that tallies can be compensated and an admin can see who did what."""

    __tablename__ = "vote_events"
    __table_args__ = (
        Index("ix_vote_events_vote_id", "vote_id"),
        Index("ix_vote_events_txid", "txid", postgresql_using="brin").ddl_if(dialect="postgresql"),
        {"sqlite_autoincrement": True},
    )
    id: Mapped[int] = key()
    vote_id: Mapped[int] = to("votes.id")
    from_state: Mapped[str] = mapped_column(String(20))
    to_state: Mapped[str] = mapped_column(String(20))
    reason: Mapped[str] = mapped_column(Text)
    actor: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]
    txid: Mapped[int] = mapped_column(Id, default=TransactionId())


class Skip(Table):
    __tablename__ = "skips"
    __table_args__ = (UniqueConstraint("battle_id", "rater_id"), Index("ix_skips_rater_id", "rater_id"))
    id: Mapped[int] = key()
    battle_id: Mapped[int] = to("battles.id")
    rater_id: Mapped[int] = to("raters.id")
    reason: Mapped[str] = mapped_column(String(20))
    comment: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]


class JudgeTrust(Table):
    """Whether a judge's votes on a dimension and in a language stand beside people's: as assessed, or as an admin says.

    The language `*` is that of a decision for all languages; it has no votes of its own.
    """

    __tablename__ = "judge_trusts"
    __table_args__ = (
        one_of("assessed", "assessed", "trusted", "calibrate", "do_not_automate"),
        one_of("decision", "decision", "include", "exclude"),
    )
    arena_id: Mapped[int] = mapped_column(Id, ForeignKey("arenas.id"), primary_key=True)
    judge: Mapped[str] = mapped_column(Text, primary_key=True)
    dimension_id: Mapped[int] = mapped_column(Id, ForeignKey("dimensions.id"), primary_key=True)
    language: Mapped[str] = mapped_column(String(80), primary_key=True)
    assessed: Mapped[str | None] = mapped_column(String(20))
    because: Mapped[str] = mapped_column(Text)
    shortcomings: Mapped[list[Any] | None] = mapped_column(
        Json
    )  # what the assessment lacks: code and sentence
    assessed_at: Mapped[datetime | None]
    votes_seen: Mapped[int] = mapped_column(Id)
    decision: Mapped[str | None] = mapped_column(String(20))
    reason: Mapped[str] = mapped_column(Text)
    decided_at: Mapped[datetime | None]
    included: Mapped[bool]


class ApiKey(Table):
    __tablename__ = "api_keys"
    __table_args__ = (one_of("scope", "scope", "owner", "read", "admin"),)
    id: Mapped[int] = key()
    prefix: Mapped[str] = mapped_column(String(20), unique=True)
    secret_hash: Mapped[str] = mapped_column(String(64))
    scope: Mapped[str] = mapped_column(String(20))
    owner: Mapped[str] = mapped_column(String(80))
    arena_id: Mapped[int | None] = mapped_column(Id, ForeignKey("arenas.id"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class AuditEntry(Table):
    """One action of somebody with a key, or of the command line (then without `key`). Rows are only ever added."""

    __tablename__ = "audit_entries"
    __table_args__ = (Index("ix_audit_entries_arena_id_id", "arena_id", "id"),)
    id: Mapped[int] = key()
    arena_id: Mapped[int | None] = mapped_column(Id, ForeignKey("arenas.id"))
    key: Mapped[str | None] = mapped_column(String(20))  # its prefix, which is no secret
    owner: Mapped[str] = mapped_column(String(80))
    action: Mapped[str] = mapped_column(String(80))
    target: Mapped[str] = mapped_column(Text)
    outcome: Mapped[str] = mapped_column(Text)
    details: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]


class IdempotencyKey(Table):
    """The first answer to a writing call, given again when the call is repeated with the same key."""

    __tablename__ = "idempotency_keys"
    __table_args__ = (
        UniqueConstraint("caller", "key"),
        Index("ix_idempotency_keys_created_at", "created_at"),
    )
    id: Mapped[int] = key()
    caller: Mapped[str] = mapped_column(String(120))
    key: Mapped[str] = mapped_column(String(200))
    request_hash: Mapped[str] = mapped_column(String(64))
    status: Mapped[int]
    answer: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]
