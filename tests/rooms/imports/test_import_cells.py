"""How a cell is read: what a spreadsheet adds is no part of it, a placeholder is no value, a zone that is written is honoured."""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from sqlalchemy import text

from siyu.imports.files.duckdb_session import session
from siyu.imports.files.expressions import bare_text, without_placeholder, written_time
from siyu.imports.runs.queries import faults
from tests.rooms.imports.sample_files import HEADING, ORDERS_MAPPING, import_file, written
from tests.world import Shop

SHANGHAI = "Asia/Shanghai"


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    with session(Path(tmp_path_factory.mktemp("cells"))) as connection:
        yield connection


def read(table: duckdb.DuckDBPyConnection, sql: str, cell: str) -> str | None:
    converted = table.execute(f"WITH t (x) AS (SELECT CAST(? AS VARCHAR)) SELECT CAST({sql} AS VARCHAR) FROM t", [cell])
    [(value,)] = converted.fetchall()
    return None if value is None else str(value)


@pytest.mark.parametrize(
    ("cell", "moment"),
    [
        ("2025-10-07 09:50:26 +0200", "2025-10-07 07:50:26+00"),
        ("2025-10-07 09:50:26 UTC", "2025-10-07 09:50:26+00"),
        ("2025-10-07 09:50:26 PST", None),
        ("2024-05-06T20:03:00+05:30", "2024-05-06 14:33:00+00"),
        ("2024/5/6 下午 8:03", "2024-05-06 12:03:00+00"),
        ("2024年5月6日 上午9:05", "2024-05-06 01:05:00+00"),
        ("2024-05-06 中午12:30", "2024-05-06 04:30:00+00"),
        ("2024-05-06 凌晨12:30", "2024-05-05 16:30:00+00"),
        ("5/6/2024 8:03 PM", "2024-05-06 12:03:00+00"),
        ("2024/5/6 8:03 PM", "2024-05-06 12:03:00+00"),
        ("5/6/2024", None),
        ("20240506", "2024-05-05 16:00:00+00"),
        ("2024-05-06 20:03", "2024-05-06 12:03:00+00"),
    ],
)
def test_a_time_as_people_and_shops_write_it(table: duckdb.DuckDBPyConnection, cell: str, moment: str | None) -> None:
    assert read(table, written_time(None, SHANGHAI, "x"), cell) == moment


@pytest.mark.parametrize(
    ("cell", "written", "moment"),
    [
        ("07/10/2025 09:50 +0200", "%d/%m/%Y %H:%M %z", "2025-10-07 07:50:00+00"),
        ("2024/5/6 下午 8:03", "%Y/%m/%d %p %I:%M", "2024-05-06 12:03:00+00"),
        ("06/05/2024 20:03", "%d/%m/%Y %H:%M", "2024-05-06 12:03:00+00"),
        ("06/05/2024", "%d/%m/%Y %H:%M", None),
    ],
)
def test_a_time_in_a_given_form(table: duckdb.DuckDBPyConnection, cell: str, written: str, moment: str | None) -> None:
    assert read(table, written_time(written, SHANGHAI, "x"), cell) == moment


@pytest.mark.parametrize(
    ("cell", "kept"),
    [
        ('="00123"', "00123"),
        ("'8613800000000", "8613800000000"),
        ("'abc", "'abc"),
        ("\t12345\u200b", "12345"),
        ("\u00a0x\ty\u3000", "x\ty"),
        ("e\u0301", "é"),
        ("——", None),
        ("#N/A", None),
        ("nan", None),
        ("无", None),
        ("无糖", "无糖"),
    ],
)
def test_what_is_text_of_a_cell(table: duckdb.DuckDBPyConnection, cell: str, kept: str | None) -> None:
    assert read(table, without_placeholder(f"nullif(trim({bare_text('x')}), '')", "text"), cell) == kept


def test_a_no_in_a_yes_or_no_column_is_no_placeholder(table: duckdb.DuckDBPyConnection) -> None:
    assert read(table, without_placeholder("x", "boolean"), "无") == "无"


async def test_order_numbers_that_a_spreadsheet_shortened_are_refused_by_name(shop: Shop, tmp_path: Path) -> None:
    """Three orders do not become one."""
    lines = [f"1.23457E+17,A{n},2026-03-01 09:30,青巷一店,SKU1,菠菜,{n},5.90" for n in (1, 2, 3)]
    lines.append('="123457000000000001",A1,2026-03-01 09:30,青巷一店,SKU1,菠菜,1,5.90')
    done = await import_file(shop, written(tmp_path, "\n".join([HEADING, *lines])), ORDERS_MAPPING)
    assert (done.rows_done, done.rows_refused) == (4, 3)
    async with shop.db.transaction() as tx:
        page = await faults(tx, done.id)
        numbers = (await tx.scalars(text("SELECT number FROM purchase"))).all()
    assert {(fault.column, fault.reason_zh[:9]) for fault in page} == {("订单号", "被电子表格改坏了：")}
    assert numbers == ["123457000000000001"]
