"""Where files of orders differ, and what a shop may choose then."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict
from pydantic import Field as Bounded

from siyu.imports.kind import RuleLabel, Rules
from siyu.imports.mapping.document import Text
from siyu.imports.runs.customers import UNKNOWN_MEMBERS
from siyu.kit.text import LocalizedText

YES_NO = {"no": LocalizedText("否", "No"), "yes": LocalizedText("是", "Yes")}


class RefundRule(BaseModel):
    """Which documents are refunds: by the start of their number, or by a column's words."""

    model_config = ConfigDict(extra="forbid")

    prefix: Text | None = None
    column: Text | None = None
    values: list[Text] = Bounded([], max_length=100)


class OrderRules(Rules):
    """Refunds, unpaid orders, equal lines, unknown customers, and orders with a line that cannot be read.

    `statuses` says what the shop's own words of a state mean, where they are not those that everybody knows.
    """

    refund: Annotated[
        RefundRule | None,
        RuleLabel(
            LocalizedText("退款单号的开头", "Refund numbers begin with"),
            hint=LocalizedText(
                "例如 C 开头的单号是退款。留空表示没有。", "For example C. Leave empty if there are none."
            ),
            path="prefix",
        ),
    ] = None
    statuses: dict[Text, Literal["paid", "left_out", "refunded"]] = Bounded({}, max_length=200)
    no_time: Annotated[
        Literal["refuse", "left_out"],
        RuleLabel(
            LocalizedText("没有支付时间的订单", "Orders without a time of payment"),
            {
                "refuse": LocalizedText("不导入，并列为错误", "Refuse them as faults"),
                "left_out": LocalizedText("还没有付款：不导入", "Nobody paid them: leave them out"),
            },
        ),
    ] = "refuse"
    cancelled: Annotated[
        Literal["name", "refund"],
        RuleLabel(
            LocalizedText("已导入、后来取消的订单", "Orders that are here and were cancelled since"),
            {
                "name": LocalizedText("列出来，不改动", "Name them, change nothing"),
                "refund": LocalizedText("记为全额退款", "Record that all was given back"),
            },
            LocalizedText("原来的销售保留，退款记在订单的时间。", "The sale stays; the refund bears the order's time."),
            field="status",
        ),
    ] = "name"
    number_date: Annotated[
        Literal["no", "yes"],
        RuleLabel(
            LocalizedText("时间为空时，用单号开头的日期", "Without a time, take the date at the start of the number"),
            YES_NO,
            LocalizedText("例如 260517-6071… 是 2026 年 5 月 17 日。", "260517-6071… is 17 May 2026."),
        ),
    ] = "no"
    total_after_refund: Annotated[
        Literal["no", "yes"],
        RuleLabel(
            LocalizedText("订单总额已扣除退款", "The order total has refunds taken off"),
            YES_NO,
            LocalizedText(
                "选“是”时，销售额 = 订单总额 + 退款金额。", "If so, what was sold is the total and the refund together."
            ),
            field="refunded",
        ),
    ] = "no"
    duplicates: Annotated[
        Literal["keep", "drop"],
        RuleLabel(
            LocalizedText("完全相同的行", "Lines equal in every column"),
            {"keep": LocalizedText("都保留", "Keep all"), "drop": LocalizedText("只留一行", "Keep one")},
            LocalizedText("无论怎么选，都会在结果中报告数量。", "Their number is reported either way."),
        ),
    ] = "keep"
    unknown_members: Annotated[Literal["create", "refuse"], UNKNOWN_MEMBERS] = "create"
    incomplete: Annotated[
        Literal["refuse", "keep"],
        RuleLabel(
            LocalizedText("订单里有读不了的行", "An order with a line that cannot be read"),
            {
                "refuse": LocalizedText("整单不导入", "Refuse the order"),
                "keep": LocalizedText("只跳过那一行", "Leave out that line"),
            },
        ),
    ] = "refuse"
