"""where judges are trusted."""

import sqlalchemy as sa
from alembic import op

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

revision = "d41c8b7f5e92"
down_revision = "3f9a6c27d185"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "judge_trusts",
        sa.Column("arena_id", ID, nullable=False),
        sa.Column("judge", sa.Text(), nullable=False),
        sa.Column("dimension_id", ID, nullable=False),
        sa.Column("language", sa.String(length=80), nullable=False),
        sa.Column("assessed", sa.String(length=20), nullable=True),
        sa.Column("because", sa.Text(), nullable=False),
        sa.Column("assessed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("votes_seen", ID, nullable=False),
        sa.Column("decision", sa.String(length=20), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("included", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "assessed IN ('trusted', 'calibrate', 'do_not_automate')", name=op.f("ck_judge_trusts_assessed")
        ),
        sa.CheckConstraint("decision IN ('include', 'exclude')", name=op.f("ck_judge_trusts_decision")),
        sa.ForeignKeyConstraint(["arena_id"], ["arenas.id"], name=op.f("fk_judge_trusts_arena_id_arenas")),
        sa.ForeignKeyConstraint(
            ["dimension_id"], ["dimensions.id"], name=op.f("fk_judge_trusts_dimension_id_dimensions")
        ),
        sa.PrimaryKeyConstraint(
            "arena_id", "judge", "dimension_id", "language", name=op.f("pk_judge_trusts")
        ),
    )


def downgrade() -> None:
    op.drop_table("judge_trusts")
