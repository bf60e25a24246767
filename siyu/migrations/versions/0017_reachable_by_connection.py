"""Profiles say on which channels a member is connected: those of members with a connection are made anew, and audiences counted"""

from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    op.execute(
        """
        INSERT INTO profile_due (member_id)
        SELECT DISTINCT coalesce(m.merged_into, m.id) FROM friend_link l JOIN member m ON m.id = l.member_id
        WHERE l.ended_at IS NULL ON CONFLICT DO NOTHING
        """
    )
    op.execute("UPDATE audience SET settled_version = NULL")


def downgrade() -> None:
    """Nothing was taken away."""
