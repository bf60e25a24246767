"""A lake of the layout before is brought to today's once, whole, and answers as before."""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import psycopg
import pytest

from siyu.facts.lake import compaction, migration
from siyu.facts.lake.connection import CATALOGUE_SCHEMA, Lake, extension
from siyu.facts.lake.layout import FACT_COLUMNS, OPTIONS, TABLES

OLD = """
CREATE TABLE lake.facts (workspace_id INTEGER, name VARCHAR, member_id BIGINT, occurred_at TIMESTAMP, recorded_at TIMESTAMP,
    amount BIGINT, actor VARCHAR, props JSON, seq BIGINT, id UUID);
CREATE TABLE lake.profiles (workspace_id INTEGER, member_id BIGINT, created_at TIMESTAMP, merged_into BIGINT, zone VARCHAR,
    source VARCHAR, attributes JSON, tags STRUCT(tag VARCHAR, until TIMESTAMP)[], identities VARCHAR[], consents VARCHAR[],
    suppressed VARCHAR[]);
CREATE TABLE lake.relay_cursor (txid UBIGINT, seq BIGINT);
ALTER TABLE lake.facts SET SORTED BY (workspace_id, name, occurred_at);
ALTER TABLE lake.profiles SET SORTED BY (workspace_id, member_id);
INSERT INTO lake.relay_cursor VALUES (77, 1234);
"""
"""What the lake was made like before the tables became narrow."""
FILLED = """
INSERT INTO lake.facts SELECT 1, 'order_paid', 1 + i % 50, TIMESTAMP '2026-01-01' + INTERVAL (i) MINUTE, TIMESTAMP '2026-01-02',
    i, 'system', json_object('order', 'o' || i, 'amount', i, 'lines', 2, 'store', 's' || i % 3, 'source', 'erp'), i, uuid()
    FROM range(2000) t(i);
INSERT INTO lake.facts SELECT 1, 'friend_added', 7, TIMESTAMP '2026-01-01', TIMESTAMP '2026-01-02', NULL, 'system',
    '{"staff": "li", "state": "a"}', 5000 + i, uuid() FROM range(5) t(i);
INSERT INTO lake.profiles SELECT 1, i, TIMESTAMP '2025-01-01', CASE WHEN i = 50 THEN 1 END, 'Asia/Shanghai', 'import',
    '{"city": "上海", "level": 3, "likes": ["茶", "书"], "vip": true}',
    [{'tag': 'a', 'until': NULL}, {'tag': 'b', 'until': TIMESTAMP '2027-01-01'}], ['email', 'phone'],
    ['sms:withdrawn', 'wecom:given'], NULL
    FROM range(1, 51) t(i);
DELETE FROM lake.facts WHERE seq = 3;
"""


@pytest.fixture
def old(database_url: str, tmp_path: Path) -> Iterator[Path]:
    """A folder with a lake of the old layout, some of it deleted, some of it still rows of the catalogue."""
    folder = tmp_path / "old"
    folder.mkdir()
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(f"DROP SCHEMA IF EXISTS {CATALOGUE_SCHEMA} CASCADE".encode())
    made = duckdb.connect()
    for name in ("postgres_scanner", "ducklake"):
        made.execute(f"LOAD '{extension(name)}'")
    made.execute(
        f"ATTACH 'ducklake:postgres:{database_url}' AS lake "
        f"(DATA_PATH '{folder}', METADATA_SCHEMA '{CATALOGUE_SCHEMA}', OVERRIDE_DATA_PATH true)"
    )
    for statement in (OLD + FILLED).split(";\n"):
        if statement.strip():
            made.execute(statement)
    made.close()
    yield folder


def opened(database_url: str, folder: Path) -> Lake:
    lake = Lake(database_url, str(folder), "1GB", 2)
    lake.open()
    return lake


