"""The schema on one page, in the order of the flow: submission, battle, vote, tally, ranking, report."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    MetaData,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from app.db.types import Id, Json, TransactionId, UtcDateTime


class Table(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {datetime: UtcDateTime, dict[str, Any]: Json, list[Any]: Json}


def _key() -> Mapped[int]:
    return mapped_column(Id, primary_key=True)


def _to(column: str) -> Mapped[int]:
    return mapped_column(Id, ForeignKey(column))


def _one_of(name: str, column: str, *words: str) -> CheckConstraint:
    return CheckConstraint(f"{column} IN ({', '.join(repr(word) for word in words)})", name=name)


def _unique_where(condition: str, name: str, *columns: str) -> Index:
    where = text(condition)
    return Index(name, *columns, unique=True, sqlite_where=where, postgresql_where=where)


class Arena(Table):
    __tablename__ = "arenas"
    __table_args__ = (_one_of("reveal", "reveal", "after_vote", "never", "end"),)
    id: Mapped[int] = _key()
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
    created_at: Mapped[datetime]


class Dimension(Table):
    __tablename__ = "dimensions"
    __table_args__ = (UniqueConstraint("arena_id", "slug"),)
    id: Mapped[int] = _key()
    arena_id: Mapped[int] = _to("arenas.id")
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
    __table_args__ = (UniqueConstraint("arena_id", "external_id"),)
    id: Mapped[int] = _key()
    arena_id: Mapped[int] = _to("arenas.id")
    external_id: Mapped[str] = mapped_column(Text)
    messages: Mapped[list[Any]]  # empty where an import named a prompt without its text
    language: Mapped[str] = mapped_column(String(80))  # "" for unknown, as in every cell
    category: Mapped[str] = mapped_column(String(200))
    references: Mapped[list[Any]]
    checklist: Mapped[list[Any]]
    rubrics: Mapped[list[Any]]
    details: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]


class Model(Table):
    __tablename__ = "models"
    __table_args__ = (
        UniqueConstraint("arena_id", "slug"),
        _one_of("state", "state", "active", "hidden", "retired"),
    )
    id: Mapped[int] = _key()
    arena_id: Mapped[int] = _to("arenas.id")
    slug: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    organization: Mapped[str | None] = mapped_column(Text)
    license: Mapped[str | None] = mapped_column(Text)
    family: Mapped[str | None] = mapped_column(Text)
    endpoint: Mapped[str | None] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(20))
    owner: Mapped[str | None] = mapped_column(String(80))
    created_at: Mapped[datetime]


class Answer(Table):
    __tablename__ = "answers"
    __table_args__ = (
        _unique_where("replaced_at IS NULL", "uq_answers_current", "prompt_id", "model_id"),
        Index("ix_answers_arena_id_id", "arena_id", "id"),
    )
    id: Mapped[int] = _key()
    arena_id: Mapped[int] = _to("arenas.id")
    prompt_id: Mapped[int] = _to("prompts.id")
    model_id: Mapped[int] = _to("models.id")
    messages: Mapped[list[Any]]
    details: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    replaced_at: Mapped[datetime | None]


class Rater(Table):
    """Who votes. A voter of the web page belongs to no arena; an imported name belongs to the arena it came with."""

    __tablename__ = "raters"
    __table_args__ = (
        UniqueConstraint("arena_id", "kind", "name", "version"),
        _unique_where("arena_id IS NULL", "uq_raters_everywhere", "kind", "name", "version"),
        _one_of("kind", "kind", "human", "judge", "simulated"),
    )
    id: Mapped[int] = _key()
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
        Index(
            "ix_battles_overlap",
            "arena_id",
            "overlap",
            "id",
            sqlite_where=text("copy_of IS NULL AND overlap > 0"),
            postgresql_where=text("copy_of IS NULL AND overlap > 0"),
        ),
        Index("ix_battles_arena_id_prompt_id", "arena_id", "prompt_id"),
        _one_of("state", "state", "open", "voted", "skipped", "withdrawn", "expired", "imported"),
        CheckConstraint("model_a_id <> model_b_id", name="two_models"),
        CheckConstraint("probability IS NULL OR (probability > 0 AND probability <= 1)", name="probability"),
    )
    id: Mapped[int] = _key()
    public_id: Mapped[str] = mapped_column(String(32), unique=True)
    arena_id: Mapped[int] = _to("arenas.id")
    prompt_id: Mapped[int | None] = mapped_column(Id, ForeignKey("prompts.id"))
    turn: Mapped[int | None]
    model_a_id: Mapped[int] = _to("models.id")
    model_b_id: Mapped[int] = _to("models.id")
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
    id: Mapped[int] = _key()
    rater_id: Mapped[int] = _to("raters.id")
    reasons: Mapped[dict[str, Any] | None] = mapped_column(Json)
    comment: Mapped[str] = mapped_column(Text)
    recognised: Mapped[bool]
    reading: Mapped[dict[str, Any] | None] = mapped_column(Json)
    created_at: Mapped[datetime]


class Vote(Table):
    """A verdict on one dimension. `verdict` is as seen: "a" is the answer shown as A, which `shown_as_a` names."""

    __tablename__ = "votes"
    __table_args__ = (
        _unique_where(
            "state <> 'superseded'", "uq_votes_once", "rater_id", "battle_id", "dimension_id", "shown_as_a"
        ),
        Index("ix_votes_battle_id", "battle_id"),
        Index("ix_votes_arena_id_created_at", "arena_id", "created_at"),
        Index("ix_votes_txid", "txid", postgresql_using="brin").ddl_if(dialect="postgresql"),
        _one_of("verdict", "verdict", "a", "b", "tie", "both_good", "both_bad", "abstain"),
        _one_of("state", "state", "counted", "superseded", "withdrawn", "set_aside"),
        _one_of("shown_as_a", "shown_as_a", "a", "b"),
        {"sqlite_autoincrement": True},
    )
    id: Mapped[int] = _key()
    arena_id: Mapped[int] = _to("arenas.id")
    battle_id: Mapped[int] = _to("battles.id")
    dimension_id: Mapped[int] = _to("dimensions.id")
    dimension_version: Mapped[int]
    rater_id: Mapped[int] = _to("raters.id")
    ballot_id: Mapped[int] = _to("ballots.id")
    shown_as_a: Mapped[str] = mapped_column(String(1))
    verdict: Mapped[str] = mapped_column(String(20))
    raw_verdict: Mapped[str | None] = mapped_column(Text)  # the word an import used, kept as it was
    strength: Mapped[int | None]
    confidence: Mapped[float | None]
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
    id: Mapped[int] = _key()
    vote_id: Mapped[int] = _to("votes.id")
    from_state: Mapped[str] = mapped_column(String(20))
    to_state: Mapped[str] = mapped_column(String(20))
    reason: Mapped[str] = mapped_column(Text)
    actor: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]
    txid: Mapped[int] = mapped_column(Id, default=TransactionId())


class Skip(Table):
    __tablename__ = "skips"
    __table_args__ = (UniqueConstraint("battle_id", "rater_id"),)
    id: Mapped[int] = _key()
    battle_id: Mapped[int] = _to("battles.id")
    rater_id: Mapped[int] = _to("raters.id")
    reason: Mapped[str] = mapped_column(String(20))
    comment: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]


class TallyBlock(Table):
    """The counted votes of a slice, packed: all that a ranking reads. Kept current by the roll-up, never by a vote."""

    __tablename__ = "tally_blocks"
    kind: Mapped[str] = mapped_column(String(20), primary_key=True)  # whose columns `data` holds
    arena_id: Mapped[int] = mapped_column(Id, ForeignKey("arenas.id"), primary_key=True)
    dimension_id: Mapped[int] = mapped_column(Id, ForeignKey("dimensions.id"), primary_key=True)
    day: Mapped[str] = mapped_column(String(10), primary_key=True)  # of the votes, in UTC; "" for all time
    voters: Mapped[str] = mapped_column(Text, primary_key=True)  # human, simulated or judge:<name>
    category: Mapped[str] = mapped_column(String(200), primary_key=True)
    language: Mapped[str] = mapped_column(String(80), primary_key=True)
    votes: Mapped[int] = mapped_column(Id)  # that count
    data: Mapped[bytes] = mapped_column(LargeBinary)


class TallyMark(Table):
    """How far the roll-up has read a log for a kind of block: everything before the mark is in its blocks."""

    __tablename__ = "tally_marks"
    kind: Mapped[str] = mapped_column(String(20), primary_key=True)
    log: Mapped[str] = mapped_column(String(20), primary_key=True)
    position: Mapped[int] = mapped_column(Id)


class Ranking(Table):
    """A fitted board: which question (spec), which votes (tally_digest), and the leaderboard as it was shown."""

    __tablename__ = "rankings"
    __table_args__ = (
        UniqueConstraint("spec_hash", "tally_digest"),
        Index("ix_rankings_arena_id_generated_at", "arena_id", "generated_at"),
        Index("ix_rankings_asked_hash_id", "asked_hash", "id"),
    )
    id: Mapped[int] = _key()
    public_id: Mapped[str] = mapped_column(String(32), unique=True)
    arena_id: Mapped[int] = _to("arenas.id")
    dimension_id: Mapped[int] = _to("dimensions.id")
    spec: Mapped[dict[str, Any]]
    asked_hash: Mapped[str] = mapped_column(String(64))  # the question before the server chose what it left open
    standing: Mapped[bool]  # one that everybody asks: its past is its history; the others are kept for a day
    spec_hash: Mapped[str] = mapped_column(String(64))
    tally_digest: Mapped[str] = mapped_column(String(64))
    votes: Mapped[int] = mapped_column(Id)
    leaderboard: Mapped[str] = mapped_column(Text)  # JSON as it was served, byte for byte
    generated_at: Mapped[datetime]


class Report(Table):
    """A consistency report: which question, which votes (votes_digest), and the JSON as it was served."""

    __tablename__ = "reports"
    __table_args__ = (
        UniqueConstraint("question_hash", "votes_digest"),
        Index("ix_reports_question_hash_id", "question_hash", "id"),
        Index("ix_reports_wanted_at", "wanted_at"),
    )
    id: Mapped[int] = _key()
    public_id: Mapped[str] = mapped_column(String(32), unique=True)
    arena_id: Mapped[int] = _to("arenas.id")
    question: Mapped[dict[str, Any]]
    question_hash: Mapped[str] = mapped_column(String(64))
    votes_digest: Mapped[str] = mapped_column(String(64))
    report: Mapped[str] = mapped_column(Text)
    made_at: Mapped[datetime]
    wanted_at: Mapped[datetime | None]  # since when a fresh one is asked for


class ApiKey(Table):
    __tablename__ = "api_keys"
    __table_args__ = (_one_of("scope", "scope", "owner", "read", "admin"),)
    id: Mapped[int] = _key()
    prefix: Mapped[str] = mapped_column(String(20), unique=True)
    secret_hash: Mapped[str] = mapped_column(String(64))
    scope: Mapped[str] = mapped_column(String(20))
    owner: Mapped[str] = mapped_column(String(80))
    arena_id: Mapped[int | None] = mapped_column(Id, ForeignKey("arenas.id"))
    created_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class IdempotencyKey(Table):
    """The first answer to a writing call, given again when the call is repeated with the same key."""

    __tablename__ = "idempotency_keys"
    __table_args__ = (
        UniqueConstraint("caller", "key"),
        Index("ix_idempotency_keys_created_at", "created_at"),
    )
    id: Mapped[int] = _key()
    caller: Mapped[str] = mapped_column(String(120))
    key: Mapped[str] = mapped_column(String(200))
    request_hash: Mapped[str] = mapped_column(String(64))
    status: Mapped[int]
    answer: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]
