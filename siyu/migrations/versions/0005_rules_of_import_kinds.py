"""An import's mapping keeps the rules of its kind alone: others were written down and never read"""

from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.execute("""
        UPDATE import_run SET mapping = jsonb_set(mapping, '{rules}', CASE kind
            WHEN 'members' THEN '{}'
            WHEN 'facts' THEN (mapping->'rules') - '{refund,duplicates,incomplete}'::text[]
            ELSE mapping->'rules' END)
        WHERE mapping ? 'rules'
    """)


def downgrade() -> None:
    """What was taken away said nothing."""
