"""Links to message settings can be revoked, and no kept message holds one"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.create_table(
        "preference_revocation",
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name="fk_preference_revocation_member_id"),
        sa.PrimaryKeyConstraint("member_id", name="pk_preference_revocation"),
    )
    op.execute(r"""
        UPDATE message SET content = regexp_replace(
            content::text, '/p/preferences/[0-9]{1,18}-[0-9a-f]{32}', '/p/preferences/***', 'g')::jsonb
        WHERE content::text LIKE '%/p/preferences/%'
    """)


def downgrade() -> None:
    op.drop_table("preference_revocation")
