"""uploads in parts, reports on models, comments that may be read, owners who vote, and models that follow others."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
MOMENT = sa.DateTime(timezone=True)
STATES = ("receiving", "checked", "storing", "stored", "cancelled", "failed")
TABLES = ("owner_raters", "comment_decisions", "model_reports", "upload_chunks", "uploads")

revision = "e6b1d94c2f70"
down_revision = "c90b5e7fa3d1"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Columns are added one by one: SQLite would copy the whole table to alter one, which battles refer to.
    reference = sa.ForeignKey("models.id", name=op.f("fk_models_supersedes_id_models"))
    op.add_column("models", sa.Column("supersedes_id", ID, reference), inline_references=True)
    op.add_column("models", sa.Column("withdrawn_at", MOMENT, nullable=True))
    op.create_table(
        "uploads",
        sa.Column("id", ID, nullable=False),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column("arena_id", ID, nullable=False),
        sa.Column("model_id", ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("size", ID, nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        sa.Column("received", ID, nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("report", JSON, nullable=False),
        sa.Column("bad_lines", JSON, nullable=False),
        sa.Column("position", ID, nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("accepted", sa.Integer(), nullable=False),
        sa.Column("replaced", sa.Integer(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("touched_at", MOMENT, nullable=False),
        sa.CheckConstraint(_one_of("state", STATES), name=op.f("ck_uploads_state")),
        sa.ForeignKeyConstraint(["arena_id"], ["arenas.id"], name=op.f("fk_uploads_arena_id_arenas")),
        sa.ForeignKeyConstraint(["model_id"], ["models.id"], name=op.f("fk_uploads_model_id_models")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_uploads")),
        sa.UniqueConstraint("public_id", name=op.f("uq_uploads_public_id")),
    )
    op.create_index("ix_uploads_model_id_id", "uploads", ["model_id", "id"])
    op.create_index("ix_uploads_state_id", "uploads", ["state", "id"])
    op.create_table(
        "upload_chunks",
        sa.Column("upload_id", ID, nullable=False),
        sa.Column("start", ID, autoincrement=False, nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["upload_id"], ["uploads.id"], name=op.f("fk_upload_chunks_upload_id_uploads")
        ),
        sa.PrimaryKeyConstraint("upload_id", "start", name=op.f("pk_upload_chunks")),
    )
    op.create_table(
        "model_reports",
        sa.Column("model_id", ID, nullable=False),
        sa.Column("voters", sa.String(length=20), nullable=False),
        sa.Column("votes", ID, nullable=False),
        sa.Column("report", sa.Text(), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["model_id"], ["models.id"], name=op.f("fk_model_reports_model_id_models")),
        sa.PrimaryKeyConstraint("model_id", "voters", name=op.f("pk_model_reports")),
    )
    op.create_table(
        "comment_decisions",
        sa.Column("ballot_id", ID, nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("decided_at", MOMENT, nullable=False),
        sa.CheckConstraint(
            _one_of("state", ("published", "refused")), name=op.f("ck_comment_decisions_state")
        ),
        sa.ForeignKeyConstraint(
            ["ballot_id"], ["ballots.id"], name=op.f("fk_comment_decisions_ballot_id_ballots")
        ),
        sa.PrimaryKeyConstraint("ballot_id", name=op.f("pk_comment_decisions")),
    )
    op.create_table(
        "owner_raters",
        sa.Column("rater_id", ID, nullable=False),
        sa.Column("owner", sa.String(length=80), nullable=False),
        sa.Column("since", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["rater_id"], ["raters.id"], name=op.f("fk_owner_raters_rater_id_raters")),
        sa.PrimaryKeyConstraint("rater_id", "owner", name=op.f("pk_owner_raters")),
    )


def downgrade() -> None:
    for table in TABLES:
        op.drop_table(table)
    for column in ("withdrawn_at", "supersedes_id"):
        op.drop_column("models", column)


def _one_of(column: str, words: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(map(repr, words))})"
