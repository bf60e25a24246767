"""A key has an owner who answers for it, and says when and why it ended"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.add_column("api_key", sa.Column("owner_id", sa.Integer(), nullable=True))
    op.add_column("api_key", sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("api_key", sa.Column("ended_reason", sa.Text(), nullable=True))
    op.create_foreign_key("fk_api_key_owner_id", "api_key", "account_user", ["owner_id"], ["id"], ondelete="SET NULL")
    # a key that a key made is owned by whoever made the first of them
    op.execute("""
        WITH RECURSIVE made AS (
            SELECT id, created_by AS maker FROM api_key
            UNION SELECT made.id, parent.created_by FROM made JOIN api_key parent ON made.maker = 'key:' || parent.id
        )
        UPDATE api_key k SET owner_id = u.id
        FROM made JOIN account_user u ON made.maker = 'user:' || u.id WHERE made.id = k.id
    """)
    op.execute("""
        UPDATE api_key k SET ended_at = now(), ended_reason = 'owner_removed'
        WHERE k.created_by <> 'system' AND NOT EXISTS (
            SELECT 1 FROM role r WHERE r.workspace_id = k.workspace_id AND r.user_id = k.owner_id)
    """)


def downgrade() -> None:
    op.execute("DELETE FROM api_key WHERE ended_at IS NOT NULL")
    op.drop_constraint("fk_api_key_owner_id", "api_key")
    op.drop_column("api_key", "ended_reason")
    op.drop_column("api_key", "ended_at")
    op.drop_column("api_key", "owner_id")
