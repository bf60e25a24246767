"""How a consent is proven"""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    op.add_column("consent", sa.Column("proof", sa.Text()))


def downgrade() -> None:
    op.drop_column("consent", "proof")
