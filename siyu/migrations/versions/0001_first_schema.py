"""The first schema"""

import sqlalchemy as sa
from alembic import op
from procrastinate.schema import SchemaManager
from sqlalchemy.dialects import postgresql

from siyu.facts.log.models import Xid8

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.get_bind().exec_driver_sql(SchemaManager.get_schema().replace("%", "%%"))
    op.create_table(
        "account_user",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("locale", sa.Text(), server_default="zh", nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_user")),
        sa.UniqueConstraint("email", name=op.f("uq_account_user_email")),
    )
    op.create_table(
        "fact",
        sa.Column("seq", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("txid", Xid8(), server_default=sa.text("pg_current_xact_id()"), nullable=False),
        sa.Column("id", sa.UUID(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=True),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=True),
        sa.Column("props", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_fact")),
    )
    op.create_index(
        "ix_fact_member",
        "fact",
        ["workspace_id", "member_id", sa.literal_column("occurred_at DESC"), sa.literal_column("seq DESC")],
        unique=False,
    )
    op.create_index("ix_fact_reading", "fact", ["txid", "seq"], unique=False)
    op.create_index("ix_fact_recorded", "fact", ["recorded_at"], unique=False)
    op.create_index(
        "ux_fact_key", "fact", ["workspace_id", "key"], unique=True, postgresql_where=sa.text("key IS NOT NULL")
    )
    op.create_table(
        "fact_cursor",
        sa.Column("reader", sa.Text(), nullable=False),
        sa.Column("txid", Xid8(), server_default=sa.text("'0'"), nullable=False),
        sa.Column("seq", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.PrimaryKeyConstraint("reader", name=op.f("pk_fact_cursor")),
    )
    op.create_table(
        "profile_due",
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("member_id", name=op.f("pk_profile_due")),
    )
    op.create_table(
        "purchase_line",
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("product", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("quantity", sa.Numeric(precision=14, scale=3), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("order_id", "line", name=op.f("pk_purchase_line")),
    )
    op.create_table(
        "refund_line",
        sa.Column("refund_id", sa.BigInteger(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("product", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("quantity", sa.Numeric(precision=14, scale=3), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("refund_id", "line", name=op.f("pk_refund_line")),
    )
    op.create_table(
        "sign_in_refusal",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("email_hash", sa.LargeBinary(), nullable=False),
        sa.Column("refused_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_refusal")),
    )
    op.create_index(op.f("ix_sign_in_refusal_email_hash"), "sign_in_refusal", ["email_hash"], unique=False)
    op.create_table(
        "workspace",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), server_default="CNY", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_workspace")),
    )
    op.create_table(
        "api_key",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("prefix", sa.Text(), nullable=False),
        sa.Column("key_hash", sa.LargeBinary(), nullable=False),
        sa.Column("scopes", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name=op.f("fk_api_key_workspace_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_key")),
        sa.UniqueConstraint("key_hash", name=op.f("uq_api_key_key_hash")),
    )
    op.create_table(
        "attribute",
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("options", sa.ARRAY(sa.Text()), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name=op.f("fk_attribute_workspace_id")),
        sa.PrimaryKeyConstraint("workspace_id", "name", name=op.f("pk_attribute")),
    )
    op.create_table(
        "audience",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=True),
        sa.Column("refreshed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("touched", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("settled", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("settled_version", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name=op.f("fk_audience_workspace_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audience")),
        sa.UniqueConstraint("workspace_id", "name", name=op.f("uq_audience_workspace_id_name")),
    )
    op.create_table(
        "cap",
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name=op.f("fk_cap_workspace_id")),
        sa.PrimaryKeyConstraint("workspace_id", "channel", "days", name=op.f("pk_cap")),
    )
    op.create_table(
        "channel_account",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("config", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("secrets", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("trouble", sa.Text(), nullable=True),
        sa.Column("synced_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name=op.f("fk_channel_account_workspace_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_channel_account")),
        sa.UniqueConstraint("key", name=op.f("uq_channel_account_key")),
        sa.UniqueConstraint(
            "workspace_id", "channel", "name", name=op.f("uq_channel_account_workspace_id_channel_name")
        ),
    )
    op.create_table(
        "import_run",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("file_path", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("mapping", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("rows_total", sa.BigInteger(), nullable=True),
        sa.Column("rows_done", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("rows_refused", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("rows_duplicate", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("result", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("trouble", sa.Text(), nullable=True),
        sa.Column("started_by", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name=op.f("fk_import_run_workspace_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_run")),
    )
    op.create_table(
        "journey",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("draft", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=True),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name=op.f("fk_journey_workspace_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_journey")),
        sa.UniqueConstraint("workspace_id", "name", name=op.f("uq_journey_workspace_id_name")),
    )
    op.create_table(
        "member",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("zone", sa.Text(), nullable=True),
        sa.Column("attributes", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("merged_into", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["merged_into"], ["member.id"], name=op.f("fk_member_merged_into")),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name=op.f("fk_member_workspace_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_member")),
    )
    op.create_index("ix_member_list", "member", ["workspace_id", "id"], unique=False)
    op.create_index("ix_member_merged", "member", ["merged_into"], unique=False)
    op.create_table(
        "quiet_hours",
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("begins", sa.Time(), nullable=False),
        sa.Column("ends", sa.Time(), nullable=False),
        sa.Column("holidays", sa.ARRAY(sa.Date()), nullable=False),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name=op.f("fk_quiet_hours_workspace_id")),
        sa.PrimaryKeyConstraint("workspace_id", name=op.f("pk_quiet_hours")),
    )
    op.create_table(
        "role",
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["account_user.id"], name=op.f("fk_role_user_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name=op.f("fk_role_workspace_id")),
        sa.PrimaryKeyConstraint("workspace_id", "user_id", name=op.f("pk_role")),
    )
    op.create_table(
        "sign_in",
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("csrf", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["account_user.id"], name=op.f("fk_sign_in_user_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name=op.f("fk_sign_in_workspace_id")),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_sign_in")),
    )
    op.create_index(op.f("ix_sign_in_expires_at"), "sign_in", ["expires_at"], unique=False)
    op.create_index(op.f("ix_sign_in_user_id"), "sign_in", ["user_id"], unique=False)
    op.create_table(
        "tag_group",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("exclusive", sa.Boolean(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name=op.f("fk_tag_group_workspace_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tag_group")),
        sa.UniqueConstraint("workspace_id", "name", name=op.f("uq_tag_group_workspace_id_name")),
    )
    op.create_table(
        "template",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name=op.f("fk_template_workspace_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_template")),
        sa.UniqueConstraint("workspace_id", "name", name=op.f("uq_template_workspace_id_name")),
    )
    op.create_table(
        "access_token",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("token", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["channel_account.id"], name=op.f("fk_access_token_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_access_token")),
    )
    op.create_table(
        "audience_member",
        sa.Column("audience_id", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["audience_id"], ["audience.id"], name=op.f("fk_audience_member_audience_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("audience_id", "member_id", name=op.f("pk_audience_member")),
    )
    op.create_index("ix_audience_member_member", "audience_member", ["member_id"], unique=False)
    op.create_table(
        "audience_size",
        sa.Column("audience_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["audience_id"], ["audience.id"], name=op.f("fk_audience_size_audience_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("audience_id", "day", name=op.f("pk_audience_size")),
    )
    op.create_table(
        "audience_use",
        sa.Column("audience_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("used_by", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["audience_id"], ["audience.id"], name=op.f("fk_audience_use_audience_id")),
        sa.PrimaryKeyConstraint("audience_id", "kind", "used_by", name=op.f("pk_audience_use")),
    )
    op.create_table(
        "audience_version",
        sa.Column("audience_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("tree", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("written_by", sa.Text(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["audience_id"], ["audience.id"], name=op.f("fk_audience_version_audience_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("audience_id", "version", name=op.f("pk_audience_version")),
    )
    op.create_table(
        "audience_watch",
        sa.Column("audience_id", sa.Integer(), nullable=False),
        sa.Column("fact", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["audience_id"], ["audience.id"], name=op.f("fk_audience_watch_audience_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("audience_id", "fact", name=op.f("pk_audience_watch")),
    )
    op.create_index("ix_audience_watch_fact", "audience_watch", ["fact"], unique=False)
    op.create_table(
        "callback",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("content_key", sa.LargeBinary(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("handled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("trouble", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["channel_account.id"], name=op.f("fk_callback_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_callback")),
        sa.UniqueConstraint("account_id", "content_key", name=op.f("uq_callback_account_id_content_key")),
    )
    op.create_index(
        "ix_callback_waiting", "callback", ["id"], unique=False, postgresql_where=sa.text("handled_at IS NULL")
    )
    op.create_table(
        "consent",
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_consent_member_id")),
        sa.PrimaryKeyConstraint("member_id", "channel", name=op.f("pk_consent")),
    )
    op.create_table(
        "dispatch",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), server_default="message", nullable=False),
        sa.Column("staff", sa.Text(), nullable=True),
        sa.Column("provider_id", sa.Text(), nullable=True),
        sa.Column("leased_by", sa.Text(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("called_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("trouble", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["channel_account.id"], name=op.f("fk_dispatch_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dispatch")),
        sa.UniqueConstraint("key", name=op.f("uq_dispatch_key")),
    )
    op.create_index(
        "ix_dispatch_open", "dispatch", ["account_id"], unique=False, postgresql_where=sa.text("closed_at IS NULL")
    )
    op.create_table(
        "enrolment",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("journey_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("entry", sa.Integer(), nullable=False),
        sa.Column("key", sa.Text(), server_default="", nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("node", sa.Text(), nullable=False),
        sa.Column("laps", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("arrived_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_why", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["journey_id"], ["journey.id"], name=op.f("fk_enrolment_journey_id")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_enrolment_member_id")),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name=op.f("fk_enrolment_workspace_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enrolment")),
        sa.UniqueConstraint("journey_id", "member_id", "entry", name=op.f("uq_enrolment_journey_id_member_id_entry")),
    )
    op.create_index(
        "ix_enrolment_at",
        "enrolment",
        ["journey_id", "version", "node"],
        unique=False,
        postgresql_where=sa.text("state = 'active'"),
    )
    op.create_index(
        "ix_enrolment_due",
        "enrolment",
        ["journey_id", "due_at"],
        unique=False,
        postgresql_where=sa.text("state = 'active'"),
    )
    op.create_index(
        "ux_enrolment_open",
        "enrolment",
        ["member_id", "journey_id", "key"],
        unique=True,
        postgresql_where=sa.text("state = 'active'"),
    )
    op.create_table(
        "friend_link",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("staff", sa.Text(), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default="", nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["channel_account.id"], name=op.f("fk_friend_link_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_friend_link_member_id")),
        sa.PrimaryKeyConstraint("account_id", "staff", "member_id", name=op.f("pk_friend_link")),
    )
    op.create_index("ix_friend_link_address", "friend_link", ["account_id", "address"], unique=False)
    op.create_index("ix_friend_link_member", "friend_link", ["member_id"], unique=False)
    op.create_table(
        "identity",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.Column("value_hash", sa.LargeBinary(), nullable=False),
        sa.Column("masked", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_identity_member_id")),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name=op.f("fk_identity_workspace_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_identity")),
        sa.UniqueConstraint(
            "workspace_id", "kind", "value_hash", name=op.f("uq_identity_workspace_id_kind_value_hash")
        ),
    )
    op.create_index("ix_identity_member", "identity", ["member_id", "kind"], unique=False)
    op.create_table(
        "import_fault",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("import_id", sa.Integer(), nullable=False),
        sa.Column("row", sa.BigInteger(), nullable=False),
        sa.Column("column", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("reason_zh", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["import_id"], ["import_run.id"], name=op.f("fk_import_fault_import_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_fault")),
    )
    op.create_index("ix_import_fault_import", "import_fault", ["import_id", "row"], unique=False)
    op.create_table(
        "journey_intake",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("journey_id", sa.Integer(), nullable=False),
        sa.Column("audience", sa.Text(), nullable=False),
        sa.Column("after_member", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["journey_id"], ["journey.id"], name=op.f("fk_journey_intake_journey_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_journey_intake")),
    )
    op.create_index("ix_journey_intake_journey", "journey_intake", ["journey_id"], unique=False)
    op.create_table(
        "journey_trigger",
        sa.Column("journey_id", sa.Integer(), nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("fact", sa.Text(), nullable=True),
        sa.Column("config", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["journey_id"], ["journey.id"], name=op.f("fk_journey_trigger_journey_id")),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name=op.f("fk_journey_trigger_workspace_id")),
        sa.PrimaryKeyConstraint("journey_id", name=op.f("pk_journey_trigger")),
    )
    op.create_index("ix_journey_trigger_fact", "journey_trigger", ["workspace_id", "fact"], unique=False)
    op.create_table(
        "journey_version",
        sa.Column("journey_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("graph", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("published_by", sa.Text(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["journey_id"], ["journey.id"], name=op.f("fk_journey_version_journey_id")),
        sa.PrimaryKeyConstraint("journey_id", "version", name=op.f("pk_journey_version")),
    )
    op.create_table(
        "merge",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("winner_id", sa.BigInteger(), nullable=False),
        sa.Column("loser_id", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("moved", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("merged_by", sa.Text(), nullable=False),
        sa.Column("merged_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["loser_id"], ["member.id"], name=op.f("fk_merge_loser_id")),
        sa.ForeignKeyConstraint(["winner_id"], ["member.id"], name=op.f("fk_merge_winner_id")),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name=op.f("fk_merge_workspace_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_merge")),
    )
    op.create_index(op.f("ix_merge_loser_id"), "merge", ["loser_id"], unique=False)
    op.create_index(op.f("ix_merge_winner_id"), "merge", ["winner_id"], unique=False)
    op.create_table(
        "purchase",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("lines", sa.Integer(), nullable=False),
        sa.Column("correction", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("store", sa.Text(), nullable=True),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_purchase_member_id")),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name=op.f("fk_purchase_workspace_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_purchase")),
        sa.UniqueConstraint("workspace_id", "source", "number", name=op.f("uq_purchase_workspace_id_source_number")),
    )
    op.create_index("ix_purchase_member", "purchase", ["member_id", "paid_at"], unique=False)
    op.create_index("ix_purchase_paid", "purchase", ["workspace_id", "paid_at"], unique=False)
    op.create_table(
        "step_count",
        sa.Column("journey_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("node", sa.Text(), nullable=False),
        sa.Column("exit", sa.Text(), nullable=False),
        sa.Column("passed", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["journey_id"], ["journey.id"], name=op.f("fk_step_count_journey_id")),
        sa.PrimaryKeyConstraint("journey_id", "version", "node", "exit", name=op.f("pk_step_count")),
    )
    op.create_table(
        "suppression",
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_suppression_member_id")),
        sa.PrimaryKeyConstraint("member_id", "channel", name=op.f("pk_suppression")),
    )
    op.create_table(
        "tag",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("group_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["group_id"], ["tag_group.id"], name=op.f("fk_tag_group_id")),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name=op.f("fk_tag_workspace_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tag")),
        sa.UniqueConstraint("workspace_id", "name", name=op.f("uq_tag_workspace_id_name")),
    )
    op.create_index(op.f("ix_tag_group_id"), "tag", ["group_id"], unique=False)
    op.create_table(
        "template_version",
        sa.Column("template_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("attachments", postgresql.JSONB(astext_type=sa.Text()), server_default="[]", nullable=False),
        sa.Column("written_by", sa.Text(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["template_id"], ["template.id"], name=op.f("fk_template_version_template_id")),
        sa.PrimaryKeyConstraint("template_id", "version", name=op.f("pk_template_version")),
    )
    op.create_table(
        "member_tag",
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("tag_id", sa.Integer(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("tagged_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_member_tag_member_id")),
        sa.ForeignKeyConstraint(["tag_id"], ["tag.id"], name=op.f("fk_member_tag_tag_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("member_id", "tag_id", name=op.f("pk_member_tag")),
    )
    op.create_index("ix_member_tag_expiry", "member_tag", ["expires_at"], unique=False)
    op.create_index("ix_member_tag_tag", "member_tag", ["tag_id", "member_id"], unique=False)
    op.create_table(
        "merge_undo",
        sa.Column("merge_id", sa.BigInteger(), nullable=False),
        sa.Column("undone_by", sa.Text(), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["merge_id"], ["merge.id"], name=op.f("fk_merge_undo_merge_id")),
        sa.PrimaryKeyConstraint("merge_id", name=op.f("pk_merge_undo")),
    )
    op.create_table(
        "message",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("intent_key", sa.Text(), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("origin", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("template_id", sa.Integer(), nullable=True),
        sa.Column("template_version", sa.Integer(), nullable=True),
        sa.Column("address", sa.LargeBinary(), nullable=True),
        sa.Column("staff", sa.Text(), nullable=True),
        sa.Column("values", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("on_cap", sa.Text(), server_default="defer", nullable=False),
        sa.Column("on_quiet", sa.Text(), server_default="defer", nullable=False),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        sa.Column("content", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("planned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("counts_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("dispatch_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["channel_account.id"], name=op.f("fk_message_account_id")),
        sa.ForeignKeyConstraint(["dispatch_id"], ["dispatch.id"], name=op.f("fk_message_dispatch_id")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_message_member_id")),
        sa.ForeignKeyConstraint(["template_id"], ["template.id"], name=op.f("fk_message_template_id")),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name=op.f("fk_message_workspace_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message")),
        sa.UniqueConstraint("workspace_id", "intent_key", name=op.f("uq_message_workspace_id_intent_key")),
    )
    op.create_index("ix_message_dispatch", "message", ["dispatch_id"], unique=False)
    op.create_index(
        "ix_message_due",
        "message",
        ["account_id", "due_at"],
        unique=False,
        postgresql_where=sa.text("state = 'queued'"),
    )
    op.create_index("ix_message_list", "message", ["workspace_id", "id"], unique=False)
    op.create_index("ix_message_member", "message", ["member_id", "planned_at"], unique=False)
    op.create_index(
        "ix_message_open",
        "message",
        ["state", "changed_at"],
        unique=False,
        postgresql_where=sa.text("state IN ('sending', 'sent', 'in_doubt')"),
    )
    op.create_index("ix_message_source", "message", ["workspace_id", "source", "id"], unique=False)
    op.create_table(
        "refund",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=True),
        sa.Column("member_id", sa.BigInteger(), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("lines", sa.Integer(), nullable=False),
        sa.Column("refunded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_refund_member_id")),
        sa.ForeignKeyConstraint(["order_id"], ["purchase.id"], name=op.f("fk_refund_order_id")),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name=op.f("fk_refund_workspace_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refund")),
        sa.UniqueConstraint("workspace_id", "source", "number", name=op.f("uq_refund_workspace_id_source_number")),
    )
    op.create_index("ix_refund_member", "refund", ["member_id", "refunded_at"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_refund_member", table_name="refund")
    op.drop_table("refund")
    op.drop_index("ix_message_source", table_name="message")
    op.drop_index(
        "ix_message_open", table_name="message", postgresql_where=sa.text("state IN ('sending', 'sent', 'in_doubt')")
    )
    op.drop_index("ix_message_member", table_name="message")
    op.drop_index("ix_message_list", table_name="message")
    op.drop_index("ix_message_due", table_name="message", postgresql_where=sa.text("state = 'queued'"))
    op.drop_index("ix_message_dispatch", table_name="message")
    op.drop_table("message")
    op.drop_table("merge_undo")
    op.drop_index("ix_member_tag_tag", table_name="member_tag")
    op.drop_index("ix_member_tag_expiry", table_name="member_tag")
    op.drop_table("member_tag")
    op.drop_table("template_version")
    op.drop_index(op.f("ix_tag_group_id"), table_name="tag")
    op.drop_table("tag")
    op.drop_table("suppression")
    op.drop_table("step_count")
    op.drop_index("ix_purchase_paid", table_name="purchase")
    op.drop_index("ix_purchase_member", table_name="purchase")
    op.drop_table("purchase")
    op.drop_index(op.f("ix_merge_winner_id"), table_name="merge")
    op.drop_index(op.f("ix_merge_loser_id"), table_name="merge")
    op.drop_table("merge")
    op.drop_table("journey_version")
    op.drop_index("ix_journey_trigger_fact", table_name="journey_trigger")
    op.drop_table("journey_trigger")
    op.drop_index("ix_journey_intake_journey", table_name="journey_intake")
    op.drop_table("journey_intake")
    op.drop_index("ix_import_fault_import", table_name="import_fault")
    op.drop_table("import_fault")
    op.drop_index("ix_identity_member", table_name="identity")
    op.drop_table("identity")
    op.drop_index("ix_friend_link_member", table_name="friend_link")
    op.drop_index("ix_friend_link_address", table_name="friend_link")
    op.drop_table("friend_link")
    op.drop_index("ux_enrolment_open", table_name="enrolment", postgresql_where=sa.text("state = 'active'"))
    op.drop_index("ix_enrolment_due", table_name="enrolment", postgresql_where=sa.text("state = 'active'"))
    op.drop_index("ix_enrolment_at", table_name="enrolment", postgresql_where=sa.text("state = 'active'"))
    op.drop_table("enrolment")
    op.drop_index("ix_dispatch_open", table_name="dispatch", postgresql_where=sa.text("closed_at IS NULL"))
    op.drop_table("dispatch")
    op.drop_table("consent")
    op.drop_index("ix_callback_waiting", table_name="callback", postgresql_where=sa.text("handled_at IS NULL"))
    op.drop_table("callback")
    op.drop_index("ix_audience_watch_fact", table_name="audience_watch")
    op.drop_table("audience_watch")
    op.drop_table("audience_version")
    op.drop_table("audience_use")
    op.drop_table("audience_size")
    op.drop_index("ix_audience_member_member", table_name="audience_member")
    op.drop_table("audience_member")
    op.drop_table("access_token")
    op.drop_table("template")
    op.drop_table("tag_group")
    op.drop_index(op.f("ix_sign_in_user_id"), table_name="sign_in")
    op.drop_index(op.f("ix_sign_in_expires_at"), table_name="sign_in")
    op.drop_table("sign_in")
    op.drop_table("role")
    op.drop_table("quiet_hours")
    op.drop_index("ix_member_merged", table_name="member")
    op.drop_index("ix_member_list", table_name="member")
    op.drop_table("member")
    op.drop_table("journey")
    op.drop_table("import_run")
    op.drop_table("channel_account")
    op.drop_table("cap")
    op.drop_table("audience")
    op.drop_table("attribute")
    op.drop_table("api_key")
    op.drop_table("workspace")
    op.drop_index(op.f("ix_sign_in_refusal_email_hash"), table_name="sign_in_refusal")
    op.drop_table("sign_in_refusal")
    op.drop_table("refund_line")
    op.drop_table("purchase_line")
    op.drop_table("profile_due")
    op.drop_table("fact_cursor")
    op.drop_index("ux_fact_key", table_name="fact", postgresql_where=sa.text("key IS NOT NULL"))
    op.drop_index("ix_fact_recorded", table_name="fact")
    op.drop_index("ix_fact_reading", table_name="fact")
    op.drop_index("ix_fact_member", table_name="fact")
    op.drop_table("fact")
    op.drop_table("account_user")
