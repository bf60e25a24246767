"""People of the team are the staff that customers are connected with; a host reaches the customers of their own"""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    op.add_column("role", sa.Column("staff", sa.Text()))
    op.create_unique_constraint("uq_role_workspace_id_staff", "role", ["workspace_id", "staff"])
    op.execute("""
        CREATE VIEW member_host AS
        SELECT a.workspace_id, l.staff, coalesce(m.merged_into, m.id) AS member_id
        FROM friend_link l JOIN channel_account a ON a.id = l.account_id JOIN member m ON m.id = l.member_id
        WHERE l.ended_at IS NULL
    """)


def downgrade() -> None:
    op.execute("DROP VIEW member_host")
    op.drop_constraint("uq_role_workspace_id_staff", "role")
    op.drop_column("role", "staff")
