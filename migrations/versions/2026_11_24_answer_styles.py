"""answer styles: what style control needs to know of an answer, counted once. The next roll-up makes the moments."""

from dataclasses import asdict

import sqlalchemy as sa
from alembic import op

from app.stats.texts import Style

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
CHUNK = 500

revision = "3f9a6c27d185"
down_revision = "e5a07d3c8b14"
branch_labels = None
depends_on = None


def upgrade() -> None:
    styles = op.create_table(
        "answer_styles",
        sa.Column("answer_id", ID, nullable=False),
        sa.Column("length", sa.Integer(), nullable=False),
        sa.Column("headers", sa.Integer(), nullable=False),
        sa.Column("list_items", sa.Integer(), nullable=False),
        sa.Column("bold", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["answer_id"], ["answers.id"], name=op.f("fk_answer_styles_answer_id_answers")
        ),
        sa.PrimaryKeyConstraint("answer_id", name=op.f("pk_answer_styles")),
    )
    answers = sa.table("answers", sa.column("id", ID), sa.column("messages", sa.JSON()))
    last = 0
    while rows := (
        op.get_bind()
        .execute(sa.select(answers).where(answers.c.id > last).order_by(answers.c.id).limit(CHUNK))
        .all()
    ):
        last = rows[-1].id
        op.bulk_insert(styles, [style for row in rows if (style := _style(row.id, row.messages))])


def downgrade() -> None:
    for table in ("tally_blocks", "tally_marks"):
        op.execute(f"DELETE FROM {table} WHERE kind = 'moments'")
    op.drop_table("answer_styles")


def _style(answer: int, messages: list[dict[str, object]]) -> dict[str, int] | None:
    texts = [text for message in messages if isinstance(text := message["content"], str)]
    return {"answer_id": answer, **asdict(Style.of(texts))} if len(texts) == len(messages) else None
