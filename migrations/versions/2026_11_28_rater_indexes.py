"""Ballots and skips are found by their rater, without reading everybody's."""

from alembic import op

revision = "5c7e21d90ab4"
down_revision = "a9d3517c0e64"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_ballots_rater_id", "ballots", ["rater_id"])
    op.create_index("ix_skips_rater_id", "skips", ["rater_id"])


def downgrade() -> None:
    op.drop_index("ix_skips_rater_id", "skips")
    op.drop_index("ix_ballots_rater_id", "ballots")
