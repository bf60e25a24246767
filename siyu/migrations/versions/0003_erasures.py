"""Erased members are remembered until no file of the lake holds them; those erased before are taken up"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "erasure",
        sa.Column("member_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.Text(), server_default="marked", nullable=False),
        sa.Column("state_since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("snapshot", sa.BigInteger(), nullable=True),
        sa.Column("file_id", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("member_id", name=op.f("pk_erasure")),
    )
    op.create_index(
        "ix_erasure_pending", "erasure", ["state"], unique=False, postgresql_where=sa.text("state <> 'gone'")
    )
    op.execute("""
        INSERT INTO erasure (member_id, workspace_id, erased_at, state_since)
        SELECT id, workspace_id, erased_at, erased_at FROM member WHERE erased_at IS NOT NULL
    """)


def downgrade() -> None:
    op.drop_index("ix_erasure_pending", table_name="erasure", postgresql_where=sa.text("state <> 'gone'"))
    op.drop_table("erasure")
