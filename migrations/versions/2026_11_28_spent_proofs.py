"""Proofs of work that were used."""

import sqlalchemy as sa
from alembic import op

revision = "5d0f7a91c3e8"
down_revision = "e6b1d94c2f70"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "spent_proofs",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_spent_proofs")),
    )
    op.create_index("ix_spent_proofs_expires_at", "spent_proofs", ["expires_at"])


def downgrade() -> None:
    op.drop_index("ix_spent_proofs_expires_at", table_name="spent_proofs")
    op.drop_table("spent_proofs")
