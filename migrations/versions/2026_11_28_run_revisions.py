"""A run counts its changes, so that whoever watches it knows what is new."""

import sqlalchemy as sa
from alembic import op

revision = "7be2d0c4a915"
down_revision = "44a1401033f7"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("judge_runs", sa.Column("revision", sa.BigInteger(), server_default="0", nullable=False))


def downgrade() -> None:
    op.drop_column("judge_runs", "revision")
