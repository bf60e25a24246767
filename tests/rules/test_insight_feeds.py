"""Which sources of data have stopped, by their own habit."""

from datetime import UTC, date, datetime, timedelta

import pytest

from siyu.insight.rules.feeds import Feed, sentence, stopped
from siyu.kit.text import LocalizedText

TODAY = date(2026, 3, 18)
DAILY = tuple(range(1, 40))
"""Days before today."""
NO_SUNDAYS = tuple(n for n in DAILY if (TODAY - timedelta(days=n)).isoweekday() != 7)


def feed(*days_ago: int, key: str = "pos") -> Feed:
    days = tuple(TODAY - timedelta(days=n) for n in days_ago)
    last = datetime(2026, 3, 18, 6, 5, tzinfo=UTC) - timedelta(days=min(days_ago))
    return Feed(key, LocalizedText("支付订单 · 门店", "Paid an order · till"), days, last)


@pytest.mark.parametrize(
    ("days", "today", "silent"),
    [
        (DAILY, TODAY, False),
        ((0, *DAILY), TODAY, False),
        (DAILY[1:], TODAY, True),  # nothing yesterday
        (DAILY[:6], TODAY + timedelta(days=9), False),  # six days are no habit
        (NO_SUNDAYS, date(2026, 3, 16), False),  # a Monday morning after the Sunday off
        (tuple(n for n in NO_SUNDAYS if n > 1), TODAY, False),  # one day off more is not yet beyond it
        (tuple(n for n in NO_SUNDAYS if n > 2), TODAY, True),
        (tuple(range(1, 42, 7)), TODAY, False),  # weekly: fewer than seven times
        ((2,), TODAY, False),
    ],
)
def test_a_source_is_missed_beyond_its_habit(days: tuple[int, ...], today: date, silent: bool) -> None:
    kept = tuple(n for n in days if TODAY - timedelta(days=n) <= today)
    assert bool(stopped([feed(*kept)], today)) is silent


def test_the_sentence_names_the_source_and_its_last_moment() -> None:
    silent = stopped([feed(*DAILY[1:]), feed(*DAILY[4:], key="shop")], TODAY)
    assert [each.key for each in silent] == ["shop", "pos"]
    text = sentence(silent, datetime(2026, 3, 18, 4, tzinfo=UTC), "Asia/Shanghai", everything=True)
    assert "近 2 天没有新数据" in text.zh and "“支付订单 · 门店”停在 2026-03-16 14:05" in text.zh
    assert "No new data for 2 days" in text.en and "2026-03-16 14:05" in text.en


def test_one_source_that_stopped_does_not_end_the_figures_of_the_others() -> None:
    text = sentence(
        stopped([feed(*DAILY[1:])], TODAY), datetime(2026, 3, 18, 4, tzinfo=UTC), "Asia/Shanghai", everything=False
    )
    assert text.zh.startswith("部分数据已停：“支付订单 · 门店”停在 2026-03-16 14:05") and "其余照常" in text.zh
    assert "都只到那时" not in text.zh and "the others go on" in text.en
