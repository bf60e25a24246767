"""Rows that come in by millions lose their foreign keys to brand and member; in exchange neither can be deleted"""

from alembic import op

revision = "0004"
down_revision = "0003"

KEYS = (
    ("member", "workspace_id", "workspace"),
    ("identity", "workspace_id", "workspace"),
    ("identity", "member_id", "member"),
    ("member_tag", "member_id", "member"),
    ("consent", "member_id", "member"),
    ("purchase", "workspace_id", "workspace"),
    ("purchase", "member_id", "member"),
    ("refund", "workspace_id", "workspace"),
    ("refund", "member_id", "member"),
)
KEPT = ("workspace", "member")


def upgrade() -> None:
    for table, column, _ in KEYS:
        op.drop_constraint(f"fk_{table}_{column}", table, type_="foreignkey")
    op.execute("""
        CREATE FUNCTION kept_for_ever() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION 'rows of % are never deleted: others name them without a foreign key', TG_TABLE_NAME
                USING ERRCODE = 'foreign_key_violation';
        END $$
    """)
    for table in KEPT:
        op.execute(
            f"CREATE TRIGGER {table}_kept BEFORE DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION kept_for_ever()"
        )


def downgrade() -> None:
    for table in KEPT:
        op.execute(f"DROP TRIGGER {table}_kept ON {table}")
    op.execute("DROP FUNCTION kept_for_ever()")
    for table, column, referred in KEYS:
        op.create_foreign_key(f"fk_{table}_{column}", table, referred, [column], ["id"])
