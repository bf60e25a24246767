"""Money is an integer number of fen (1/100 yuan, or the minor unit of the brand's currency)."""

from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation


def fen(amount: str | int | Decimal) -> int:
    """Fen of an amount written in yuan, rounded half to even; raises ValueError for what is no number or not finite."""
    try:
        value = Decimal(amount) if not isinstance(amount, Decimal) else amount
    except InvalidOperation as error:
        raise ValueError(f"not an amount: {amount!r}") from error
    if not value.is_finite():
        raise ValueError(f"not an amount: {amount!r}")
    return int((value * 100).quantize(Decimal(1), rounding=ROUND_HALF_EVEN))


def yuan(amount_fen: int) -> str:
    """`12345` -> `123.45`, exact."""
    sign = "-" if amount_fen < 0 else ""
    whole, part = divmod(abs(amount_fen), 100)
    return f"{sign}{whole}.{part:02d}"
