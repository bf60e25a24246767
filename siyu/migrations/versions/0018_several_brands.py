"""A person may belong to several brands, and joins another by accepting its invitation"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    op.add_column("role", sa.Column("added_at", sa.DateTime(timezone=True)))
    op.add_column("role", sa.Column("opened_at", sa.DateTime(timezone=True)))
    op.execute("""
        UPDATE role SET added_at = u.created_at, opened_at = u.created_at FROM account_user u WHERE u.id = role.user_id
    """)
    op.alter_column("role", "added_at", nullable=False)
    op.create_table(
        "invitation",
        sa.Column("workspace_id", sa.Integer(), sa.ForeignKey("workspace.id"), primary_key=True),
        sa.Column("user_id", sa.Integer(), sa.ForeignKey("account_user.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("invited_by", sa.Text(), nullable=False),
        sa.Column("invited_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_invitation_user_id", "invitation", ["user_id"])


def downgrade() -> None:
    op.drop_table("invitation")
    op.drop_column("role", "opened_at")
    op.drop_column("role", "added_at")
