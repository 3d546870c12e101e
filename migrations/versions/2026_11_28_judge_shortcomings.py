"""An assessment of a judge says what was not done for it."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "5a90d3c7e1b8"
down_revision = "f2a90c4d7b36"
branch_labels = None
depends_on = None

JSON = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    op.add_column("judge_trusts", sa.Column("shortcomings", JSON, nullable=True))


def downgrade() -> None:
    op.drop_column("judge_trusts", "shortcomings")
