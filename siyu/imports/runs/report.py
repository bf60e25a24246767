"""What an import did: its counters."""

from dataclasses import asdict, dataclass, fields
from decimal import Decimal
from typing import Any

from siyu.kit.text import LocalizedText

FEN = Decimal(100)
COUNTERS: dict[str, LocalizedText] = {
    "members_created": LocalizedText("新建客户", "New members"),
    "members_known": LocalizedText("已有客户", "Known members"),
    "orders": LocalizedText("订单", "Orders"),
    "order_lines": LocalizedText("订单行", "Order lines"),
    "refunds": LocalizedText("退款单", "Refunds"),
    "refund_lines": LocalizedText("退款行", "Refund lines"),
    "lines_without_member": LocalizedText("没有客户的行", "Lines without a customer"),
    "corrections": LocalizedText("更正单", "Corrections"),
    "documents_known": LocalizedText("已存在的单据", "Documents already here"),
    "documents_different": LocalizedText("内容不同的单据", "Documents with other content"),
    "facts": LocalizedText("新增事件", "New events"),
    "rows_new": LocalizedText("新增行", "New rows"),
    "rows_known": LocalizedText("已存在的行", "Rows already here"),
    "rows_dropped": LocalizedText("去重的行", "Duplicate rows left out"),
    "identities_elsewhere": LocalizedText("已属于他人的身份", "Identities of somebody else"),
}
"""What the counters are called, in the order in which they are shown."""


@dataclass(frozen=True)
class Tally:
    """Counters of one chunk, or of a whole import. Amounts of the file are exact decimals in yuan, ours are fen.

    Every row ends in exactly one of order_lines, refund_lines, rows_known, rows_new, rows_refused, rows_dropped.
    """

    rows_new: int = 0
    rows_known: int = 0
    rows_refused: int = 0
    rows_dropped: int = 0
    rows_held_back: int = 0
    order_lines: int = 0
    refund_lines: int = 0
    lines_without_member: int = 0
    orders: int = 0
    refunds: int = 0
    corrections: int = 0
    documents_known: int = 0
    documents_different: int = 0
    members_created: int = 0
    members_known: int = 0
    identities_elsewhere: int = 0
    facts: int = 0
    source_total: Decimal = Decimal(0)
    left_out_total: Decimal = Decimal(0)
    total_fen: int = 0

    def plus(self, other: "Tally") -> "Tally":
        """Both together."""
        return Tally(**{f.name: getattr(self, f.name) + getattr(other, f.name) for f in fields(self)})

    @property
    def rounding_difference(self) -> Decimal:
        """What rounding each line to fen took away: source - left out - ours, in yuan."""
        return self.source_total - self.left_out_total - Decimal(self.total_fen) / FEN

    @property
    def changed(self) -> bool:
        """Whether anything new came in."""
        return bool(self.orders or self.refunds or self.members_created or self.rows_new or self.facts)

    def document(self) -> dict[str, Any]:
        """JSON of it; decimals as plain text without trailing zeros."""
        values = {k: plain(v) if isinstance(v, Decimal) else v for k, v in asdict(self).items()}
        return {**values, "rounding_difference": plain(self.rounding_difference), "changed": self.changed}


def plain(value: Decimal) -> str:
    """`9747747.934000000` -> `9747747.934`."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def tally(document: dict[str, Any]) -> Tally:
    """The counters of a stored document; an empty one is all zeros."""
    known = {f.name for f in fields(Tally)}
    read: dict[str, Any] = {k: Decimal(v) if isinstance(v, str) else v for k, v in document.items() if k in known}
    return Tally(**read)
