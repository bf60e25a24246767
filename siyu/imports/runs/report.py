"""What an import did: its counters."""

from decimal import Decimal
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, PlainSerializer, computed_field

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
    "cells_left_out": LocalizedText("略过的单元格", "Cells left out"),
    "identities_elsewhere": LocalizedText("已属于他人的身份", "Identities of somebody else"),
}
"""What the counters are called, in the order in which they are shown."""


def plain(value: Decimal) -> str:
    """`9747747.934000000` -> `9747747.934`."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


Yuan = Annotated[Decimal, PlainSerializer(plain, return_type=str)]
"""An exact amount; in JSON plain text without trailing zeros."""


class Tally(BaseModel):
    """What came in, of one chunk or of a whole import. Decimals are yuan as text, exact; `_fen` and counts are integers.

    Every row ends in exactly one of order_lines, refund_lines, rows_known, rows_new, rows_refused, rows_dropped.
    `cells_left_out` are single cells of rows that came in.
    """

    model_config = ConfigDict(frozen=True)

    rows_new: int = 0
    rows_known: int = 0
    rows_refused: int = 0
    rows_dropped: int = 0
    rows_held_back: int = 0
    cells_left_out: int = 0
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
    source_total: Yuan = Decimal(0)
    left_out_total: Yuan = Decimal(0)
    total_fen: int = 0

    def plus(self, other: "Tally") -> "Tally":
        """Both together."""
        return Tally(**{name: getattr(self, name) + getattr(other, name) for name in Tally.model_fields})

    @computed_field  # type: ignore[prop-decorator]
    @property
    def rounding_difference(self) -> Yuan:
        """What rounding each line to fen took away: source - left out - ours, in yuan."""
        return self.source_total - self.left_out_total - Decimal(self.total_fen) / FEN

    @computed_field  # type: ignore[prop-decorator]
    @property
    def changed(self) -> bool:
        """Whether anything new came in."""
        return bool(self.orders or self.refunds or self.members_created or self.rows_new or self.facts)

    def document(self) -> dict[str, Any]:
        """JSON of it, as it is stored and answered."""
        return self.model_dump(mode="json")


def tally(document: dict[str, Any]) -> Tally:
    """The counters of a stored document; an empty one is all zeros."""
    return Tally.model_validate(document)
