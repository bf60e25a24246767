"""Periods, steps, health, experiments, texts and cells: pure."""

from datetime import UTC, date, datetime, timedelta

import pytest

from siyu.insight.report import cell
from siyu.insight.reports import METRIC_DICTIONARY, REPORTS
from siyu.insight.rules import funnel_steps, period, text
from siyu.insight.rules.experiment import Arm, lift
from siyu.insight.rules.health import Week, health
from siyu.insight.rules.metrics import METRICS, with_parts
from siyu.insight.rules.params import moment
from siyu.insight.rules.period import Interval
from siyu.kit.errors import Invalid
from siyu.kit.money import money
from siyu.kit.numbers import number
from siyu.kit.text import LocalizedText
from siyu.kit.time import iso_day, midnight

NEW_YORK = "America/New_York"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_offsets_change_at_the_very_second_the_clock_does() -> None:
    window = Interval(at("2026-03-01T00:00:00.5+00:00"), at("2026-11-30T00:00Z"))
    spans = period.offsets(NEW_YORK, window)
    assert [(until, offset / timedelta(hours=1)) for until, offset in spans[:-1]] == [
        (at("2026-03-08T07:00Z"), -5),
        (at("2026-11-01T06:00Z"), -4),
    ]
    assert spans[-1][1] == timedelta(hours=-5)


def test_a_zone_that_never_changes_has_one_offset() -> None:
    assert len(period.offsets("Asia/Shanghai", Interval(at("2000-01-01T00:00Z"), at("2026-01-01T00:00Z")))) == 1


def test_the_period_before_is_shifted_by_calendar_days() -> None:
    # the clock in New York went forward on 8 March: six days of the earlier window, seven of the later
    now = Interval(midnight(date(2026, 3, 8), NEW_YORK), at("2026-03-14T16:00Z"))
    assert period.before(now, NEW_YORK) == Interval(midnight(date(2026, 3, 1), NEW_YORK), at("2026-03-07T17:00Z"))


def test_a_window_that_begins_in_mid_day_is_shifted_by_its_length() -> None:
    now = Interval(at("2026-03-10T03:30Z"), at("2026-03-10T05:30Z"))
    assert period.before(now, "UTC") == Interval(at("2026-03-10T01:30Z"), at("2026-03-10T03:30Z"))
    assert period.before(Interval(period.EARLIEST, at("2026-03-10T05:30Z")), "UTC") is None


@pytest.mark.parametrize(
    ("grain", "expected"),
    [
        ("day", [date(2026, 2, 27), date(2026, 2, 28), date(2026, 3, 1)]),
        ("week", [date(2026, 2, 23)]),
        ("month", [date(2026, 2, 1), date(2026, 3, 1)]),
    ],
)
def test_buckets_are_those_that_the_window_touches(grain: period.Grain, expected: list[date]) -> None:
    zone = "Asia/Shanghai"
    window = Interval(midnight(date(2026, 2, 27), zone), midnight(date(2026, 3, 2), zone))
    assert period.buckets(window, grain, zone) == expected
    assert period.buckets(Interval(window.ends, window.ends), grain, zone) == []


def test_a_date_is_the_brands_and_a_time_says_its_offset() -> None:
    assert moment("2026-03-18", "Asia/Shanghai") == at("2026-03-17T16:00Z")
    assert moment("2026-03-18T12:00:00+08:00", "UTC") == at("2026-03-18T04:00Z")
    assert moment("2026-03-18T12:00:00 08:00", "UTC") == at("2026-03-18T04:00Z")
    for wrong in ("2026-03-18T12:00", "2026-13-01", "soon", ""):
        with pytest.raises(ValueError):
            moment(wrong, "UTC")


def test_a_step_of_a_kind_that_came_before_must_come_strictly_after() -> None:
    read = funnel_steps.read("order_paid,coupon_redeemed,order_paid|message_received")
    assert [step.strictly_after for step in read] == [False, False, True]
    assert [step.label.zh for step in funnel_steps.read(funnel_steps.DEFAULT)] == [
        "成为客户",
        "收到触达",
        "下单",
        "复购",
    ]


@pytest.mark.parametrize("wrong", ["order_paid", ",".join(["order_paid"] * 9), "order_paid,nothing", "order_paid,"])
def test_a_wrong_step_is_refused(wrong: str) -> None:
    with pytest.raises(Invalid) as refused:
        funnel_steps.read(wrong)
    assert refused.value.errors[0].path.startswith("steps")


def test_the_interval_is_newcombes() -> None:
    """The worked example of his paper: 56 of 70 against 48 of 80."""
    result = lift(Arm(70, 56), Arm(80, 48))
    assert result.difference == pytest.approx(0.2)
    assert result.low == pytest.approx(0.0524, abs=1e-4)
    assert result.high == pytest.approx(0.3339, abs=1e-4)
    assert result.verdict == "not_enough"


