"""what admins did, and keys that expire."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")

revision = "c90b5e7fa3d1"
down_revision = "7be2d0c4a915"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("api_keys", sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        "audit_entries",
        sa.Column("id", ID, nullable=False),
        sa.Column("arena_id", ID, nullable=True),
        sa.Column("key", sa.String(length=20), nullable=True),
        sa.Column("owner", sa.String(length=80), nullable=False),
        sa.Column("action", sa.String(length=80), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("details", JSON, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["arena_id"], ["arenas.id"], name=op.f("fk_audit_entries_arena_id_arenas")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entries")),
    )
    op.create_index("ix_audit_entries_arena_id_id", "audit_entries", ["arena_id", "id"])


def downgrade() -> None:
    op.drop_index("ix_audit_entries_arena_id_id", table_name="audit_entries")
    op.drop_table("audit_entries")
    op.drop_column("api_keys", "expires_at")
