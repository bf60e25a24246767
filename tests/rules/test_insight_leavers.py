"""What leavers have in common: the statistics against worked examples, and what is said of them."""

from datetime import UTC, datetime
from math import exp, log, sqrt

import pytest

from siyu.insight.report import ReportRequest, ReportResult
from siyu.insight.reports.leavers import report as leavers
from siyu.insight.rules import params
from siyu.insight.rules.association import Q_MOST, Split, q_values, risk, verdict

NOW = datetime(2026, 3, 18, 4, 0, tzinfo=UTC)


def report_of(rows: list[tuple[str, str, str, int, int]]) -> ReportResult:
    values = params.check(leavers.REPORT.params, {}, "Asia/Shanghai")
    as_of, window, _ = params.windows(values, "Asia/Shanghai", NOW)
    request = ReportRequest(1, "Asia/Shanghai", "CNY", as_of, window, None, False, values)
    names = ("trait", "field", "value", "members", "gone")
    return leavers.REPORT.shape(request, {"traits": [dict(zip(names, row, strict=True)) for row in rows]})


def test_the_interval_is_that_of_a_worked_example() -> None:
    # the physicians' health study: 104 infarctions among 11,037 on aspirin, 189 among 11,034 on placebo
    result = risk(Split(11_037, 104, 11_034, 189))
    assert (round(result.ratio, 2), round(result.low, 2), round(result.high, 2)) == (0.55, 0.43, 0.70)
    spread = sqrt(1 / 104 - 1 / 11_037 + 1 / 189 - 1 / 11_034)
    assert result.z == pytest.approx(log(result.ratio) / spread)
    assert result.high == pytest.approx(result.ratio * exp(1.959964 * spread))


def test_swapping_the_groups_turns_the_ratio_over() -> None:
    first, other = risk(Split(200, 50, 800, 100)), risk(Split(800, 100, 200, 50))
    assert (first.ratio * other.ratio, first.low * other.high, first.p) == pytest.approx((1, 1, other.p))


def test_many_comparisons_are_corrected() -> None:
    # the fifteen of Benjamini and Hochberg's own example: at 0.05 their procedure names the first four
    p = [
        0.0001,
        0.0004,
        0.0019,
        0.0095,
        0.0201,
        0.0278,
        0.0298,
        0.0344,
        0.0459,
        0.3240,
        0.4262,
        0.5719,
        0.6528,
        0.7590,
        1,
    ]
    q = q_values(p)
    assert [value <= Q_MOST for value in q] == [True] * 4 + [False] * 11
    assert q[3] == pytest.approx(0.0095 * 15 / 4)
    assert q == sorted(q) and q_values(p[::-1]) == q[::-1] and q_values([]) == []


def test_a_small_cell_is_neither_shown_nor_counted_among_the_comparisons() -> None:
    rows = [("all", "", "", 1_000, 300), ("did", "", "redeemed", 200, 20), ("did", "", "refunded", 30, 21)]
    report = report_of(
        [*rows, ("tag", "", "vip", 100, 9), ("tag", "", "x", 100, 91), ("did", "", "messaged", 995, 299)]
    )
    assert [(row["trait_key"], row["value_key"]) for row in report.rows] == [("did", "redeemed")]
    redeemed = report.rows[0]
    assert redeemed["ratio"] == pytest.approx((20 / 200) / (280 / 800))
    assert redeemed["q"] == pytest.approx(risk(Split(200, 20, 800, 280)).p)
    assert "一共比较了 1 项" in report.notes[2].zh


def test_a_value_is_held_against_the_other_values_of_its_attribute() -> None:
    rows = [("all", "", "", 1_000, 300), ("known", "city", "", 400, 100), ("attribute", "city", "杭州", 100, 50)]
    [row] = report_of(rows).rows
    assert (row["rate"], row["others_rate"]) == (0.5, 50 / 300)


def test_nothing_more_than_chance_is_called_so() -> None:
    report = report_of([("all", "", "", 1_000, 300), ("did", "", "redeemed", 200, 61)])
    assert report.rows[0]["verdict_key"] == "unclear" and report.chart is None
    assert "没有看出" in report.answer.zh
    assert verdict(risk(Split(200, 61, 800, 239)), 0.04) == "more"


def test_nobody_to_compare_is_said() -> None:
    report = report_of([("all", "", "", 0, 0)])
    assert report.rows == [] and "没有可以比较的人" in report.answer.zh
    few = report_of([("all", "", "", 30, 12), ("did", "", "redeemed", 12, 3)])
    assert few.rows == [] and "人数太少" in few.answer.zh
