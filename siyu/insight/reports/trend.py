"""Figures by day, week or month of the brand's calendar.

The chart ends with the last day (week, month) that is over: one that has only begun would look like a drop. The rows have it.
"""

from collections.abc import Sequence
from datetime import date

from siyu.insight.report import (
    Chart,
    ReportColumn,
    ReportKind,
    ReportRequest,
    ReportResult,
    ResultSets,
    Row,
    Series,
    Statements,
    of_metric,
)
from siyu.insight.rules.metrics import METRICS
from siyu.insight.rules.params import AS_OF, AUDIENCE, FROM, TO, Param, period
from siyu.insight.rules.period import Grain, Interval, buckets, fitting_grain, step
from siyu.insight.sql.facts import WINNERS, Statement, bucket, first_joined, measure
from siyu.kit.money import half_up, money
from siyu.kit.numbers import number
from siyu.kit.text import LocalizedText, same
from siyu.kit.time import iso_day, midnight

SHOWN = (
    *("new_members", "active_members", "orders", "sales_fen", "refunded_fen", "buyers", "campaign_members"),
    *("redemptions", "messages_sent", "messages_delivered", "messages_withheld", "opt_outs"),
)
GRAINS: tuple[tuple[str, LocalizedText], ...] = (
    ("auto", LocalizedText("自动", "Automatic")),
    ("day", LocalizedText("按日", "By day")),
    ("week", LocalizedText("按周", "By week")),
    ("month", LocalizedText("按月", "By month")),
)
GRAIN = Param("grain", LocalizedText("粒度", "Grain"), "choice", "auto", GRAINS)
GRAIN_WORDS: dict[Grain, LocalizedText] = {
    "day": LocalizedText("日", "day"),
    "week": LocalizedText("周", "week"),
    "month": LocalizedText("月", "month"),
}


def grain_of(request: ReportRequest) -> Grain:
    """The grain asked for, or the one that fits the period; months for all of history."""
    chosen: Grain | str = request.values.get("grain") or "auto"
    if chosen in ("day", "week", "month"):
        return chosen
    if request.window.all_history:
        return "month"
    return fitting_grain(request.window)


def statements(request: ReportRequest) -> Statements:
    """One pass, and who were members before the period began."""
    part = bucket("occurred_at", grain_of(request), request.zone, request.window)
    before = f"SELECT count(*) AS members FROM ({first_joined(request.window.begins, request.scope)}) AS j"
    return {
        "trend": measure(part, SHOWN, request.window, request.workspace_id, request.scope),
        "trend_before": Statement(f"WITH {WINNERS} {before}", {"workspace_id": request.workspace_id}),
    }


def shape(request: ReportRequest, result_sets: ResultSets) -> ReportResult:
    """A row a bucket, empty ones included; `members` is how many there were at its end."""
    grain = grain_of(request)
    by_day = {row["part"]: row for row in result_sets["trend"]}
    days = _days(request, grain, by_day)
    members = int(result_sets["trend_before"][0]["members"])
    rows: list[Row] = []
    for at in days:
        row = {name: by_day[at][name] if at in by_day else 0 for name in SHOWN}
        members += row["new_members"]
        rows.append({"date": iso_day(at), "members": members} | row)
    columns = [
        ReportColumn("date", GRAIN_WORDS[grain], "date"),
        of_metric("members"),
        *(of_metric(name) for name in SHOWN),
    ]
    begun = unfinished(request, grain, days)
    names = ("orders", "active_members", "new_members")
    drawn = rows[:-1] if begun else rows
    series = [Series(METRICS[name].label, [row[name] for row in drawn], name) for name in names]
    chart = Chart("line", "number", [same(row["date"]) for row in drawn], GRAIN_WORDS[grain], series) if rows else None
    return ReportResult(answer(request, grain, rows), columns, rows, chart, [_left_out(grain, begun)] if begun else [])


def unfinished(request: ReportRequest, grain: Grain, days: Sequence[date]) -> date | None:
    """The last of `days` (first days of buckets) if it is not over where the window ends, and is not the only one."""
    if len(days) < 2 or midnight(step(days[-1], grain, 1), request.zone) <= request.window.ends:
        return None
    return days[-1]


def _left_out(grain: Grain, begun: date) -> LocalizedText:
    word = GRAIN_WORDS[grain]
    return LocalizedText(
        f"图中不画尚未结束的一{word.zh}（{iso_day(begun)} 起）；合计与表格仍包含它。",
        f"The chart leaves out the {word.en} that is not over (from {iso_day(begun)}); totals and rows include it.",
    )


def _days(request: ReportRequest, grain: Grain, by_day: dict[date, Row]) -> list[date]:
    """Every bucket of the window; of all history, from the first with a fact."""
    if not request.window.all_history:
        return buckets(request.window, grain, request.zone)
    if not by_day:
        return []
    every = buckets(Interval(request.window.begins, request.window.ends), grain, request.zone)
    return [at for at in every if at >= min(by_day)]


def answer(request: ReportRequest, grain: Grain, rows: list[Row]) -> LocalizedText:
    """The best bucket by sales."""
    best = max(rows, key=lambda row: row["sales_fen"], default=None)
    if best is None or not best["orders"]:
        return LocalizedText("本期没有订单。", "No orders in this period.")
    word = GRAIN_WORDS[grain]
    sales = money(best["sales_fen"], request.currency)
    mean = money(half_up(sum(row["sales_fen"] for row in rows), len(rows)), request.currency)
    return LocalizedText(
        f"销售额最高的一{word.zh}是 {best['date']}：{number(best['orders'])} 单、{sales}；每{word.zh}平均 {mean}。",
        f"The best {word.en} was {best['date']}: {number(best['orders'])} orders and {sales}; {mean} an average {word.en}.",
    )


REPORT = ReportKind(
    "trend",
    LocalizedText("每天的走势如何？", "How does it go day by day?"),
    LocalizedText("按日、周、月看客户、订单与触达", "Members, orders and messages by day, week or month"),
    statements,
    shape,
    period="30d",
    params=(period("30d"), FROM, TO, AS_OF, GRAIN, AUDIENCE),
)
