"""Which database the data were written in, where they moved, and the seal of the key"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.create_table(
        "database_origin",
        sa.Column("id", sa.Integer(), server_default=sa.text("1"), primary_key=True),
        sa.Column("cluster", sa.Text(), nullable=False),
        sa.Column("database_oid", sa.BigInteger(), nullable=False),
        sa.Column("table_oid", sa.BigInteger(), nullable=False),
        sa.Column("txid_offset", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.CheckConstraint("id = 1", name="ck_database_origin_one"),
    )
    op.create_table(
        "database_move",
        sa.Column("id", sa.BigInteger(), sa.Identity(), primary_key=True),
        sa.Column("moved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cluster_before", sa.Text(), nullable=True),
        sa.Column("cluster_after", sa.Text(), nullable=False),
    )
    op.create_table(
        "key_seal",
        sa.Column("id", sa.Integer(), server_default=sa.text("1"), primary_key=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("id = 1", name="ck_key_seal_one"),
    )


def downgrade() -> None:
    op.drop_table("key_seal")
    op.drop_table("database_move")
    op.drop_table("database_origin")
