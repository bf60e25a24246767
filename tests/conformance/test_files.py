"""Whatever the lake has been through, Spark reads the rows that DuckDB reads: in the catalogue, in files, deleted, compacted."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from siyu.facts.lake.compaction import expire, merge_files
from siyu.facts.lake.connection import Lake
from siyu.facts.lake.transactions import Cursor
from siyu.facts.spark.session import Spark
from siyu.facts.spark.snapshot import Snapshot, Table, take
from tests.conformance import shop
from tests.rooms.audience.test_oracle import write
from tests.rules import audience_worlds as worlds

NEW = "SELECT * REPLACE (seq + {n} AS seq, gen_random_uuid() AS id{more}) FROM lake.facts ORDER BY seq, id LIMIT {rows}"


def more(cursor: Cursor, n: int, rows: int, more: str = "") -> Cursor:
    return cursor.execute(f"INSERT INTO lake.facts {NEW.format(n=n, rows=rows, more=more)}")


def take_in(cursor: Cursor) -> Cursor:
    """A file written beside the lake and taken in as it is, as loading in bulk does; it numbers no columns, and lacks some."""
    known = cursor.execute("SELECT data_file FROM ducklake_list_files('lake', 'facts')").fetchall()[0][0]
    folder = known.rsplit("/", 1)[0]
    rows = NEW.format(n=60_000, rows=300, more="").replace("*", "* EXCLUDE (p_lately, p_store)", 1)
    cursor.execute(f"COPY ({rows}) TO '{folder}/taken.parquet' (FORMAT parquet)")
    cursor.execute(f"CALL ducklake_add_data_files('lake', 'facts', '{folder}/taken.parquet', allow_missing => true)")
    return cursor.execute("DELETE FROM lake.facts WHERE seq % 60000 IN (2, 3)")


def rewrite(cursor: Cursor) -> None:
    """What upkeep does every few minutes, and then with everything that only an old snapshot needs gone."""
    merge_files(cursor)
    soon = cursor.execute("SELECT now()").fetchall()[0][0] + timedelta(seconds=1)
    expire(cursor, soon, soon)


STEPS: list[tuple[str, Callable[[Cursor], Any], Callable[[Table], bool]]] = [
    ("few rows in the catalogue", lambda c: more(c, 10_000, 4), lambda t: len(t.rows) > 0 and len(t.files) > 0),
    ("one of them deleted", lambda c: c.execute("DELETE FROM lake.facts WHERE seq = 10000"), lambda t: len(t.rows) > 0),
    ("few rows of a file deleted", lambda c: c.execute("DELETE FROM lake.facts WHERE seq IN (5, 6)"), lambda t: len(t.deleted) > 0),
    ("many rows deleted", lambda c: c.execute("DELETE FROM lake.facts WHERE seq % 3 = 1"), lambda t: len(t.delete_files) > 0),
    ("and more of the same file", lambda c: c.execute("DELETE FROM lake.facts WHERE seq % 3 = 2 AND seq < 600"), lambda t: len(t.delete_files) > 0),
    ("another file, with deletions", lambda c: (more(c, 20_000, 300), c.execute("DELETE FROM lake.facts WHERE seq % 20000 = 3")), lambda t: len(t.marked) > 0),
    ("a column that files lack", lambda c: (c.execute("ALTER TABLE lake.facts ADD COLUMN p_later DOUBLE"), more(c, 30_000, 3, ", 1.5 AS p_later")), lambda t: t.columns[-1].name == "p_later"),
    ("a column renamed", lambda c: c.execute("ALTER TABLE lake.facts RENAME COLUMN p_later TO p_lately"), lambda t: t.columns[-1].name == "p_lately"),
    ("a file from elsewhere", take_in, lambda t: len(t.named) == 1),
    ("compacted", rewrite, lambda t: len(t.files) > 0),
    ("new rows after that", lambda c: (more(c, 40_000, 5), more(c, 50_000, 200)), lambda t: len(t.rows) > 0),
    ("nothing left", lambda c: c.execute("DELETE FROM lake.facts"), lambda t: True),
]  # fmt: skip


def same(cursor: Cursor, spark: Spark, snapshot: Snapshot, only: str | None = None) -> int:
    """Compare all rows of the tables, every column; returns how many there are."""
    spark.see(snapshot)
    number = 0
    for table in snapshot.tables:
        if only in (None, table.name):
            columns = ", ".join(f't."{column.name}"' for column in table.columns)
            sql = f"SELECT {columns} FROM lake.{table.name} AS t"
            ours, theirs = (sorted(map(text, rows)) for rows in (cursor.execute(sql).fetchall(), spark.rows(sql)))
            assert theirs == ours, table.name
            number += len(ours)
    return number


def text(row: tuple[Any, ...]) -> str:
    return str([str(value) if type(value).__name__ == "UUID" else value for value in row])


@pytest.fixture(scope="module")
def lake(new_lake: Callable[[str], Lake]) -> Lake:
    made = new_lake("conformance_files")
    write(made, [shop.make(11), *(worlds.make(seed, 100 + seed) for seed in range(2))])
    return made


def test_every_table(lake: Lake, spark: Spark) -> None:
    snapshot = take(lake.cursor(), lake.path)
    assert {table.name for table in snapshot.tables} == {"facts", "profiles", "tags", "attributes", "merges"}
    assert same(lake.cursor(), spark, snapshot) > 1_500


@pytest.mark.parametrize(("what", "act", "seen"), STEPS, ids=[step[0] for step in STEPS])
def test_a_lake_through_its_life(
    lake: Lake, spark: Spark, what: str, act: Callable[[Cursor], Any], seen: Callable[[Table], bool]
) -> None:
    """Each step goes on from the one before."""
    cursor = lake.cursor()
    act(cursor)
    snapshot = take(cursor, lake.path)
    facts = next(table for table in snapshot.tables if table.name == "facts")
    assert seen(facts), f"the lake did not come to: {what}"
    same(cursor, spark, snapshot, only="facts")


def test_an_old_snapshot_is_still_read_after_compaction(lake: Lake, spark: Spark) -> None:
    cursor = lake.cursor()
    write(lake, [worlds.make(3, 77)])
    before = take(cursor, lake.path)
    spark.see(before)
    sql = "SELECT count(*), sum(seq) FROM lake.facts"
    known = spark.rows(sql)
    merge_files(cursor)
    cursor.execute("DELETE FROM lake.facts")
    assert spark.rows(sql) == known
    assert take(cursor, lake.path).number > before.number
