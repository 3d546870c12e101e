"""An upload says since when a look through it is asked for."""

import sqlalchemy as sa
from alembic import op

revision = "1d8e6a40b9f3"
down_revision = "e40b7c95d21f"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("uploads", sa.Column("wanted_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("uploads", "wanted_at")
