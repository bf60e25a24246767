"""What an import did: its counters."""

from decimal import Decimal
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, PlainSerializer, computed_field

from siyu.kit.money import yuan
from siyu.kit.text import LocalizedText, joined

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
    "orders_left_out": LocalizedText("未付款或已取消、没有导入的订单", "Orders not paid or cancelled, left out"),
    "orders_cancelled": LocalizedText("已导入、后来取消的订单", "Orders here, cancelled since"),
    "rows_left_out": LocalizedText("其中的行", "Rows of orders that were left out"),
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


FEN_HALF = Decimal("0.005")


class Tally(BaseModel):
    """What came in, of one chunk or of a whole import. Decimals are yuan as text, exact; `_fen` and counts are integers.

    Every row ends in exactly one of order_lines, refund_lines, rows_known, rows_new, rows_refused, rows_dropped,
    rows_left_out.
    `cells_left_out` are single cells of rows that came in.
    """

    model_config = ConfigDict(frozen=True)

    rows_new: int = 0
    rows_known: int = 0
    rows_refused: int = 0
    rows_dropped: int = 0
    rows_held_back: int = 0
    rows_left_out: int = 0
    orders_left_out: int = 0
    orders_cancelled: int = 0
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
    refunded_fen: int = 0

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


def sentences(tally: Tally, came_in: LocalizedText, rows: int, duplicates: int) -> list[LocalizedText]:
    """What an import did, in words: what came in, what became of the `rows` of its file, and its money held against the file's."""
    counted = [
        LocalizedText(f"文件共 {rows:,} 行", f"The file has {rows:,} rows"),
        *_counted(tally.rows_refused, "{} 行未导入", "{} rows were refused"),
        *_counted(tally.rows_dropped, "{} 行重复，只留一行", "{} duplicate rows were left out"),
        *_counted(tally.cells_left_out, "略过 {} 个单元格", "{} cells were left out"),
        *_counted(duplicates, "{} 行与别的行完全相同", "{} rows equal another one in every column"),
    ]
    whole = joined(counted, "，", ", ")
    report = [came_in, LocalizedText(whole.zh + "。", whole.en + ".")]
    return [*report, _money(tally)] if tally.source_total else report


def _counted(count: int, zh: str, en: str) -> list[LocalizedText]:
    return [LocalizedText(zh.format(f"{count:,}"), en.format(f"{count:,}"))] if count else []


def _money(tally: Tally) -> LocalizedText:
    """The total of the file against what stands in the shop."""
    lines = tally.order_lines + tally.refund_lines + tally.rows_known
    agree = abs(tally.rounding_difference) <= FEN_HALF * max(lines, 1)
    figures = {
        "source": f"{Decimal(plain(tally.source_total)):,}",
        "ours": f"{Decimal(yuan(tally.total_fen)):,}",
        "out": f"{Decimal(plain(tally.left_out_total)):,}",
        "rounding": plain(tally.rounding_difference),
    }
    zh = "金额核对：文件合计 {source} 元 = 系统中 {ours} 元 + 未导入 {out} 元 + 取整差额 {rounding} 元"
    en = "Money: {source} in the file = {ours} in the shop + {out} left out + {rounding} of rounding"
    verdict = LocalizedText("，相符。", ": they agree.") if agree else LocalizedText("，请核对。", ": please check.")
    return LocalizedText(zh.format(**figures) + verdict.zh, en.format(**figures) + verdict.en)


def tally(document: dict[str, Any]) -> Tally:
    """The counters of a stored document; an empty one is all zeros."""
    return Tally.model_validate(document)
