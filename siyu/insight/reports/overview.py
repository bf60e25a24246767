"""Totals of a period and of the one before; the chart shows the days."""

from siyu.insight.report import (
    ReportColumn,
    ReportKind,
    ReportRequest,
    ReportResult,
    ResultSets,
    Row,
    Statements,
    of_metric,
)
from siyu.insight.reports import trend
from siyu.insight.rules.metrics import METRICS
from siyu.insight.rules.params import AS_OF, AUDIENCE, COMPARE, FROM, TO, period
from siyu.insight.rules.period import Interval, iso
from siyu.insight.rules.text import change, compared
from siyu.insight.sql.facts import WINNERS, Statement, first_joined, literal, measure
from siyu.kit.money import money
from siyu.kit.numbers import number
from siyu.kit.text import LocalizedText

TOTALS = (
    *("members", "new_members", "active_members", "orders", "order_lines", "sales_fen", "refunds", "refunded_fen"),
    *("net_sales_fen", "average_order_fen", "buyers", "repeat_buyers", "repurchase_rate", "campaigns"),
    *("campaign_members", "redemptions", "redeemers", "messages_sent", "messages_delivered", "delivery_rate"),
    *("messages_withheld", "messages_failed", "messages_in_doubt", "messaged_members", "opt_outs", "friends_added"),
    *("friends_lost", "journey_entries", "journey_members", "goal_members"),
)
MEASURED = tuple(name for name in TOTALS if name != "members")
NAMES: dict[str, LocalizedText] = {
    "current": LocalizedText("本期", "This period"),
    "previous": LocalizedText("上期", "The period before"),
    "change": LocalizedText("变化", "Change"),
}


def windows_of(request: ReportRequest) -> dict[str, Interval]:
    """The windows that are measured, by part."""
    return {"current": request.window} | ({"previous": request.previous} if request.previous else {})


def statements(request: ReportRequest) -> Statements:
    """One pass over both windows, the members at the end of each, and the days."""
    windows = windows_of(request)
    arms = " ".join(
        f"WHEN occurred_at >= {literal(w.begins)} AND occurred_at < {literal(w.ends)} THEN '{part}'"
        for part, w in windows.items()
    )
    span = Interval(min(w.begins for w in windows.values()), request.window.ends)
    counts = ", ".join(
        f"count(*) FILTER (WHERE occurred_at < {literal(w.ends)}) AS {part}" for part, w in windows.items()
    )
    members = f"WITH {WINNERS} SELECT {counts} FROM ({first_joined(request.window.ends, request.scope)}) AS j"
    return {
        "totals": measure(f"CASE {arms} END", MEASURED, span, request.workspace_id, request.scope),
        "members": Statement(members, {"workspace_id": request.workspace_id}),
    } | trend.statements(request)


def totals(request: ReportRequest, result_sets: ResultSets) -> dict[str, Row]:
    """Every figure by part (current, previous); counts are 0 and shares None where nothing happened."""
    by_part = {row["part"]: row for row in result_sets["totals"]}
    zero = {name: None if METRICS[name].over == "ratio" else 0 for name in MEASURED} | {"net_sales_fen": 0}
    return {
        part: {"members": result_sets["members"][0][part]}
        | {name: by_part.get(part, zero).get(name, zero[name]) for name in MEASURED}
        for part in windows_of(request)
    }


def shape(request: ReportRequest, result_sets: ResultSets) -> ReportResult:
    """Rows: this period, the one before, and the change as a share of the one before."""
    by_part = totals(request, result_sets)
    rows: list[Row] = []
    for part, window in windows_of(request).items():
        begins = None if window.all_history else iso(window.begins)
        rows.append({"part": part, "period": NAMES[part], "from": begins, "to": iso(window.ends)} | by_part[part])
    if "previous" in by_part:
        changes = {name: change(by_part["current"][name], by_part["previous"][name]) for name in TOTALS}
        rows.append({"part": "change", "period": NAMES["change"], "from": None, "to": None} | changes)
    columns = [
        ReportColumn("period", LocalizedText("期间", "Period"), "text"),
        ReportColumn("from", LocalizedText("开始（含）", "From (included)"), "moment"),
        ReportColumn("to", LocalizedText("结束（不含）", "To (not included)"), "moment"),
        *(of_metric(name) for name in TOTALS),
    ]
    drawn = trend.shape(request, result_sets)
    return ReportResult(answer(request, by_part), columns, rows, drawn.chart, drawn.notes)


def answer(request: ReportRequest, by_part: dict[str, Row]) -> LocalizedText:
    """Sales, orders and buyers in one sentence, against the period before."""
    now = by_part["current"]
    if not now["members"] and not now["orders"]:
        return LocalizedText("还没有数据：先导入客户和订单。", "There is nothing yet: import members and orders first.")
    if not now["orders"]:
        return LocalizedText(
            f"{number(now['members'])} 位客户，本期没有订单。",
            f"{number(now['members'])} members, and no orders in this period.",
        )
    sales, orders, buyers = money(now["sales_fen"], request.currency), number(now["orders"]), number(now["buyers"])
    zh, en = f"本期 {orders} 单、销售额 {sales}", f"{orders} orders and {sales} of sales"
    if request.previous:
        against = compared(now["sales_fen"], by_part["previous"]["sales_fen"])
        zh, en = f"{zh}，{against.zh}", f"{en}, {against.en}"
    return LocalizedText(
        f"{zh}；下单客户 {buyers} 位，其中 {number(now['repeat_buyers'])} 位买了两次及以上。",
        f"{en}; {buyers} members bought, {number(now['repeat_buyers'])} of them twice or more.",
    )


REPORT = ReportKind(
    "overview",
    LocalizedText("生意和客户怎么样？", "How are the business and its members doing?"),
    LocalizedText(
        "一段时间内的客户、订单、活动与触达，与上期对比",
        "Members, orders, campaigns and messages of a period, against the one before",
    ),
    statements,
    shape,
    period="30d",
    compares=True,
    params=(period("30d"), FROM, TO, AS_OF, COMPARE, AUDIENCE),
)
