"""An arena says whether owners of models may register by themselves."""

from alembic import op

revision = "e40b7c95d21f"
down_revision = "5c7e21d90ab4"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Written out, since neither database takes the constraint with the column otherwise.
    op.execute(
        "ALTER TABLE arenas ADD COLUMN registration VARCHAR(20) DEFAULT 'closed' NOT NULL"
        " CONSTRAINT ck_arenas_registration CHECK (registration IN ('closed', 'open'))"
    )


def downgrade() -> None:
    op.drop_column("arenas", "registration")
