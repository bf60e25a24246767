"""Funnel, retention and RFM still give one answer by all that are compared, and another answer has no figure."""

from types import ModuleType

import pytest

from benchmarks import funnel, reports, retention, rfm, world
from benchmarks.workbench import Workbench, WrongAnswer
from tests.world import Shop

TINY = world.size(2_000)
KEYS = {"members", "facts", "wrong_answers", "ours_s", "limit_s", "ratio", "ratio_to_better", "chdb", "peak_rss_mb"}


@pytest.fixture(scope="module")
def bench(module_shop: Shop, tmp_path_factory: pytest.TempPathFactory) -> Workbench:
    """The world is made by the first workload and asked by all."""
    shop, folder = module_shop, tmp_path_factory.mktemp("workbench")
    return Workbench(shop.db, shop.lake, shop.caller, shop.db.url, folder, "1GB", 2)


@pytest.mark.parametrize("workload", [funnel, retention, rfm])
async def test_a_report_is_equal_by_hand_and_in_clickhouse(bench: Workbench, workload: ModuleType) -> None:
    result = await workload.run(bench, TINY)
    assert result.document.keys() == KEYS
    assert (result.document["members"], result.document["facts"]) == (TINY.members, TINY.facts)
    assert result.document["chdb"].get("wrong_answers", 0) == 0
    assert result.document["ratio"] > 0


@pytest.mark.parametrize("theirs", [[3, 2], [3, 1, 1], []])
def test_another_answer_is_refused(theirs: list[int]) -> None:
    reports.same("the funnel", [3, 2, 1], [3, 2, 1])
    with pytest.raises(WrongAnswer, match="the funnel"):
        reports.same("the funnel", [3, 2, 1], theirs)
    with pytest.raises(WrongAnswer, match="would prove nothing"):
        reports.same("the funnel", [], [])
