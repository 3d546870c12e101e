"""An arena says whether everybody may have its votes as a file."""

from alembic import op

revision = "a9d3517c0e64"
down_revision = "0f93be6d21c7"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Written out, since neither database takes the constraint with the column otherwise.
    op.execute(
        "ALTER TABLE arenas ADD COLUMN exports VARCHAR(20) DEFAULT 'closed' NOT NULL"
        " CONSTRAINT ck_arenas_exports CHECK (exports IN ('closed', 'published'))"
    )


def downgrade() -> None:
    op.drop_column("arenas", "exports")
