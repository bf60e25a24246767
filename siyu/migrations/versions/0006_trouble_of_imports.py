"""What stopped an import is kept in both languages, not as one text that readers cut in two"""

from alembic import op

revision = "0006"
down_revision = "0005"

PARTS = "string_to_array(trouble, ' / ')"
MIDDLE = f"((cardinality({PARTS}) + 1) / 2)"
# what both languages quote may hold the mark too, so a text is cut in the middle; one without the mark reads the same in both
BOTH = f"""
    CASE WHEN trouble IS NOT NULL THEN jsonb_build_object(
        'zh', array_to_string(({PARTS})[1:{MIDDLE}], ' / '),
        'en', coalesce(nullif(array_to_string(({PARTS})[{MIDDLE} + 1:], ' / '), ''), trouble)) END
"""


def upgrade() -> None:
    op.execute(f"ALTER TABLE import_run ALTER COLUMN trouble TYPE jsonb USING {BOTH}")


def downgrade() -> None:
    op.execute("""
        ALTER TABLE import_run ALTER COLUMN trouble TYPE text USING (trouble->>'zh') || ' / ' || (trouble->>'en')
    """)
