"""Tries are counted before the password is looked at; devices are known; first passwords must be changed"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.drop_table("sign_in_refusal")
    op.create_table(
        "sign_in_limit",
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_sign_in_limit"),
    )
    op.create_index("ix_sign_in_limit_began_at", "sign_in_limit", ["began_at"])
    op.create_table(
        "known_device",
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("source_hash", sa.LargeBinary(), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["account_user.id"], name="fk_known_device_user_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("token_hash", name="pk_known_device"),
    )
    op.create_index("ix_known_device_user_id", "known_device", ["user_id"])
    op.create_index("ix_known_device_used_at", "known_device", ["used_at"])
    op.add_column("account_user", sa.Column("password_temporary", sa.Boolean(), server_default="false", nullable=False))


def downgrade() -> None:
    op.drop_column("account_user", "password_temporary")
    op.drop_table("known_device")
    op.drop_table("sign_in_limit")
    op.create_table(
        "sign_in_refusal",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("email_hash", sa.LargeBinary(), nullable=False),
        sa.Column("refused_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_sign_in_refusal"),
    )
    op.create_index("ix_sign_in_refusal_email_hash", "sign_in_refusal", ["email_hash"])
