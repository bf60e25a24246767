"""Whom triggers let in while a brand is held after a move waits for its release"""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    op.create_table(
        "held_entry",
        sa.Column("journey_id", sa.Integer(), sa.ForeignKey("journey.id"), primary_key=True),
        sa.Column("member_id", sa.BigInteger(), primary_key=True),
        sa.Column("key", sa.Text(), primary_key=True),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
    )


def downgrade() -> None:
    op.drop_table("held_entry")
