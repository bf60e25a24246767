"""A second real file: 541,909 lines of an online shop, with walk-ins, cancellations, doubles and corrections.

Online Retail, UCI Machine Learning Repository (Daqing Chen, 2015), CC BY 4.0. It is read where it lies, if it is there;
SIYU_TEST_DATA says where.
"""

import json
import os
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import text

from siyu.commerce import queries as commerce
from siyu.demo.retailer import MAPPINGS
from siyu.imports.models import Import
from tests.rooms.imports.sample_files import import_file
from tests.world import Shop

FILE = Path(os.environ.get("SIYU_TEST_DATA", Path(__file__).parents[4] / "shared" / "data")) / "online-retail"
MAPPING = json.loads((MAPPINGS / "online-retail.json").read_text("utf-8"))
LINES = 541_909

pytestmark = pytest.mark.skipif(not (FILE / "online_retail.parquet").exists(), reason="the data is not here")


@pytest.fixture(scope="module")
async def imported(
    module_shop: Shop, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[tuple[Shop, Import, Path]]:
    link = tmp_path_factory.mktemp("online") / "online_retail.parquet"
    link.symlink_to(FILE / "online_retail.parquet")
    yield module_shop, await import_file(module_shop, link, MAPPING), link


async def test_every_line_ends_somewhere_and_the_counts_add_up(imported: tuple[Shop, Import, Path]) -> None:
    _, run, _ = imported
    assert (run.state, run.rows_done, run.rows_refused, run.rows_duplicate) == ("done", LINES, 0, 5_268)
    result = run.result
    assert (result["order_lines"], result["refund_lines"]) == (532_621, 9_288)
    assert result["order_lines"] + result["refund_lines"] == LINES
    assert (result["orders"], result["refunds"], result["corrections"]) == (22_064, 3_836, 1_338)
    assert (result["members_created"], result["lines_without_member"]) == (4_372, 135_080)


async def test_the_total_is_the_source_s_and_rounding_is_said(imported: tuple[Shop, Import, Path]) -> None:
    shop, run, _ = imported
    async with shop.db.transaction() as tx:
        sums = await commerce.totals(tx, shop.workspace_id)
    assert run.result["source_total"] == "9747747.934"
    assert run.result["total_fen"] == sums.sales_fen - sums.refunded_fen == 974_774_793
    assert Decimal(run.result["rounding_difference"]) == Decimal("0.004")


async def test_nobody_paid_a_correction_and_walk_ins_have_no_member(imported: tuple[Shop, Import, Path]) -> None:
    shop, _, _ = imported
    async with shop.db.transaction() as tx:
        counts: dict[str, int] = dict(
            (await tx.execute(text("SELECT name, count(*) FROM fact WHERE name LIKE 'order%' GROUP BY 1"))).all()
        )
        debt = (
            await tx.execute(text("SELECT number, amount, correction FROM purchase WHERE number LIKE 'A%' ORDER BY 1"))
        ).all()
        walk_ins = await tx.scalar(text("SELECT sum(lines) FROM purchase WHERE member_id IS NULL"))
        cancelled = await tx.scalar(text("SELECT sum(lines) FROM refund WHERE member_id IS NULL"))
    assert counts == {"order_paid": 22_064 - 1_338, "order_refunded": 3_836}
    assert debt == [("A563185", 1_106_206, False), ("A563186", -1_106_206, True), ("A563187", -1_106_206, True)]
    assert walk_ins + cancelled == 135_080


async def test_the_same_file_again_changes_nothing(imported: tuple[Shop, Import, Path]) -> None:
    shop, _, link = imported
    again = await import_file(shop, link, MAPPING)
    assert (again.state, again.result["changed"], again.result["rows_known"]) == ("done", False, LINES)
    assert again.result["documents_known"] == 25_900


async def test_the_head_of_it_as_text_is_the_same_orders(imported: tuple[Shop, Import, Path]) -> None:
    """Whole documents of the CSV are known from the Parquet file; the last one is cut off and therefore different."""
    shop, _, link = imported
    copy = link.with_name("head.csv")
    copy.write_bytes((FILE / "online_retail_head.csv").read_bytes())
    run = await import_file(shop, copy, MAPPING)
    assert (run.state, run.result["orders"], run.result["refunds"]) == ("done", 0, 0)
    assert run.result["documents_different"] <= 1
    assert run.result["rows_known"] + run.rows_refused == run.rows_total
