"""consistency reports."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")

revision = "b7e2f94a1c60"
down_revision = "5d2e9b60f7a4"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "reports",
        sa.Column("id", ID, nullable=False),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column("arena_id", ID, nullable=False),
        sa.Column("question", JSON, nullable=False),
        sa.Column("question_hash", sa.String(length=64), nullable=False),
        sa.Column("votes_digest", sa.String(length=64), nullable=False),
        sa.Column("report", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("wanted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["arena_id"], ["arenas.id"], name=op.f("fk_reports_arena_id_arenas")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reports")),
        sa.UniqueConstraint("public_id", name=op.f("uq_reports_public_id")),
        sa.UniqueConstraint(
            "question_hash", "votes_digest", name=op.f("uq_reports_question_hash_votes_digest")
        ),
    )
    op.create_index("ix_reports_question_hash_id", "reports", ["question_hash", "id"])
    op.create_index("ix_reports_wanted_at", "reports", ["wanted_at"])


def downgrade() -> None:
    op.drop_table("reports")
