"""Figures and short texts in both languages, as answers and tables say them."""

from datetime import date, datetime

from siyu.kit.text import LocalizedText

SIGNS = {"CNY": "¥", "USD": "$", "EUR": "€", "GBP": "£", "JPY": "JP¥", "HKD": "HK$"}
NOTHING = "—"


def number(value: float | None) -> str:
    """`12480` -> `12,480`; at most one decimal; a dash for nothing."""
    if value is None:
        return NOTHING
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.1f}"


def money(fen: int | None, currency: str) -> str:
    """`1234567` fen -> `¥12,345.67`, exact."""
    if fen is None:
        return NOTHING
    whole, part = divmod(abs(fen), 100)
    return f"{'-' if fen < 0 else ''}{SIGNS.get(currency, currency + ' ')}{whole:,}.{part:02d}"


def percent(share: float | None) -> str:
    """`0.2345` -> `23.5%`."""
    return NOTHING if share is None else f"{share * 100:.1f}%"


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


def day(value: date | datetime) -> str:
    """`2026-03-18`."""
    return value.strftime("%Y-%m-%d")
