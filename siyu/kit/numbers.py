"""Figures as answers and tables say them: the same in both languages."""

NOTHING = "—"


def number(value: float | None) -> str:
    """`12480` -> `12,480`; at most one decimal; a dash for nothing."""
    if value is None:
        return NOTHING
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.1f}"


def percent(share: float | None) -> str:
    """`0.2345` -> `23.5%`."""
    return NOTHING if share is None else f"{share * 100:.1f}%"
