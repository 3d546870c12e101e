"""spreads."""

import sqlalchemy as sa
from alembic import op

revision = "e5a07d3c8b14"
down_revision = "b7e2f94a1c60"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "spreads",
        sa.Column("question_hash", sa.String(length=64), nullable=False),
        sa.Column("votes", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("question_hash", name=op.f("pk_spreads")),
    )


def downgrade() -> None:
    op.drop_table("spreads")
