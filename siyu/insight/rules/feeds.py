"""Which sources of data have stopped: those that were heard of on most days, and of which nothing came since yesterday.

A source is measured by its own habit: one that rests on Sundays is missed on Tuesday, one that reports weekly after a week.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise

from siyu.kit.text import LocalizedText
from siyu.kit.time import local_date, local_minute

HABIT_DAYS = 42
"""How far back a source's habit is looked at."""
DAYS_MIN = 7
"""Days on which a source must have been heard of before it has a habit."""


@dataclass(frozen=True)
class Feed:
    """A source of data: the days on which something of it happened, and the last moment."""

    key: str
    label: LocalizedText
    days: tuple[date, ...]
    last_at: datetime


def stopped(feeds: Sequence[Feed], today: date) -> list[Feed]:
    """The sources that have fallen silent beyond their habit, the one silent longest first."""
    return sorted((feed for feed in feeds if _silent(feed, today)), key=lambda feed: (feed.last_at, feed.key))


def _silent(feed: Feed, today: date) -> bool:
    days = sorted(feed.days)
    if len(days) < DAYS_MIN:
        return False
    longest = max((later - earlier).days for earlier, later in pairwise(days))
    # today is not over, so what is missing is yesterday at the least
    return (today - days[-1]).days > max(longest, 1)


def sentence(silent: Sequence[Feed], now: datetime, zone: str, *, everything: bool) -> LocalizedText:
    """What the first page says before anything else; `everything`: no other source is heard of, so all figures end there."""
    parts_zh = [f"“{feed.label.zh}”停在 {local_minute(feed.last_at, zone)}" for feed in silent]
    parts_en = [f"“{feed.label.en}” ended at {local_minute(feed.last_at, zone)}" for feed in silent]
    zh, en = "，".join(parts_zh), "; ".join(parts_en)
    if not everything:
        return LocalizedText(
            f"部分数据已停：{zh}。靠它的数字只到那时为止，其余照常；请检查导入或接口。",
            f"Some data have stopped: {en}. Figures that rest on them end there, the others go on; check the import or the "
            "connection.",
        )
    last = max(feed.last_at for feed in silent)
    days = (local_date(now, zone) - local_date(last, zone)).days
    return LocalizedText(
        f"近 {days} 天没有新数据：{zh}。下面的数字都只到那时为止，请先检查导入或接口。",
        f"No new data for {days} days: {en}. The figures below end there; check the import or the connection first.",
    )
