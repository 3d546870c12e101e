"""sampling."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")

revision = "5d2e9b60f7a4"
down_revision = "7c1e0d5b92a4"
branch_labels = None
depends_on = None

FIRST = sa.text("copy_of IS NULL AND overlap > 0")


def upgrade() -> None:
    # Columns are added one by one: SQLite would copy the whole table to alter one, which votes refer to.
    # Arenas from before deal as they did; what was dealt to a voter and voted on has one voter.
    for column in (
        sa.Column("sampling", sa.String(length=40), nullable=False, server_default="variance_reduction"),
        sa.Column("sampling_settings", JSON, nullable=False, server_default="{}"),
        sa.Column("sampling_dimension", sa.String(length=80), nullable=False, server_default="overall"),
        sa.Column("target_overlap", sa.Integer(), nullable=False, server_default="1"),
    ):
        op.add_column("arenas", column)
    reference = sa.ForeignKey("battles.id", name=op.f("fk_battles_copy_of_battles"))
    op.add_column("battles", sa.Column("copy_of", ID, reference), inline_references=True)
    op.add_column("battles", sa.Column("overlap", sa.Integer(), nullable=False, server_default="0"))
    op.execute("UPDATE battles SET overlap = 1 WHERE state = 'voted'")
    op.create_index("ix_battles_copy_of", "battles", ["copy_of"])
    op.create_index(
        "ix_battles_overlap",
        "battles",
        ["arena_id", "overlap", "id"],
        sqlite_where=FIRST,
        postgresql_where=FIRST,
    )


def downgrade() -> None:
    op.drop_index("ix_battles_overlap", "battles", sqlite_where=FIRST, postgresql_where=FIRST)
    op.drop_index("ix_battles_copy_of", "battles")
    for column in ("overlap", "copy_of"):
        op.drop_column("battles", column)
    for column in ("target_overlap", "sampling_dimension", "sampling_settings", "sampling"):
        op.drop_column("arenas", column)
