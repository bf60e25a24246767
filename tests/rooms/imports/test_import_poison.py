"""A row at which work fails is refused alone, and the others come in."""

from pathlib import Path

import pytest
from sqlalchemy import text

from siyu.imports.refusals import Interrupted
from siyu.imports.runs import jobs
from tests.rooms.imports.sample_files import HEADING, ORDERS_MAPPING, import_file, written
from tests.world import NOON, Shop

MEMBERS = {"kind": "members", "source": "crm", "columns": {"external_id": "会员号", "name": "姓名"}}


async def _poison(shop: Shop, table: str, condition: str) -> None:
    """The database refuses some rows for a reason that no check foresaw."""
    async with shop.db.transaction() as tx:
        await tx.execute(
            text("CREATE FUNCTION poison() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''poison''; END'")
        )
        await tx.execute(
            text(
                f"CREATE TRIGGER poison BEFORE INSERT ON {table} FOR EACH ROW WHEN ({condition}) EXECUTE FUNCTION poison()"
            )
        )


async def _faults(shop: Shop, import_id: int) -> list[tuple[int, str]]:
    async with shop.db.transaction() as tx:
        rows = await tx.execute(
            text("SELECT row, reason FROM import_fault WHERE import_id = :id ORDER BY row"), {"id": import_id}
        )
        return [(row.row, row.reason) for row in rows]


async def test_a_member_that_cannot_be_written_costs_only_their_row(shop: Shop, tmp_path: Path) -> None:
    await _poison(shop, "member", "NEW.name = '丙37'")
    lines = [f"M{n},丙{n}" for n in range(100)]
    done = await import_file(shop, written(tmp_path, "\n".join(["会员号,姓名", *lines]) + "\n"), MEMBERS)
    assert (done.state, done.rows_done, done.rows_refused) == ("done", 100, 1)
    ((row, reason),) = await _faults(shop, done.id)
    assert row == 39 and "nobody foresaw" in reason
    async with shop.db.transaction() as tx:
        assert await tx.scalar(text("SELECT count(*) FROM member WHERE name LIKE '丙%'")) == 99


async def test_an_order_that_cannot_be_written_is_refused_whole(shop: Shop, tmp_path: Path) -> None:
    await _poison(shop, "purchase", "NEW.number = 'D7'")
    lines = [f"D{n // 2},A{n},2026-03-01 09:30,,SKU1,菜,1,2.00" for n in (x for x in range(40))]
    lines = [line.replace(f",A{n},", f",A{n // 2},") for n, line in enumerate(lines)]
    done = await import_file(shop, written(tmp_path, "\n".join([HEADING, *lines]) + "\n"), ORDERS_MAPPING)
    assert (done.state, done.rows_done, done.rows_refused) == ("done", 40, 2)
    assert [row for row, _ in await _faults(shop, done.id)] == [16, 17]
    async with shop.db.transaction() as tx:
        assert await tx.scalar(text("SELECT count(*) FROM purchase")) == 19
        assert await tx.scalar(text("SELECT count(*) FROM fact WHERE name = 'order_paid'")) == 19


async def test_a_fault_of_every_row_stops_the_import(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "POISON_MAX", 3)
    await _poison(shop, "member", "true")
    lines = [f"M{n},丙{n}" for n in range(20)]
    with pytest.raises(Interrupted):
        await import_file(shop, written(tmp_path, "\n".join(["会员号,姓名", *lines]) + "\n"), MEMBERS, now=NOON)
