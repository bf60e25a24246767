"""Bringing a lake to today's layout: tables that are missing are made, those of an older layout are laid out anew.

Runs inside the caller's lake transaction, so that a reader sees the old lake or the new one and a crash leaves the old one.
"""

import duckdb

from siyu.facts.catalogue import KINDS
from siyu.facts.catalogue.fact import props_of
from siyu.facts.lake.layout import FACT_COLUMNS, OPTIONS, SORTED, TABLES, attribute_rows, create, fact_rows
from siyu.kit.logs import logger

log = logger("lake")


def migrate(connection: duckdb.DuckDBPyConnection) -> None:
    """Make or upgrade what differs from TABLES; does nothing to a lake that is as it should be."""
    _set_options(connection)
    known = _columns(connection)
    if all(set(columns) == set(known.get(table, ())) for table, columns in TABLES.items()):
        return
    old_profiles = "tags" in known.get("profiles", ())
    if old_profiles:
        connection.execute("ALTER TABLE lake.profiles RENAME TO profiles_of_old")
    new = [table for table in TABLES if table not in known or (table == "profiles" and old_profiles)]
    for table in new:
        connection.execute(create(table))
        if table in SORTED:
            connection.execute(f"ALTER TABLE lake.{table} SET SORTED BY ({SORTED[table]})")
    if "relay_cursor" in new:
        connection.execute("INSERT INTO lake.relay_cursor VALUES (0, 0)")
    if old_profiles:
        _narrow_profiles(connection)
    elif "profiles" in known:
        # filled as profiles are made anew; the database's own migration marks whom it concerns
        for column in TABLES["profiles"].keys() - set(known["profiles"]):
            kind = TABLES["profiles"][column]
            connection.execute(f"ALTER TABLE lake.profiles ADD COLUMN {column} {kind} DEFAULT ','")
    if "facts" in known:
        _widen_facts(connection, known["facts"])


def _set_options(connection: duckdb.DuckDBPyConnection) -> None:
    known = dict(connection.execute("SELECT option_name, value FROM lake.options()").fetchall())
    for name, (setting, stored) in OPTIONS.items():
        if known.get(name) != stored:
            connection.execute(f"CALL lake.set_option('{name}', '{setting}')")


def _columns(connection: duckdb.DuckDBPyConnection) -> dict[str, list[str]]:
    rows = connection.execute(
        "SELECT table_name, column_name FROM duckdb_columns() WHERE database_name = 'lake' ORDER BY column_index"
    ).fetchall()
    columns: dict[str, list[str]] = {}
    for table, column in rows:
        columns.setdefault(table, []).append(column)
    return columns


def _widen_facts(connection: duckdb.DuckDBPyConnection, known: list[str]) -> None:
    """Give the facts the columns of properties that they lack, filled from their props."""
    lacking = [column for column in FACT_COLUMNS if column not in known]
    if not lacking:
        return
    if not _recorded_before(connection, lacking):
        for column in lacking:
            connection.execute(f"ALTER TABLE lake.facts ADD COLUMN {column} {FACT_COLUMNS[column]}")
        return
    log.info("lake_upgrade_begins", table="facts", columns=len(lacking))
    connection.execute("ALTER TABLE lake.facts RENAME TO facts_of_old")
    connection.execute(create("facts"))
    connection.execute(f"ALTER TABLE lake.facts SET SORTED BY ({SORTED['facts']})")
    source = "(SELECT * REPLACE (CAST(props AS VARCHAR) AS props) FROM lake.facts_of_old)"
    connection.execute(
        f"INSERT INTO lake.facts ({', '.join(FACT_COLUMNS)}) {fact_rows(source)} ORDER BY {SORTED['facts']}"
    )
    connection.execute("DROP TABLE lake.facts_of_old")
    log.info("lake_upgrade_done", table="facts")


def _recorded_before(connection: duckdb.DuckDBPyConnection, columns: list[str]) -> bool:
    """Whether an old fact has a property that now gets a column; a kind that is new has none, and is known by its name."""
    props = {column.removeprefix("p_") for column in columns}
    names = [name for name, kind in KINDS.items() if props & {prop.name for prop in props_of(kind)}]
    has = " OR ".join(f"json_exists(props, '$.\"{prop}\"')" for prop in sorted(props))
    kinds = ", ".join(f"'{name}'" for name in names)
    rows = connection.execute(f"SELECT 1 FROM lake.facts WHERE name IN ({kinds}) AND ({has}) LIMIT 1").fetchall()
    return bool(rows)


def _narrow_profiles(connection: duckdb.DuckDBPyConnection) -> None:
    """Lay profiles with lists inside out in narrow tables."""
    log.info("lake_upgrade_begins", table="profiles")
    columns = ", ".join(
        f"coalesce(',' || nullif(array_to_string({name}, ','), '') || ',', ',') AS {name}"
        if name in ("identities", "consents", "suppressed")
        else "',' AS addresses"
        if name == "addresses"
        else name
        for name in TABLES["profiles"]
    )
    connection.execute(
        f"INSERT INTO lake.profiles SELECT {columns} FROM lake.profiles_of_old ORDER BY {SORTED['profiles']}"
    )
    alive = "lake.profiles_of_old WHERE merged_into IS NULL"
    connection.execute(f"""
        INSERT INTO lake.tags SELECT workspace_id, t.tag AS tag, member_id, t.until AS until
        FROM (SELECT workspace_id, member_id, unnest(tags) AS t FROM {alive}) ORDER BY {SORTED["tags"]}
    """)
    connection.execute(
        f"INSERT INTO lake.attributes {attribute_rows(f'(FROM {alive})')} ORDER BY {SORTED['attributes']}"
    )
    connection.execute(f"""
        INSERT INTO lake.merges SELECT workspace_id, member_id, merged_into FROM lake.profiles_of_old
        WHERE merged_into IS NOT NULL ORDER BY {SORTED["merges"]}
    """)
    connection.execute("DROP TABLE lake.profiles_of_old")
    log.info("lake_upgrade_done", table="profiles")
