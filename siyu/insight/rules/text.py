"""How figures of two periods compare, in both languages."""

from siyu.kit.numbers import percent
from siyu.kit.text import LocalizedText

SHARE_MEMBERS_MIN = 10
"""Of fewer members than this no share is told: one of three is not 33.3 %."""


def few_members_note() -> LocalizedText:
    """What a report says whose shares are left out where too few stand behind them."""
    return LocalizedText(
        f"不足 {SHARE_MEMBERS_MIN} 人的一行只显示人数，不显示百分比。",
        f"Rows of fewer than {SHARE_MEMBERS_MIN} members show their number and no percentage.",
    )


def share_of(part: float, whole: float) -> float | None:
    """`part` of so many members as a share; None of too few."""
    return part / whole if whole >= SHARE_MEMBERS_MIN else None


def change(now: float | None, before: float | None) -> float | None:
    """How much `now` differs from `before`, as a share of it; None when there is nothing to compare with."""
    if now is None or before is None or before == 0:
        return None
    return (now - before) / before


def compared(now: float | None, before: float | None) -> LocalizedText:
    """`比上期增加 12.0%` / `up 12.0% on the period before`."""
    moved = change(now, before)
    if moved is None:
        return LocalizedText("上期没有可比的数据", "with nothing to compare in the period before")
    if abs(moved) < 0.0005:
        return LocalizedText("与上期持平", "level with the period before")
    size = percent(abs(moved))
    return (
        LocalizedText(f"比上期增加 {size}", f"up {size} on the period before")
        if moved > 0
        else LocalizedText(f"比上期减少 {size}", f"down {size} on the period before")
    )
