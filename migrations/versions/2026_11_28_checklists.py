"""Checklists in versions; those that came with prompts are the first."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
CHUNK = 1_000

revision = "f2a90c4d7b36"
down_revision = "c81f3e6a27d5"
branch_labels = None
depends_on = None

prompts = sa.table(
    "prompts",
    sa.column("id", ID),
    sa.column("checklist", JSON),
    sa.column("created_at", sa.DateTime(timezone=True)),
)
versions = sa.table(
    "checklist_versions",
    sa.column("prompt_id", ID),
    sa.column("version", sa.Integer()),
    sa.column("questions", JSON),
    sa.column("author", sa.Text()),
    sa.column("created_at", sa.DateTime(timezone=True)),
    sa.column("approved_at", sa.DateTime(timezone=True)),
)


def upgrade() -> None:
    op.create_table(
        "checklist_versions",
        sa.Column("prompt_id", ID, nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("questions", JSON, nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["prompt_id"], ["prompts.id"], name=op.f("fk_checklist_versions_prompt_id_prompts")
        ),
        sa.PrimaryKeyConstraint("prompt_id", "version", name=op.f("pk_checklist_versions")),
    )
    rows = op.get_bind().execute(sa.select(prompts).order_by(prompts.c.id))
    for some in rows.partitions(CHUNK):
        found = [_first(row) for row in some if _asked(row.checklist)]
        if found:
            op.get_bind().execute(sa.insert(versions), found)
    op.drop_column("prompts", "checklist")


def downgrade() -> None:
    # Of several versions the newest stays.
    bind = op.get_bind()
    op.add_column("prompts", sa.Column("checklist", JSON, nullable=False, server_default="[]"))
    kept = {
        row.prompt_id: row.questions for row in bind.execute(sa.select(versions).order_by(versions.c.version))
    }
    for prompt_id, questions in kept.items():
        bind.execute(sa.update(prompts).where(prompts.c.id == prompt_id).values(checklist=questions))
    op.drop_table("checklist_versions")


def _asked(checklist: list[str]) -> list[str]:
    """Without what asks nothing: it used to be taken, and no judge could be asked it."""
    return [question for question in checklist if question.strip()]


def _first(prompt: sa.Row) -> dict[str, object]:
    return {
        "prompt_id": prompt.id,
        "version": 1,
        "questions": _asked(prompt.checklist),
        "author": "submitted",
        "created_at": prompt.created_at,
        "approved_at": prompt.created_at,
    }
