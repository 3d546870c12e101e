"""first schema."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")

revision = "356dcae00ac0"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "arenas",
        sa.Column("id", ID, nullable=False),
        sa.Column("slug", sa.String(length=80), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("guidelines", sa.Text(), nullable=False),
        sa.Column("modality", sa.String(length=20), nullable=False),
        sa.Column("verdicts", JSON, nullable=False),
        sa.Column("reveal", sa.String(length=20), nullable=False),
        sa.Column("public", sa.Boolean(), nullable=False),
        sa.Column("goal", sa.Integer(), nullable=False),
        sa.Column("explore", sa.Double(), nullable=False),
        sa.Column("minimum_votes", sa.Integer(), nullable=False),
        sa.Column("battle_minutes", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("reveal IN ('after_vote', 'never', 'end')", name=op.f("ck_arenas_reveal")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_arenas")),
        sa.UniqueConstraint("slug", name=op.f("uq_arenas_slug")),
    )
    op.create_table(
        "idempotency_keys",
        sa.Column("id", ID, nullable=False),
        sa.Column("caller", sa.String(length=120), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("request_hash", sa.String(length=64), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_idempotency_keys")),
        sa.UniqueConstraint("caller", "key", name=op.f("uq_idempotency_keys_caller_key")),
    )
    op.create_index("ix_idempotency_keys_created_at", "idempotency_keys", ["created_at"], unique=False)

    op.create_table(
        "tally_marks",
        sa.Column("log", sa.String(length=20), nullable=False),
        sa.Column("position", ID, nullable=False),
        sa.PrimaryKeyConstraint("log", name=op.f("pk_tally_marks")),
    )
    op.create_table(
        "api_keys",
        sa.Column("id", ID, nullable=False),
        sa.Column("prefix", sa.String(length=20), nullable=False),
        sa.Column("secret_hash", sa.String(length=64), nullable=False),
        sa.Column("scope", sa.String(length=20), nullable=False),
        sa.Column("owner", sa.String(length=80), nullable=False),
        sa.Column("arena_id", ID, nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("scope IN ('owner', 'read', 'admin')", name=op.f("ck_api_keys_scope")),
        sa.ForeignKeyConstraint(["arena_id"], ["arenas.id"], name=op.f("fk_api_keys_arena_id_arenas")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_keys")),
        sa.UniqueConstraint("prefix", name=op.f("uq_api_keys_prefix")),
    )
    op.create_table(
        "dimensions",
        sa.Column("id", ID, nullable=False),
        sa.Column("arena_id", ID, nullable=False),
        sa.Column("slug", sa.String(length=80), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("rubric", sa.Text(), nullable=False),
        sa.Column("required", sa.Boolean(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["arena_id"], ["arenas.id"], name=op.f("fk_dimensions_arena_id_arenas")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dimensions")),
        sa.UniqueConstraint("arena_id", "slug", name=op.f("uq_dimensions_arena_id_slug")),
    )
    op.create_table(
        "models",
        sa.Column("id", ID, nullable=False),
        sa.Column("arena_id", ID, nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("organization", sa.Text(), nullable=True),
        sa.Column("license", sa.Text(), nullable=True),
        sa.Column("family", sa.Text(), nullable=True),
        sa.Column("endpoint", sa.Text(), nullable=True),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("owner", sa.String(length=80), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("state IN ('active', 'hidden', 'retired')", name=op.f("ck_models_state")),
        sa.ForeignKeyConstraint(["arena_id"], ["arenas.id"], name=op.f("fk_models_arena_id_arenas")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_models")),
        sa.UniqueConstraint("arena_id", "slug", name=op.f("uq_models_arena_id_slug")),
    )
    op.create_table(
        "prompts",
        sa.Column("id", ID, nullable=False),
        sa.Column("arena_id", ID, nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("messages", JSON, nullable=False),
        sa.Column("language", sa.String(length=80), nullable=False),
        sa.Column("category", sa.String(length=200), nullable=False),
        sa.Column("references", JSON, nullable=False),
        sa.Column("checklist", JSON, nullable=False),
        sa.Column("rubrics", JSON, nullable=False),
        sa.Column("details", JSON, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["arena_id"], ["arenas.id"], name=op.f("fk_prompts_arena_id_arenas")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_prompts")),
        sa.UniqueConstraint("arena_id", "external_id", name=op.f("uq_prompts_arena_id_external_id")),
    )
    op.create_table(
        "raters",
        sa.Column("id", ID, nullable=False),
        sa.Column("arena_id", ID, nullable=True),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("profile", JSON, nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('human', 'judge', 'simulated')", name=op.f("ck_raters_kind")),
        sa.ForeignKeyConstraint(["arena_id"], ["arenas.id"], name=op.f("fk_raters_arena_id_arenas")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_raters")),
        sa.UniqueConstraint(
            "arena_id", "kind", "name", "version", name=op.f("uq_raters_arena_id_kind_name_version")
        ),
    )
    op.create_index(
        "uq_raters_everywhere",
        "raters",
        ["kind", "name", "version"],
        unique=True,
        sqlite_where=sa.text("arena_id IS NULL"),
        postgresql_where=sa.text("arena_id IS NULL"),
    )

    op.create_table(
        "answers",
        sa.Column("id", ID, nullable=False),
        sa.Column("arena_id", ID, nullable=False),
        sa.Column("prompt_id", ID, nullable=False),
        sa.Column("model_id", ID, nullable=False),
        sa.Column("messages", JSON, nullable=False),
        sa.Column("details", JSON, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("replaced_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["arena_id"], ["arenas.id"], name=op.f("fk_answers_arena_id_arenas")),
        sa.ForeignKeyConstraint(["model_id"], ["models.id"], name=op.f("fk_answers_model_id_models")),
        sa.ForeignKeyConstraint(["prompt_id"], ["prompts.id"], name=op.f("fk_answers_prompt_id_prompts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answers")),
    )
    op.create_index("ix_answers_arena_id_id", "answers", ["arena_id", "id"], unique=False)
    op.create_index(
        "uq_answers_current",
        "answers",
        ["prompt_id", "model_id"],
        unique=True,
        sqlite_where=sa.text("replaced_at IS NULL"),
        postgresql_where=sa.text("replaced_at IS NULL"),
    )

    op.create_table(
        "ballots",
        sa.Column("id", ID, nullable=False),
        sa.Column("rater_id", ID, nullable=False),
        sa.Column("reasons", JSON, nullable=True),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("recognised", sa.Boolean(), nullable=False),
        sa.Column("reading", JSON, nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["rater_id"], ["raters.id"], name=op.f("fk_ballots_rater_id_raters")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ballots")),
    )
    op.create_table(
        "dimension_versions",
        sa.Column("dimension_id", ID, nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("rubric", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["dimension_id"], ["dimensions.id"], name=op.f("fk_dimension_versions_dimension_id_dimensions")
        ),
        sa.PrimaryKeyConstraint("dimension_id", "version", name=op.f("pk_dimension_versions")),
    )
    op.create_table(
        "rankings",
        sa.Column("id", ID, nullable=False),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column("arena_id", ID, nullable=False),
        sa.Column("dimension_id", ID, nullable=False),
        sa.Column("spec", JSON, nullable=False),
        sa.Column("spec_hash", sa.String(length=64), nullable=False),
        sa.Column("tally_digest", sa.String(length=64), nullable=False),
        sa.Column("votes", ID, nullable=False),
        sa.Column("leaderboard", sa.Text(), nullable=False),
        sa.Column("generated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["arena_id"], ["arenas.id"], name=op.f("fk_rankings_arena_id_arenas")),
        sa.ForeignKeyConstraint(
            ["dimension_id"], ["dimensions.id"], name=op.f("fk_rankings_dimension_id_dimensions")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rankings")),
        sa.UniqueConstraint("public_id", name=op.f("uq_rankings_public_id")),
        sa.UniqueConstraint("spec_hash", "tally_digest", name=op.f("uq_rankings_spec_hash_tally_digest")),
    )
    op.create_index(
        "ix_rankings_arena_id_generated_at", "rankings", ["arena_id", "generated_at"], unique=False
    )

    op.create_table(
        "rater_cells",
        sa.Column("arena_id", ID, nullable=False),
        sa.Column("dimension_id", ID, nullable=False),
        sa.Column("voters", sa.Text(), nullable=False),
        sa.Column("category", sa.String(length=200), nullable=False),
        sa.Column("language", sa.String(length=80), nullable=False),
        sa.Column("rater_id", ID, nullable=False),
        sa.Column("count", ID, nullable=False),
        sa.ForeignKeyConstraint(["arena_id"], ["arenas.id"], name=op.f("fk_rater_cells_arena_id_arenas")),
        sa.ForeignKeyConstraint(
            ["dimension_id"], ["dimensions.id"], name=op.f("fk_rater_cells_dimension_id_dimensions")
        ),
        sa.ForeignKeyConstraint(["rater_id"], ["raters.id"], name=op.f("fk_rater_cells_rater_id_raters")),
        sa.PrimaryKeyConstraint(
            "arena_id",
            "dimension_id",
            "voters",
            "category",
            "language",
            "rater_id",
            name=op.f("pk_rater_cells"),
        ),
    )
    op.create_table(
        "tally_cells",
        sa.Column("arena_id", ID, nullable=False),
        sa.Column("dimension_id", ID, nullable=False),
        sa.Column("voters", sa.Text(), nullable=False),
        sa.Column("category", sa.String(length=200), nullable=False),
        sa.Column("language", sa.String(length=80), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("first_model_id", ID, nullable=False),
        sa.Column("second_model_id", ID, nullable=False),
        sa.Column("verdict", sa.String(length=20), nullable=False),
        sa.Column("count", ID, nullable=False),
        sa.ForeignKeyConstraint(["arena_id"], ["arenas.id"], name=op.f("fk_tally_cells_arena_id_arenas")),
        sa.ForeignKeyConstraint(
            ["dimension_id"], ["dimensions.id"], name=op.f("fk_tally_cells_dimension_id_dimensions")
        ),
        sa.ForeignKeyConstraint(
            ["first_model_id"], ["models.id"], name=op.f("fk_tally_cells_first_model_id_models")
        ),
        sa.ForeignKeyConstraint(
            ["second_model_id"], ["models.id"], name=op.f("fk_tally_cells_second_model_id_models")
        ),
        sa.PrimaryKeyConstraint(
            "arena_id",
            "dimension_id",
            "voters",
            "category",
            "language",
            "state",
            "first_model_id",
            "second_model_id",
            "verdict",
            name=op.f("pk_tally_cells"),
        ),
    )
    op.create_table(
        "battles",
        sa.Column("id", ID, nullable=False),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column("arena_id", ID, nullable=False),
        sa.Column("prompt_id", ID, nullable=True),
        sa.Column("turn", sa.Integer(), nullable=True),
        sa.Column("model_a_id", ID, nullable=False),
        sa.Column("model_b_id", ID, nullable=False),
        sa.Column("answer_a_id", ID, nullable=True),
        sa.Column("answer_b_id", ID, nullable=True),
        sa.Column("language", sa.String(length=80), nullable=False),
        sa.Column("category", sa.String(length=200), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("dealt_to", ID, nullable=True),
        sa.Column("dealt_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revealed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("probability", sa.Double(), nullable=True),
        sa.Column("import_key", sa.String(length=64), nullable=True),
        sa.CheckConstraint(
            "state IN ('open', 'voted', 'skipped', 'withdrawn', 'expired', 'imported')",
            name=op.f("ck_battles_state"),
        ),
        sa.CheckConstraint("model_a_id <> model_b_id", name=op.f("ck_battles_two_models")),
        sa.CheckConstraint(
            "probability IS NULL OR (probability > 0 AND probability <= 1)",
            name=op.f("ck_battles_probability"),
        ),
        sa.ForeignKeyConstraint(["answer_a_id"], ["answers.id"], name=op.f("fk_battles_answer_a_id_answers")),
        sa.ForeignKeyConstraint(["answer_b_id"], ["answers.id"], name=op.f("fk_battles_answer_b_id_answers")),
        sa.ForeignKeyConstraint(["arena_id"], ["arenas.id"], name=op.f("fk_battles_arena_id_arenas")),
        sa.ForeignKeyConstraint(["dealt_to"], ["raters.id"], name=op.f("fk_battles_dealt_to_raters")),
        sa.ForeignKeyConstraint(["model_a_id"], ["models.id"], name=op.f("fk_battles_model_a_id_models")),
        sa.ForeignKeyConstraint(["model_b_id"], ["models.id"], name=op.f("fk_battles_model_b_id_models")),
        sa.ForeignKeyConstraint(["prompt_id"], ["prompts.id"], name=op.f("fk_battles_prompt_id_prompts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_battles")),
        sa.UniqueConstraint("arena_id", "import_key", name=op.f("uq_battles_arena_id_import_key")),
        sa.UniqueConstraint("public_id", name=op.f("uq_battles_public_id")),
    )
    op.create_index("ix_battles_arena_id_prompt_id", "battles", ["arena_id", "prompt_id"], unique=False)
    op.create_index("ix_battles_dealt_to_arena_id", "battles", ["dealt_to", "arena_id"], unique=False)

    op.create_table(
        "skips",
        sa.Column("id", ID, nullable=False),
        sa.Column("battle_id", ID, nullable=False),
        sa.Column("rater_id", ID, nullable=False),
        sa.Column("reason", sa.String(length=20), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["battle_id"], ["battles.id"], name=op.f("fk_skips_battle_id_battles")),
        sa.ForeignKeyConstraint(["rater_id"], ["raters.id"], name=op.f("fk_skips_rater_id_raters")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_skips")),
        sa.UniqueConstraint("battle_id", "rater_id", name=op.f("uq_skips_battle_id_rater_id")),
    )
    op.create_table(
        "votes",
        sa.Column("id", ID, nullable=False),
        sa.Column("arena_id", ID, nullable=False),
        sa.Column("battle_id", ID, nullable=False),
        sa.Column("dimension_id", ID, nullable=False),
        sa.Column("dimension_version", sa.Integer(), nullable=False),
        sa.Column("rater_id", ID, nullable=False),
        sa.Column("ballot_id", ID, nullable=False),
        sa.Column("shown_as_a", sa.String(length=1), nullable=False),
        sa.Column("verdict", sa.String(length=20), nullable=False),
        sa.Column("raw_verdict", sa.Text(), nullable=True),
        sa.Column("strength", sa.Integer(), nullable=True),
        sa.Column("confidence", sa.Double(), nullable=True),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("state_reason", sa.Text(), nullable=True),
        sa.Column("state_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("txid", ID, nullable=False),
        sa.CheckConstraint("shown_as_a IN ('a', 'b')", name=op.f("ck_votes_shown_as_a")),
        sa.CheckConstraint(
            "state IN ('counted', 'superseded', 'withdrawn', 'set_aside')", name=op.f("ck_votes_state")
        ),
        sa.CheckConstraint(
            "verdict IN ('a', 'b', 'tie', 'both_good', 'both_bad', 'abstain')", name=op.f("ck_votes_verdict")
        ),
        sa.ForeignKeyConstraint(["arena_id"], ["arenas.id"], name=op.f("fk_votes_arena_id_arenas")),
        sa.ForeignKeyConstraint(["ballot_id"], ["ballots.id"], name=op.f("fk_votes_ballot_id_ballots")),
        sa.ForeignKeyConstraint(["battle_id"], ["battles.id"], name=op.f("fk_votes_battle_id_battles")),
        sa.ForeignKeyConstraint(
            ["dimension_id"], ["dimensions.id"], name=op.f("fk_votes_dimension_id_dimensions")
        ),
        sa.ForeignKeyConstraint(["rater_id"], ["raters.id"], name=op.f("fk_votes_rater_id_raters")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_votes")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_votes_arena_id_created_at", "votes", ["arena_id", "created_at"], unique=False)
    op.create_index("ix_votes_battle_id", "votes", ["battle_id"], unique=False)
    op.create_index(
        "uq_votes_once",
        "votes",
        ["rater_id", "battle_id", "dimension_id", "shown_as_a"],
        unique=True,
        sqlite_where=sa.text("state <> 'superseded'"),
        postgresql_where=sa.text("state <> 'superseded'"),
    )

    op.create_table(
        "vote_events",
        sa.Column("id", ID, nullable=False),
        sa.Column("vote_id", ID, nullable=False),
        sa.Column("from_state", sa.String(length=20), nullable=False),
        sa.Column("to_state", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("txid", ID, nullable=False),
        sa.ForeignKeyConstraint(["vote_id"], ["votes.id"], name=op.f("fk_vote_events_vote_id_votes")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vote_events")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_vote_events_vote_id", "vote_events", ["vote_id"], unique=False)
    marks = sa.table("tally_marks", sa.column("log", sa.String), sa.column("position", sa.BigInteger))
    op.bulk_insert(marks, [{"log": log, "position": 0} for log in ("votes", "vote_events")])
    if op.get_bind().dialect.name == "postgresql":
        op.create_index("ix_votes_txid", "votes", ["txid"], postgresql_using="brin")
        op.create_index("ix_vote_events_txid", "vote_events", ["txid"], postgresql_using="brin")


def downgrade() -> None:
    op.drop_index("ix_vote_events_vote_id", "vote_events")

    op.drop_table("vote_events")
    op.drop_index(
        "uq_votes_once",
        "votes",
        sqlite_where=sa.text("state <> 'superseded'"),
        postgresql_where=sa.text("state <> 'superseded'"),
    )
    op.drop_index("ix_votes_battle_id", "votes")
    op.drop_index("ix_votes_arena_id_created_at", "votes")

    op.drop_table("votes")
    op.drop_table("skips")
    op.drop_index("ix_battles_dealt_to_arena_id", "battles")
    op.drop_index("ix_battles_arena_id_prompt_id", "battles")

    op.drop_table("battles")
    op.drop_table("tally_cells")
    op.drop_table("rater_cells")
    op.drop_index("ix_rankings_arena_id_generated_at", "rankings")

    op.drop_table("rankings")
    op.drop_table("dimension_versions")
    op.drop_table("ballots")
    op.drop_index(
        "uq_answers_current",
        "answers",
        sqlite_where=sa.text("replaced_at IS NULL"),
        postgresql_where=sa.text("replaced_at IS NULL"),
    )
    op.drop_index("ix_answers_arena_id_id", "answers")

    op.drop_table("answers")
    op.drop_index(
        "uq_raters_everywhere",
        "raters",
        sqlite_where=sa.text("arena_id IS NULL"),
        postgresql_where=sa.text("arena_id IS NULL"),
    )

    op.drop_table("raters")
    op.drop_table("prompts")
    op.drop_table("models")
    op.drop_table("dimensions")
    op.drop_table("api_keys")
    op.drop_table("tally_marks")
    op.drop_index("ix_idempotency_keys_created_at", "idempotency_keys")

    op.drop_table("idempotency_keys")
    op.drop_table("arenas")
