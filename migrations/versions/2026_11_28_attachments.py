"""Pictures that stand in messages."""

import sqlalchemy as sa
from alembic import op

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

revision = "0f93be6d21c7"
down_revision = "c41d7a90be52"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "attachments",
        sa.Column("id", ID, nullable=False),
        sa.Column("arena_id", ID, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("media_type", sa.String(40), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["arena_id"], ["arenas.id"], name=op.f("fk_attachments_arena_id_arenas")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachments")),
        sa.UniqueConstraint("arena_id", "digest", name=op.f("uq_attachments_arena_id_digest")),
    )


def downgrade() -> None:
    op.drop_table("attachments")
