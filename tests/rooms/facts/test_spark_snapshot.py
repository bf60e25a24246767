"""What the catalogue says of the lake: files, rows without a file, rows that are gone. No Java is needed here."""

import pytest

from siyu.facts.lake.connection import Lake
from siyu.facts.lake.layout import SORTED, TABLES
from siyu.facts.spark.snapshot import Table, UnreadableLake, take

ROWS = "SELECT 1, 'tag' || i, i, NULL FROM range({}, {}) AS t(i)"


def tags(lake: Lake) -> Table:
    cursor = lake.cursor()
    tags_table = next(table for table in take(cursor, lake.path).tables if table.name == "tags")
    cursor.close()
    return tags_table


def run(lake: Lake, *statements: str) -> None:
    cursor = lake.cursor()
    for statement in statements:
        cursor.execute(statement)
    cursor.close()


def test_every_table_that_is_asked_about_is_there(lake: Lake) -> None:
    snapshot = take(lake.cursor(), lake.path)
    assert {table.name for table in snapshot.tables} == set(SORTED)
    for table in snapshot.tables:
        known = {name: "VARCHAR" if kind == "JSON" else kind for name, kind in TABLES[table.name].items()}
        assert {column.name: column.duckdb for column in table.columns} == known


def test_few_rows_are_read_from_the_catalogue_with_their_types(lake: Lake) -> None:
    run(
        lake,
        "INSERT INTO lake.tags VALUES (1, 'it''s\n上海', 7, TIMESTAMP '2026-03-18 04:00:00.000001'), (1, 'b', 8, NULL)",
    )
    snapshot = tags(lake)
    assert snapshot.files == ()
    names = [column.name for column in snapshot.columns]
    rows = sorted((dict(zip(names, row, strict=True)) for row in snapshot.rows), key=lambda row: row["member_id"])
    assert [(row["tag"], row["member_id"], str(row["until"])) for row in rows] == [
        ("it's\n上海", 7, "2026-03-18 04:00:00.000001"),
        ("b", 8, "None"),
    ]
    run(lake, "DELETE FROM lake.tags WHERE member_id = 8")
    assert len(tags(lake).rows) == 1


def test_deleted_rows_are_known_by_file_and_position(lake: Lake) -> None:
    run(lake, f"INSERT INTO lake.tags {ROWS.format(0, 500)}", f"INSERT INTO lake.tags {ROWS.format(500, 1000)}")
    assert len(tags(lake).files) == 2
    run(lake, "DELETE FROM lake.tags WHERE member_id = 503")
    snapshot = tags(lake)
    assert len(snapshot.files) == len(snapshot.marked) == 1
    assert [(snapshot.marked[0].endswith(name), position) for name, position in snapshot.deleted] == [(True, 3)]
    run(lake, "DELETE FROM lake.tags WHERE member_id % 4 = 0")
    snapshot = tags(lake)
    assert not snapshot.files
    assert len(snapshot.marked) == len(snapshot.delete_files) == 2


def test_a_lake_that_was_moved_is_read_where_it_is(lake: Lake) -> None:
    run(lake, f"INSERT INTO lake.tags {ROWS.format(0, 500)}")
    snapshot = next(table for table in take(lake.cursor(), "s3://bucket/elsewhere/").tables if table.name == "tags")
    assert snapshot.files[0].startswith("s3://bucket/elsewhere/main/tags/")


def test_a_reader_sees_a_batch_whole(lake: Lake) -> None:
    """The catalogue is read in one transaction: what is committed meanwhile is not half in."""
    writer = lake.cursor()
    writer.execute("BEGIN")
    writer.execute(f"INSERT INTO lake.tags {ROWS.format(0, 500)}")
    writer.execute("INSERT INTO lake.merges VALUES (1, 2, 3)")
    before = take(lake.cursor(), lake.path)
    writer.execute("COMMIT")
    after = take(lake.cursor(), lake.path)
    full = {table.name: bool(table.files or table.rows) for table in after.tables}
    assert not any(table.files or table.rows for table in before.tables if table.name in ("tags", "merges"))
    assert full["tags"] and full["merges"]
    assert after.number > before.number


def test_what_only_ducklake_can_read_is_refused(lake: Lake) -> None:
    run(lake, "ALTER TABLE lake.tags ADD COLUMN odd STRUCT(a INTEGER)")
    with pytest.raises(UnreadableLake, match="odd"):
        take(lake.cursor(), lake.path)
