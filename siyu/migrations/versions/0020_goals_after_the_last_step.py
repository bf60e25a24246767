"""A goal counts after the last step too, and is worth what its fact is"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    op.add_column("enrolment", sa.Column("goal_until", sa.DateTime(timezone=True), nullable=True))
    op.add_column("enrolment", sa.Column("goal_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("enrolment", sa.Column("goal_fen", sa.BigInteger(), nullable=True))
    op.execute("UPDATE enrolment SET goal_at = ended_at WHERE ended_why = 'goal'")
    op.create_index(
        "ix_enrolment_goal",
        "enrolment",
        ["journey_id", "version", "goal_until"],
        postgresql_where=sa.text("state = 'finished' AND goal_at IS NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_enrolment_goal", "enrolment")
    for column in ("goal_fen", "goal_at", "goal_until"):
        op.drop_column("enrolment", column)