@pytest.mark.parametrize(
    ("treated", "holdout", "verdict"),
    [
        (Arm(0, 0), Arm(100, 10), "not_enough"),
        (Arm(99, 90), Arm(1000, 10), "not_enough"),
        (Arm(1000, 900), Arm(1000, 4), "not_enough"),
        (Arm(1000, 996), Arm(1000, 500), "not_enough"),
        (Arm(1000, 500), Arm(1000, 480), "no_difference"),
        (Arm(1000, 500), Arm(1000, 400), "better"),
        (Arm(1000, 400), Arm(1000, 500), "worse"),
    ],
)
def test_there_is_no_verdict_without_enough_data(treated: Arm, holdout: Arm, verdict: str) -> None:
    assert lift(treated, holdout).verdict == verdict


USUAL = Week(new=40, active=200, kept=120, buyers=100, redeemers=50, friends=30, reached=400, left=2)


def week(**changed: int) -> Week:
    return Week(**(vars(USUAL) | changed))


@pytest.mark.parametrize(
    ("last", "level", "area"),
    [
        (week(), "good", None),
        (week(new=60, active=220), "good", None),
        (week(new=33), "watch", "acquisition"),
        (week(new=20), "bad", "acquisition"),
        (week(active=130, buyers=65, kept=118), "bad", "activity"),
        (week(kept=70), "bad", "retention"),
        (week(buyers=60), "bad", "conversion"),
        (week(left=8), "watch", "calm"),
        (week(left=20), "bad", "calm"),
        (week(left=20, new=12), "bad", "acquisition"),
    ],
)
def test_the_worst_area_is_told_with_its_action(last: Week, level: str, area: str | None) -> None:
    result = health([last, *[USUAL] * 4])
    assert (result.level, result.area) == (level, area)
    assert (result.action is None) == (area is None)
    if area is not None:
        assert result.cause is not None and result.cause.zh in result.sentence.zh


def test_disturbance_is_the_share_that_left_and_is_bad_when_it_is_high() -> None:
    verdict = health([week(left=20), *[USUAL] * 4])
    assert verdict.sentence.zh.startswith("打扰度过高：上周触达 400 位，20 位退订或删除好友")
    figures = {area.key: area.figure for area in verdict.areas}
    assert (figures["calm"], figures["acquisition"], figures["fission"]) == ("5.0%", "100%", "—")


def test_little_data_blames_nobody() -> None:
    small = Week(new=1, active=3, kept=0, buyers=0, redeemers=0, friends=0, reached=10, left=10)
    result = health([small, *[week(new=4, active=10, kept=5, buyers=5)] * 4])
    assert (result.level, result.area) == ("unknown", None)


def test_metrics_that_a_ratio_needs_come_before_it() -> None:
    assert with_parts(("repurchase_rate", "buyers")) == ("repeat_buyers", "buyers", "repurchase_rate")
    for metric in METRIC_DICTIONARY.values():
        assert metric.label.zh and metric.label.en and metric.definition.zh and metric.definition.en
        assert set(metric.of) <= set(METRIC_DICTIONARY)
        assert not any(METRIC_DICTIONARY[part].over == "ratio" for part in metric.of)


def test_a_report_names_no_metric_that_another_has() -> None:
    assert len(METRIC_DICTIONARY) == len(METRICS) + sum(len(kind.metrics) for kind in REPORTS)


@pytest.mark.parametrize(
    ("value", "kind", "expected"),
    [
        (-1_205, "money", "-12.05"),
        (None, "money", ""),
        (0.12345, "percent", "12.35%"),
        (-0.000001, "percent", "0.00%"),
        (-0.00001, "ratio", "0.0000"),
        (0, "money", "0.00"),
        (2.0833333, "days", "2.1"),
        ("2026-03-17T16:00:00Z", "moment", "2026-03-18 00:00"),
        (-3, "count", "-3"),
        ("=1+1", "text", "'=1+1"),
        ("＝1+1", "text", "'＝1+1"),
        ("\n=1+1", "text", "'\n=1+1"),
        ("ordinary", "text", "ordinary"),
        ("—", "text", "—"),
        (LocalizedText("@甲", "a"), "text", "'@甲"),
    ],
)
def test_cells(value: object, kind: str, expected: str) -> None:
    assert cell(value, kind, "zh", "Asia/Shanghai") == expected  # type: ignore[arg-type]


def test_figures_in_words() -> None:
    assert money(-123456789, "CNY") == "-¥1,234,567.89"
    assert money(5, "SEK") == "SEK0.05"
    assert text.compared(112, 100).zh == "比上期增加 12.0%"
    assert text.compared(100, 100).en == "level with the period before"
    assert text.compared(5, 0).zh == "上期没有可比的数据"
    assert number(1234.56) == "1,234.6"
    assert iso_day(datetime(2026, 3, 1, tzinfo=UTC)) == "2026-03-01"
