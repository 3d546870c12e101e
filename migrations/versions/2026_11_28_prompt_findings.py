"""Prompts that were looked at for personal data."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")

revision = "b84c2f6d19a7"
down_revision = "b27f4e9a61c8"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "prompt_findings",
        sa.Column("prompt_id", ID, nullable=False),
        sa.Column("kinds", JSON, nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("state IN ('clear', 'held', 'released')", name=op.f("ck_prompt_findings_state")),
        sa.ForeignKeyConstraint(
            ["prompt_id"], ["prompts.id"], name=op.f("fk_prompt_findings_prompt_id_prompts")
        ),
        sa.PrimaryKeyConstraint("prompt_id", name=op.f("pk_prompt_findings")),
    )


def downgrade() -> None:
    op.drop_table("prompt_findings")
