"""Money is an integer number of fen (1/100 yuan, or the minor unit of the brand's currency)."""

from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation

from babel.numbers import format_currency, get_currency_precision

from siyu.kit.numbers import NOTHING

SIGNS = {
    "CNY": "¥￥",
    "JPY": "¥￥",
    "EUR": "€",
    "GBP": "£",
    **dict.fromkeys(("USD", "HKD", "TWD", "SGD", "AUD", "CAD", "NZD", "MOP"), "$"),
}
"""Signs that amounts of a currency are written with; several share one."""
SPELLINGS = {
    "CNY": ("cny", "rmb", "cnh", "人民币", "人民币元", "元", "¥", "￥"),
    "USD": ("usd", "us$", "$", "美元", "美金"),
    "EUR": ("eur", "€", "欧元"),
    "GBP": ("gbp", "£", "英镑"),
    "JPY": ("jpy", "¥", "￥", "日元", "日圆"),
    "HKD": ("hkd", "hk$", "$", "港币", "港元"),
    "TWD": ("twd", "nt$", "ntd", "$", "新台币", "台币"),
    "MOP": ("mop", "mop$", "澳门元"),
    "SGD": ("sgd", "s$", "$", "新加坡元", "新币"),
}
"""How files write the name of a currency, in lower case; of others only their code."""


def fen(amount: str | int | Decimal) -> int:
    """Fen of an amount written in yuan, rounded half to even; raises ValueError for what is no number or not finite."""
    try:
        value = Decimal(amount) if not isinstance(amount, Decimal) else amount
    except InvalidOperation as error:
        raise ValueError(f"not an amount: {amount!r}") from error
    if not value.is_finite():
        raise ValueError(f"not an amount: {amount!r}")
    return int((value * 100).quantize(Decimal(1), rounding=ROUND_HALF_EVEN))


def half_up(amount_fen: int, parts: int) -> int:
    """`amount_fen` divided by `parts`, rounded to the fen, a half away from zero as the lake does it."""
    sign = -1 if amount_fen < 0 else 1
    return sign * ((2 * abs(amount_fen) + parts) // (2 * parts))


def yuan(amount_fen: int) -> str:
    """`12345` -> `123.45`, exact."""
    sign = "-" if amount_fen < 0 else ""
    whole, part = divmod(abs(amount_fen), 100)
    return f"{sign}{whole}.{part:02d}"


def money(amount_fen: int | None, currency: str) -> str:
    """`1234567` fen -> `¥12,345.67`, exact; other currencies by the signs a Chinese reader knows (`US$`). A dash for nothing."""
    if amount_fen is None:
        return NOTHING
    amount = Decimal(amount_fen).scaleb(-get_currency_precision(currency))
    return format_currency(amount, currency, locale="zh_CN").replace("\N{NO-BREAK SPACE}", " ")
