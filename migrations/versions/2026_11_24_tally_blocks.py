"""tally blocks: packed cells, by day too. The next roll-up counts every vote anew."""

import sqlalchemy as sa
from alembic import op

LOGS = ("votes", "vote_events")
ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

revision = "7c1e0d5b92a4"
down_revision = "8c41d07be1f2"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ("tally_cells", "rater_cells", "tally_marks"):
        op.drop_table(table)
    op.create_table(
        "tally_blocks",
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("arena_id", ID, nullable=False),
        sa.Column("dimension_id", ID, nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("voters", sa.Text(), nullable=False),
        sa.Column("category", sa.String(length=200), nullable=False),
        sa.Column("language", sa.String(length=80), nullable=False),
        sa.Column("votes", ID, nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["arena_id"], ["arenas.id"], name=op.f("fk_tally_blocks_arena_id_arenas")),
        sa.ForeignKeyConstraint(
            ["dimension_id"], ["dimensions.id"], name=op.f("fk_tally_blocks_dimension_id_dimensions")
        ),
        sa.PrimaryKeyConstraint(
            "kind",
            "arena_id",
            "dimension_id",
            "day",
            "voters",
            "category",
            "language",
            name=op.f("pk_tally_blocks"),
        ),
    )
    op.create_table(
        "tally_marks",
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("log", sa.String(length=20), nullable=False),
        sa.Column("position", ID, nullable=False),
        sa.PrimaryKeyConstraint("kind", "log", name=op.f("pk_tally_marks")),
    )
    if op.get_bind().dialect.name == "postgresql":
        # Compressing a block takes longer than reading it.
        op.execute("ALTER TABLE tally_blocks ALTER COLUMN data SET STORAGE EXTERNAL")
        # Else every read passes over the pages that came since the last vacuum.
        for log in LOGS:
            op.execute(f"ALTER INDEX ix_{log}_txid SET (autosummarize = on)")


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        for log in LOGS:
            op.execute(f"ALTER INDEX ix_{log}_txid RESET (autosummarize)")
    op.drop_table("tally_blocks")
    op.drop_table("tally_marks")
    marks = op.create_table(
        "tally_marks",
        sa.Column("log", sa.String(length=20), nullable=False),
        sa.Column("position", ID, nullable=False),
        sa.PrimaryKeyConstraint("log", name=op.f("pk_tally_marks")),
    )
    op.bulk_insert(marks, [{"log": log, "position": 0} for log in LOGS])
    op.create_table(
        "rater_cells",
        *_slice("rater_cells"),
        sa.Column("rater_id", ID, nullable=False),
        sa.Column("count", ID, nullable=False),
        sa.ForeignKeyConstraint(["rater_id"], ["raters.id"], name=op.f("fk_rater_cells_rater_id_raters")),
        sa.PrimaryKeyConstraint(*_SLICE, "rater_id", name=op.f("pk_rater_cells")),
    )
    op.create_table(
        "tally_cells",
        *_slice("tally_cells"),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("first_model_id", ID, nullable=False),
        sa.Column("second_model_id", ID, nullable=False),
        sa.Column("verdict", sa.String(length=20), nullable=False),
        sa.Column("count", ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["first_model_id"], ["models.id"], name=op.f("fk_tally_cells_first_model_id_models")
        ),
        sa.ForeignKeyConstraint(
            ["second_model_id"], ["models.id"], name=op.f("fk_tally_cells_second_model_id_models")
        ),
        sa.PrimaryKeyConstraint(
            *_SLICE, "state", "first_model_id", "second_model_id", "verdict", name=op.f("pk_tally_cells")
        ),
    )


_SLICE = ("arena_id", "dimension_id", "voters", "category", "language")


def _slice(table: str) -> tuple[sa.Column | sa.ForeignKeyConstraint, ...]:
    return (
        sa.Column("arena_id", ID, nullable=False),
        sa.Column("dimension_id", ID, nullable=False),
        sa.Column("voters", sa.Text(), nullable=False),
        sa.Column("category", sa.String(length=200), nullable=False),
        sa.Column("language", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(["arena_id"], ["arenas.id"], name=op.f(f"fk_{table}_arena_id_arenas")),
        sa.ForeignKeyConstraint(
            ["dimension_id"], ["dimensions.id"], name=op.f(f"fk_{table}_dimension_id_dimensions")
        ),
    )
