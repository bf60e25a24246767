"""Audiences are kept by what moved: where in the log their unsettled facts begin, instead of a count of marks"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("audience", sa.Column("since_txid", sa.BigInteger(), nullable=True))
    op.add_column("audience", sa.Column("since_seq", sa.BigInteger(), nullable=True))
    op.add_column("audience", sa.Column("rests_until", sa.DateTime(timezone=True), nullable=True))
    op.add_column("audience", sa.Column("trouble", sa.Text(), nullable=True))
    # where a marked audience's facts begin is not known: it is counted from the beginning once
    op.execute("UPDATE audience SET settled_version = NULL WHERE touched > settled")
    op.drop_column("audience", "touched")
    op.drop_column("audience", "settled")
    # a tag that ends at another time or is called otherwise is told as a change of the profile
    op.execute(
        "INSERT INTO audience_watch (audience_id, fact) SELECT audience_id, 'member_updated' FROM audience_watch "
        "WHERE fact = 'tagged' ON CONFLICT DO NOTHING"
    )


def downgrade() -> None:
    op.add_column("audience", sa.Column("touched", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column("audience", sa.Column("settled", sa.BigInteger(), server_default="0", nullable=False))
    op.execute(
        "UPDATE audience SET touched = 1 WHERE since_txid IS NOT NULL OR settled_version IS DISTINCT FROM version"
    )
    op.drop_column("audience", "trouble")
    op.drop_column("audience", "rests_until")
    op.drop_column("audience", "since_seq")
    op.drop_column("audience", "since_txid")
