"""What was set aside so that the rest could go on, and how each part of the worker fares"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "quarantined_item",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("reader", sa.Text(), nullable=False),
        sa.Column("item_key", sa.Text(), nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default="waiting", nullable=False),
        sa.Column("tries", sa.Integer(), server_default="1", nullable=False),
        sa.Column("first_at", moment, nullable=False),
        sa.Column("last_at", moment, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_quarantined_item"),
        sa.UniqueConstraint("source", "reader", "item_key", name="uq_quarantined_item_source_reader_item_key"),
    )
    op.create_index("ix_quarantined_item_list", "quarantined_item", ["workspace_id", "id"])
    op.create_table(
        "part_status",
        sa.Column("part", sa.Text(), nullable=False),
        sa.Column("succeeded_at", moment, nullable=True),
        sa.Column("failed_at", moment, nullable=True),
        sa.Column("failing_since", moment, nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("part", name="pk_part_status"),
    )


def downgrade() -> None:
    op.drop_table("part_status")
    op.drop_table("quarantined_item")