async def test_an_old_lake_answers_the_same_in_the_new_layout(database_url: str, old: Path) -> None:
    lake = opened(database_url, old)
    assert await lake.rows("SELECT txid, seq FROM lake.relay_cursor") == [(77, 1234)]
    assert await lake.rows("SELECT count(*), sum(amount), sum(p_lines) FROM lake.facts WHERE name = 'order_paid'") == [
        (1999, 1999 * 1000 - 3, 3998.0)
    ]
    assert await lake.rows(
        "SELECT p_store, count(*) FROM lake.facts WHERE p_order IS NOT NULL GROUP BY 1 ORDER BY 1"
    ) == [("s0", 666), ("s1", 667), ("s2", 666)]
    assert await lake.rows("SELECT DISTINCT p_staff, p_state FROM lake.facts WHERE name = 'friend_added'") == [
        ("li", "a")
    ]
    assert await lake.rows("SELECT props ->> '$.order' FROM lake.facts WHERE seq = 9") == [("o9",)]
    assert await lake.rows(
        "SELECT merged_into, identities, consents, suppressed FROM lake.profiles WHERE member_id IN (1, 50) ORDER BY member_id"
    ) == [
        (None, ",email,phone,", ",sms:withdrawn,wecom:given,", ","),
        (1, ",email,phone,", ",sms:withdrawn,wecom:given,", ","),
    ]
    assert await lake.rows("SELECT tag, count(*), count(until) FROM lake.tags GROUP BY 1 ORDER BY 1") == [
        ("a", 49, 0),
        ("b", 49, 49),
    ]
    assert await lake.rows(
        "SELECT field, text, number FROM lake.attributes WHERE member_id = 3 ORDER BY field, text"
    ) == [
        ("city", "上海", None),
        ("level", "3", 3.0),
        ("likes", "书", None),
        ("likes", "茶", None),
        ("vip", "true", None),
    ]
    assert await lake.rows("SELECT * FROM lake.merges") == [(1, 50, 1)]
    snapshots = await lake.rows("SELECT count(*) FROM ducklake_snapshots('lake')")
    lake.close()

    again = opened(database_url, old)
    assert await again.rows("SELECT count(*) FROM ducklake_snapshots('lake')") == snapshots, "once is enough"
    kept = dict(await again.rows("SELECT option_name, value FROM lake.options()"))
    assert {name: kept[name] for name in OPTIONS} == {name: value for name, (_, value) in OPTIONS.items()}
    # what was of the old tables goes with its snapshots, and upkeep works as on any lake
    later = (await again.rows("SELECT now()"))[0][0]
    await again.run(compaction.merge_files)
    await again.run(lambda cursor: compaction.expire(cursor, later, later))
    later = (await again.rows("SELECT now()"))[0][0]
    await again.run(lambda cursor: compaction.expire(cursor, later, later))
    assert await again.rows("SELECT count(*) FROM lake.facts") == [(2004,)]
    folders = {file.parent.name for file in old.rglob("*.parquet")}
    assert folders <= TABLES.keys(), "no file of the old layout is left"
    again.close()


async def test_an_upgrade_that_is_broken_off_leaves_the_old_lake(
    database_url: str, old: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("the machine went away")

    with monkeypatch.context() as patch:
        patch.setattr(migration, "_widen_facts", broken)
        with pytest.raises(RuntimeError):
            opened(database_url, old)
    with psycopg.connect(database_url) as connection:
        row = connection.execute("SELECT count(*) FROM lake.ducklake_table WHERE end_snapshot IS NULL").fetchone()
        assert row == (3,), "no table of the new layout is there"
    lake = opened(database_url, old)
    assert await lake.rows("SELECT count(*), count(p_store) FROM lake.facts") == [(2004, 1999)]
    assert await lake.rows("SELECT count(*) FROM lake.tags") == [(98,)]
    lake.close()


FILES = "SELECT data_file FROM ducklake_list_files('lake', 'facts') ORDER BY 1"


@pytest.mark.parametrize(("column", "count"), [("p_store", 1999), ("p_group", 0)])
async def test_a_property_that_is_new_in_the_catalogue_gets_its_column(
    database_url: str, old: Path, column: str, count: int
) -> None:
    """Filled where old facts have it; where none can, no file is written anew."""
    opened(database_url, old).close()
    lake = opened(database_url, old)
    await lake.rows(f"ALTER TABLE lake.facts DROP COLUMN {column}")
    before = await lake.rows(FILES)
    lake.close()
    lake = opened(database_url, old)
    assert {row[0] for row in await lake.rows("SELECT column_name FROM (DESCRIBE lake.facts)")} == set(FACT_COLUMNS)
    assert await lake.rows(f"SELECT count({column}) FROM lake.facts") == [(count,)]
    assert (await lake.rows(FILES) == before) is (count == 0)
    lake.close()


async def test_profiles_get_a_column_that_they_lack(database_url: str, old: Path) -> None:
    lake = opened(database_url, old)
    await lake.run(lambda cursor: cursor.execute("ALTER TABLE lake.profiles DROP COLUMN addresses"))
    lake.close()
    lake = opened(database_url, old)
    assert await lake.rows("SELECT DISTINCT addresses FROM lake.profiles") == [(",",)]
    lake.close()
