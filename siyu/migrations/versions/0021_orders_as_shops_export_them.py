"""An order keeps its postage and discount, a refund the number of the order it waits for; a line may have no amount"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    op.add_column("purchase", sa.Column("shipping", sa.BigInteger()))
    op.add_column("purchase", sa.Column("discount", sa.BigInteger()))
    op.alter_column("purchase_line", "amount", existing_type=sa.BigInteger(), nullable=True)
    op.add_column("refund", sa.Column("refund_of", sa.Text()))
    op.create_index("ix_refund_order", "refund", ["order_id"], postgresql_where=sa.text("order_id IS NOT NULL"))
    op.create_index(
        "ix_refund_waiting",
        "refund",
        ["workspace_id", "source", "refund_of"],
        postgresql_where=sa.text("order_id IS NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_refund_waiting", "refund")
    op.drop_index("ix_refund_order", "refund")
    op.drop_column("refund", "refund_of")
    op.execute("UPDATE purchase_line SET amount = 0 WHERE amount IS NULL")
    op.alter_column("purchase_line", "amount", existing_type=sa.BigInteger(), nullable=False)
    op.drop_column("purchase", "discount")
    op.drop_column("purchase", "shipping")
