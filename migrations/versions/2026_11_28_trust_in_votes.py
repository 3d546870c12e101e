"""What betrays an answer, found once in each; how an arena gates votes; battles whose verdict is known."""

from collections.abc import Iterable

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from app.stats.leaks import leaks

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
CHUNK = 500

revision = "b27f4e9a61c8"
down_revision = "5d0f7a91c3e8"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Written out, since neither database takes the constraint with the column otherwise.
    op.execute(
        "ALTER TABLE arenas ADD COLUMN leaks VARCHAR(20) DEFAULT 'flag' NOT NULL"
        " CONSTRAINT ck_arenas_leaks CHECK (leaks IN ('off', 'flag', 'redeal'))"
    )
    for column in (
        sa.Column("gates", JSON, nullable=False, server_default="{}"),
        sa.Column("gold_share", sa.Double(), nullable=False, server_default="0"),
        sa.Column("repeat_share", sa.Double(), nullable=False, server_default="0"),
    ):
        op.add_column("arenas", column)
    found = op.create_table(
        "answer_leaks",
        sa.Column("answer_id", ID, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.CheckConstraint("kind IN ('introduction', 'name')", name=op.f("ck_answer_leaks_kind")),
        sa.ForeignKeyConstraint(
            ["answer_id"], ["answers.id"], name=op.f("fk_answer_leaks_answer_id_answers")
        ),
        sa.PrimaryKeyConstraint("answer_id", name=op.f("pk_answer_leaks")),
    )
    op.create_table(
        "gold_battles",
        sa.Column("id", ID, nullable=False),
        sa.Column("arena_id", ID, nullable=False),
        sa.Column("prompt_id", ID, nullable=False),
        sa.Column("better_model_id", ID, nullable=False),
        sa.Column("worse_model_id", ID, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["arena_id"], ["arenas.id"], name=op.f("fk_gold_battles_arena_id_arenas")),
        sa.ForeignKeyConstraint(
            ["prompt_id"], ["prompts.id"], name=op.f("fk_gold_battles_prompt_id_prompts")
        ),
        sa.ForeignKeyConstraint(
            ["better_model_id"], ["models.id"], name=op.f("fk_gold_battles_better_model_id_models")
        ),
        sa.ForeignKeyConstraint(
            ["worse_model_id"], ["models.id"], name=op.f("fk_gold_battles_worse_model_id_models")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gold_battles")),
    )
    op.create_index("ix_gold_battles_arena_id", "gold_battles", ["arena_id"])
    op.create_table(
        "control_battles",
        sa.Column("battle_id", ID, nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("expected", sa.String(length=20), nullable=False),
        sa.Column("repeats", ID, nullable=True),
        sa.CheckConstraint("kind IN ('gold', 'repeat')", name=op.f("ck_control_battles_kind")),
        sa.ForeignKeyConstraint(
            ["battle_id"], ["battles.id"], name=op.f("fk_control_battles_battle_id_battles")
        ),
        sa.ForeignKeyConstraint(["repeats"], ["battles.id"], name=op.f("fk_control_battles_repeats_battles")),
        sa.PrimaryKeyConstraint("battle_id", name=op.f("pk_control_battles")),
    )
    op.create_table(
        "gate_marks",
        sa.Column("arena_id", ID, nullable=False),
        sa.Column("looked_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["arena_id"], ["arenas.id"], name=op.f("fk_gate_marks_arena_id_arenas")),
        sa.PrimaryKeyConstraint("arena_id", name=op.f("pk_gate_marks")),
    )
    _look(found)


def downgrade() -> None:
    for table in ("tally_blocks", "tally_marks"):
        op.execute(f"DELETE FROM {table} WHERE kind IN ('leak_cells', 'leak_raters')")
    for table in ("gate_marks", "control_battles", "gold_battles", "answer_leaks"):
        op.drop_table(table)
    for name in ("repeat_share", "gold_share", "gates", "leaks"):
        op.drop_column("arenas", name)


def _look(found: sa.Table) -> None:
    """Look at every answer there is, as at one that comes."""
    read = op.get_bind().execute
    answers = sa.table(
        "answers",
        sa.column("id", ID),
        sa.column("arena_id"),
        sa.column("prompt_id"),
        sa.column("messages", sa.JSON()),
    )
    prompts = sa.table("prompts", sa.column("id", ID), sa.column("messages", sa.JSON()))
    models = sa.table(
        "models", *(sa.column(name) for name in ("arena_id", "slug", "name", "organization", "family"))
    )
    names: dict[int, set[str]] = {}
    for arena, *words in read(sa.select(models)):
        names.setdefault(arena, set()).update(word for word in words if word)
    joined = sa.select(
        answers.c.id, answers.c.arena_id, answers.c.messages, prompts.c.messages.label("asked")
    ).join_from(answers, prompts, answers.c.prompt_id == prompts.c.id)
    last = 0
    while rows := read(joined.where(answers.c.id > last).order_by(answers.c.id).limit(CHUNK)).all():
        last = rows[-1].id
        new = []
        for row in rows:
            betrayed = leaks(_texts(row.messages), names.get(row.arena_id, ()), _texts(row.asked))
            if betrayed:
                new.append({"answer_id": row.id, "kind": betrayed[0].kind, "words": betrayed[0].words})
        op.bulk_insert(found, new)


def _texts(messages: Iterable[dict[str, object]]) -> list[str]:
    return [text for message in messages if isinstance(text := message.get("content"), str)]
