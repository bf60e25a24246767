"""Members are found by the end of their phone number"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    op.create_index(
        "ix_identity_phone_end",
        "identity",
        ["workspace_id", sa.text("right(masked, 4)")],
        postgresql_where=sa.text("kind = 'phone'"),
    )


def downgrade() -> None:
    op.drop_index("ix_identity_phone_end", "identity")
