"""board history."""

import sqlalchemy as sa
from alembic import op

revision = "8c41d07be1f2"
down_revision = "356dcae00ac0"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Boards from before belong to no history; their snapshots stay readable.
    with op.batch_alter_table("rankings") as rankings:
        rankings.add_column(sa.Column("asked_hash", sa.String(length=64), nullable=False, server_default=""))
        rankings.add_column(sa.Column("standing", sa.Boolean(), nullable=False, server_default=sa.true()))
    with op.batch_alter_table("rankings") as rankings:
        rankings.alter_column("asked_hash", server_default=None)
        rankings.alter_column("standing", server_default=None)
        rankings.create_index("ix_rankings_asked_hash_id", ["asked_hash", "id"])


def downgrade() -> None:
    with op.batch_alter_table("rankings") as rankings:
        rankings.drop_index("ix_rankings_asked_hash_id")
        rankings.drop_column("standing")
        rankings.drop_column("asked_hash")
