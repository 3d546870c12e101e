"""A prompt can be archived: no battle is dealt on it any more, and its votes stay."""

import sqlalchemy as sa
from alembic import op

revision = "c41d7a90be52"
down_revision = "b84c2f6d19a7"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("prompts", sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True))
    archived = sa.text("archived_at IS NOT NULL")
    op.create_index(
        "ix_prompts_archived", "prompts", ["arena_id"], sqlite_where=archived, postgresql_where=archived
    )


def downgrade() -> None:
    op.drop_index("ix_prompts_archived", "prompts")
    op.drop_column("prompts", "archived_at")
