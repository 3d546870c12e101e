"""judges, their runs and the ledger of calls."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")

revision = "44a1401033f7"
down_revision = "d41c8b7f5e92"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "judges",
        sa.Column("id", ID, nullable=False),
        sa.Column("arena_id", ID, nullable=False),
        sa.Column("rater_id", ID, nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("provider", sa.String(length=40), nullable=False),
        sa.Column("endpoint", JSON, nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("family", sa.Text(), nullable=True),
        sa.Column("protocol", sa.String(length=40), nullable=False),
        sa.Column("protocol_version", sa.String(length=20), nullable=False),
        sa.Column("protocol_settings", JSON, nullable=False),
        sa.Column("dimensions", JSON, nullable=False),
        sa.Column("temperature", sa.Double(), nullable=True),
        sa.Column("seed", sa.BigInteger(), nullable=True),
        sa.Column("longest_reply", sa.Integer(), nullable=True),
        sa.Column("orders", sa.String(length=4), nullable=False),
        sa.Column("repeats", sa.Integer(), nullable=False),
        sa.Column("told", JSON, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("orders IN ('both', 'ab', 'ba')", name=op.f("ck_judges_orders")),
        sa.ForeignKeyConstraint(["arena_id"], ["arenas.id"], name=op.f("fk_judges_arena_id_arenas")),
        sa.ForeignKeyConstraint(["rater_id"], ["raters.id"], name=op.f("fk_judges_rater_id_raters")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_judges")),
        sa.UniqueConstraint("arena_id", "name", "version", name=op.f("uq_judges_arena_id_name_version")),
    )
    op.create_table(
        "judge_runs",
        sa.Column("id", ID, nullable=False),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column("arena_id", ID, nullable=False),
        sa.Column("judge_id", ID, nullable=False),
        sa.Column("judge", sa.String(length=80), nullable=False),
        sa.Column("selection", JSON, nullable=False),
        sa.Column("wording_hash", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("ask_unknown", sa.Boolean(), nullable=False),
        sa.Column("most_calls", sa.BigInteger(), nullable=True),
        sa.Column("most_tokens", sa.BigInteger(), nullable=True),
        sa.Column("most_micros", sa.BigInteger(), nullable=True),
        sa.Column("calls", sa.BigInteger(), nullable=False),
        sa.Column("input_tokens", sa.BigInteger(), nullable=False),
        sa.Column("output_tokens", sa.BigInteger(), nullable=False),
        sa.Column("micros", sa.BigInteger(), nullable=False),
        sa.Column("unpriced", sa.BigInteger(), nullable=False),
        sa.Column("cached", sa.BigInteger(), nullable=False),
        sa.Column("judgments", sa.BigInteger(), nullable=False),
        sa.Column("ended", sa.BigInteger(), nullable=False),
        sa.Column("ended_before", sa.BigInteger(), nullable=False),
        sa.Column("failed", sa.BigInteger(), nullable=False),
        sa.Column("votes", sa.BigInteger(), nullable=False),
        sa.Column("worker", sa.Text(), nullable=True),
        sa.Column("lease", sa.BigInteger(), nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('running', 'paused', 'done', 'cancelled')", name=op.f("ck_judge_runs_state")
        ),
        sa.ForeignKeyConstraint(["arena_id"], ["arenas.id"], name=op.f("fk_judge_runs_arena_id_arenas")),
        sa.ForeignKeyConstraint(["judge_id"], ["judges.id"], name=op.f("fk_judge_runs_judge_id_judges")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_judge_runs")),
        sa.UniqueConstraint("public_id", name=op.f("uq_judge_runs_public_id")),
    )
    op.create_index("ix_judge_runs_arena_id_id", "judge_runs", ["arena_id", "id"], unique=False)
    op.create_index(
        "uq_judge_runs_open",
        "judge_runs",
        ["arena_id", "judge"],
        unique=True,
        sqlite_where=sa.text("state IN ('running', 'paused')"),
        postgresql_where=sa.text("state IN ('running', 'paused')"),
    )

    op.create_table(
        "judgments",
        sa.Column("id", ID, nullable=False),
        sa.Column("run_id", ID, nullable=False),
        sa.Column("battle_id", ID, nullable=False),
        sa.Column("shown_as_a", sa.String(length=1), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("failure", sa.String(length=40), nullable=True),
        sa.Column("outcome", JSON, nullable=True),
        sa.Column("ballot_id", ID, nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("shown_as_a IN ('a', 'b')", name=op.f("ck_judgments_shown_as_a")),
        sa.CheckConstraint("state IN ('waiting', 'voted', 'failed')", name=op.f("ck_judgments_state")),
        sa.ForeignKeyConstraint(["ballot_id"], ["ballots.id"], name=op.f("fk_judgments_ballot_id_ballots")),
        sa.ForeignKeyConstraint(["battle_id"], ["battles.id"], name=op.f("fk_judgments_battle_id_battles")),
        sa.ForeignKeyConstraint(["run_id"], ["judge_runs.id"], name=op.f("fk_judgments_run_id_judge_runs")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_judgments")),
        sa.UniqueConstraint(
            "run_id", "battle_id", "shown_as_a", name=op.f("uq_judgments_run_id_battle_id_shown_as_a")
        ),
    )
    op.create_index("ix_judgments_run_id_state_id", "judgments", ["run_id", "state", "id"], unique=False)

    op.create_table(
        "judge_calls",
        sa.Column("id", ID, nullable=False),
        sa.Column("run_id", ID, nullable=False),
        sa.Column("judgment_id", ID, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("repeat", sa.Integer(), nullable=False),
        sa.Column("question", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("same_as", ID, nullable=True),
        sa.Column("asked", JSON, nullable=True),
        sa.Column("reply", JSON, nullable=True),
        sa.Column("kind", sa.String(length=20), nullable=True),
        sa.Column("reason", sa.String(length=40), nullable=True),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('open', 'answered', 'failed', 'unknown')", name=op.f("ck_judge_calls_state")
        ),
        sa.ForeignKeyConstraint(
            ["judgment_id"], ["judgments.id"], name=op.f("fk_judge_calls_judgment_id_judgments")
        ),
        sa.ForeignKeyConstraint(["run_id"], ["judge_runs.id"], name=op.f("fk_judge_calls_run_id_judge_runs")),
        sa.ForeignKeyConstraint(
            ["same_as"], ["judge_calls.id"], name=op.f("fk_judge_calls_same_as_judge_calls")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_judge_calls")),
        sa.UniqueConstraint(
            "judgment_id", "key", "repeat", name=op.f("uq_judge_calls_judgment_id_key_repeat")
        ),
    )
    op.create_index("ix_judge_calls_question", "judge_calls", ["question"], unique=False)
    op.create_index("ix_judge_calls_run_id_state", "judge_calls", ["run_id", "state"], unique=False)

    op.create_table(
        "judge_requests",
        sa.Column("id", ID, nullable=False),
        sa.Column("run_id", ID, nullable=False),
        sa.Column("call_id", ID, nullable=False),
        sa.Column("worker", sa.Text(), nullable=False),
        sa.Column("format", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("basis", sa.String(length=20), nullable=False),
        sa.Column("input_tokens", sa.Integer(), nullable=False),
        sa.Column("output_tokens", sa.Integer(), nullable=False),
        sa.Column("cached_tokens", sa.Integer(), nullable=False),
        sa.Column("micros", sa.BigInteger(), nullable=True),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(length=40), nullable=True),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("seconds", sa.Double(), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state IN ('sent', 'ended', 'unknown')", name=op.f("ck_judge_requests_state")),
        sa.ForeignKeyConstraint(
            ["call_id"], ["judge_calls.id"], name=op.f("fk_judge_requests_call_id_judge_calls")
        ),
        sa.ForeignKeyConstraint(
            ["run_id"], ["judge_runs.id"], name=op.f("fk_judge_requests_run_id_judge_runs")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_judge_requests")),
    )
    op.create_index("ix_judge_requests_call_id", "judge_requests", ["call_id"], unique=False)
    op.create_index("ix_judge_requests_run_id_state", "judge_requests", ["run_id", "state"], unique=False)

    op.add_column("votes", sa.Column("probability", sa.Double(), nullable=True))


def downgrade() -> None:
    op.drop_column("votes", "probability")

    op.drop_index("ix_judge_requests_run_id_state", "judge_requests")
    op.drop_index("ix_judge_requests_call_id", "judge_requests")

    op.drop_table("judge_requests")
    op.drop_index("ix_judge_calls_run_id_state", "judge_calls")
    op.drop_index("ix_judge_calls_question", "judge_calls")

    op.drop_table("judge_calls")
    op.drop_index("ix_judgments_run_id_state_id", "judgments")

    op.drop_table("judgments")
    op.drop_index(
        "uq_judge_runs_open",
        "judge_runs",
        sqlite_where=sa.text("state IN ('running', 'paused')"),
        postgresql_where=sa.text("state IN ('running', 'paused')"),
    )
    op.drop_index("ix_judge_runs_arena_id_id", "judge_runs")

    op.drop_table("judge_runs")
    op.drop_table("judges")
