"""At how many votes an arena was last looked at for rings of voters."""

import sqlalchemy as sa
from alembic import op

revision = "c81f3e6a27d5"
down_revision = "c3b5f7e1a042"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("gate_marks", sa.Column("ring_votes", sa.BigInteger(), server_default="0", nullable=False))


def downgrade() -> None:
    op.drop_column("gate_marks", "ring_votes")
