"""For which names the answers of an arena were looked through."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")

revision = "c3b5f7e1a042"
down_revision = "1d8e6a40b9f3"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "leak_marks",
        sa.Column("arena_id", ID, nullable=False),
        sa.Column("names", JSON, nullable=False),
        sa.Column("wanted", JSON, nullable=False),
        sa.Column("position", ID, nullable=False),
        sa.Column("found", ID, nullable=False),
        sa.ForeignKeyConstraint(["arena_id"], ["arenas.id"], name=op.f("fk_leak_marks_arena_id_arenas")),
        sa.PrimaryKeyConstraint("arena_id", name=op.f("pk_leak_marks")),
    )


def downgrade() -> None:
    op.drop_table("leak_marks")
