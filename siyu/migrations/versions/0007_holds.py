"""Messages of a source can be held or ended, and templates know who uses them"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_table(
        "message_hold",
        sa.Column("workspace_id", sa.Integer(), sa.ForeignKey("workspace.id"), primary_key=True),
        sa.Column("source", sa.Text(), primary_key=True),
        sa.Column("effect", sa.Text(), nullable=False),
        sa.Column("held_by", sa.Text(), nullable=False),
        sa.Column("held_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index(
        "ix_message_waiting",
        "message",
        ["workspace_id", "source", "template_id"],
        postgresql_where=sa.text("state IN ('queued', 'held')"),
    )
    op.create_table(
        "template_use",
        sa.Column("template_id", sa.Integer(), sa.ForeignKey("template.id"), primary_key=True),
        sa.Column("kind", sa.Text(), primary_key=True),
        sa.Column("used_by", sa.Text(), primary_key=True),
        sa.Column("label", sa.Text(), nullable=False),
    )
    op.create_index("ix_template_use_user", "template_use", ["kind", "used_by"])
    op.execute("""
        INSERT INTO template_use (template_id, kind, used_by, label)
        SELECT DISTINCT t.id, 'journey', CAST(j.id AS text), j.name
        FROM journey j JOIN journey_version v ON v.journey_id = j.id, jsonb_each(v.graph->'nodes') AS node (id, settings)
        JOIN template t ON true
        WHERE j.state IN ('live', 'paused') AND t.workspace_id = j.workspace_id AND node.settings->>'kind' = 'send'
          AND (t.name = node.settings->>'template' OR CAST(t.id AS text) = node.settings->>'template')
    """)
    op.execute("""
        INSERT INTO message_hold (workspace_id, source, effect, held_by, held_at)
        SELECT workspace_id, 'journey:' || id, CASE state WHEN 'paused' THEN 'hold' ELSE 'cancel' END, 'system', changed_at
        FROM journey WHERE state IN ('paused', 'ended')
    """)
    op.execute("""
        UPDATE message m SET state = 'held', counts_at = NULL FROM message_hold h
        WHERE h.workspace_id = m.workspace_id AND h.source = m.source AND h.effect = 'hold' AND m.state = 'queued'
    """)


def downgrade() -> None:
    op.execute("UPDATE message SET state = 'queued' WHERE state = 'held'")
    op.drop_table("template_use")
    op.drop_index("ix_message_waiting", "message")
    op.drop_table("message_hold")
