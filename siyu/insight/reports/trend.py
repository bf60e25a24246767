"""Figures by day, week or month of the brand's calendar.

The chart ends with the last day (week, month) that is over: one that has only begun would look like a drop. The rows have it.
"""

from collections.abc import Sequence
from datetime import date

from siyu.insight.rules.compile import WINNERS, Query, bucket, joined, measure
from siyu.insight.rules.metrics import METRICS
from siyu.insight.rules.params import AS_OF, AUDIENCE, FROM, TO, Param, period
from siyu.insight.rules.period import Grain, Window, buckets, fitting_grain, midnight, step
from siyu.insight.rules.shape import Answers, Asked, Asks, Chart, Column, ReportKind, Row, Series, Shaped, of_metric
from siyu.insight.rules.words import Both, both, day, money, number, same

SHOWN = (
    *("new_members", "active_members", "orders", "sales_fen", "refunded_fen", "buyers", "campaign_members"),
    *("redemptions", "messages_sent", "messages_delivered", "messages_withheld", "opt_outs"),
)
GRAINS: tuple[tuple[str, Both], ...] = (
    ("auto", both("自动", "Automatic")),
    ("day", both("按日", "By day")),
    ("week", both("按周", "By week")),
    ("month", both("按月", "By month")),
)
GRAIN = Param("grain", both("粒度", "Grain"), "choice", "auto", GRAINS)
GRAIN_WORDS: dict[Grain, Both] = {"day": both("日", "day"), "week": both("周", "week"), "month": both("月", "month")}


def grain_of(asked: Asked) -> Grain:
    """The grain asked for, or the one that fits the period; months for all of history."""
    chosen: Grain | str = asked.values.get("grain") or "auto"
    if chosen in ("day", "week", "month"):
        return chosen
    if asked.window.all_history:
        return "month"
    return fitting_grain(asked.window)


def ask(asked: Asked) -> Asks:
    """One pass, and who were members before the period began."""
    part = bucket("occurred_at", grain_of(asked), asked.zone, asked.window)
    before = f"SELECT count(*) AS members FROM ({joined(asked.window.begins, asked.scope)}) AS j"
    return {
        "trend": measure(part, SHOWN, asked.window, asked.workspace_id, asked.scope),
        "trend_before": Query(f"WITH {WINNERS} {before}", {"workspace_id": asked.workspace_id}),
    }


def shape(asked: Asked, answers: Answers) -> Shaped:
    """A row a bucket, empty ones included; `members` is how many there were at its end."""
    grain = grain_of(asked)
    found = {row["part"]: row for row in answers["trend"]}
    days = _days(asked, grain, found)
    members = int(answers["trend_before"][0]["members"])
    rows: list[Row] = []
    for at in days:
        row = {name: found[at][name] if at in found else 0 for name in SHOWN}
        members += row["new_members"]
        rows.append({"date": day(at), "members": members} | row)
    columns = [
        Column("date", GRAIN_WORDS[grain], "date"),
        of_metric("members"),
        *(of_metric(name) for name in SHOWN),
    ]
    begun = unfinished(asked, grain, days)
    names = ("orders", "active_members", "new_members")
    drawn = rows[:-1] if begun else rows
    series = [Series(both(METRICS[name].zh, METRICS[name].en), [row[name] for row in drawn], name) for name in names]
    chart = Chart("line", "number", [same(row["date"]) for row in drawn], GRAIN_WORDS[grain], series) if rows else None
    return Shaped(answer(asked, grain, rows), columns, rows, chart, [_left_out(grain, begun)] if begun else [])


def unfinished(asked: Asked, grain: Grain, days: Sequence[date]) -> date | None:
    """The last of `days` (first days of buckets) if it is not over where the window ends, and is not the only one."""
    if len(days) < 2 or midnight(step(days[-1], grain, 1), asked.zone) <= asked.window.ends:
        return None
    return days[-1]


def _left_out(grain: Grain, begun: date) -> Both:
    word = GRAIN_WORDS[grain]
    return both(
        f"图中不画尚未结束的一{word['zh']}（{day(begun)} 起）；合计与表格仍包含它。",
        f"The chart leaves out the {word['en']} that is not over (from {day(begun)}); totals and rows include it.",
    )


def _days(asked: Asked, grain: Grain, found: dict[date, Row]) -> list[date]:
    """Every bucket of the window; of all history, from the first with a fact."""
    if not asked.window.all_history:
        return buckets(asked.window, grain, asked.zone)
    if not found:
        return []
    every = buckets(Window(asked.window.begins, asked.window.ends), grain, asked.zone)
    return [at for at in every if at >= min(found)]


def answer(asked: Asked, grain: Grain, rows: list[Row]) -> Both:
    """The best bucket by sales."""
    best = max(rows, key=lambda row: row["sales_fen"], default=None)
    if best is None or not best["orders"]:
        return both("本期没有订单。", "No orders in this period.")
    word = GRAIN_WORDS[grain]
    sales = money(best["sales_fen"], asked.currency)
    mean = money(round(sum(row["sales_fen"] for row in rows) / len(rows)), asked.currency)
    return both(
        f"销售额最高的一{word['zh']}是 {best['date']}：{number(best['orders'])} 单、{sales}；每{word['zh']}平均 {mean}。",
        f"The best {word['en']} was {best['date']}: {number(best['orders'])} orders and {sales}; {mean} an average {word['en']}.",
    )


KIND = ReportKind(
    "trend",
    both("每天的走势如何？", "How does it go day by day?"),
    both("按日、周、月看客户、订单与触达", "Members, orders and messages by day, week or month"),
    ask,
    shape,
    period="30d",
    params=(period("30d"), FROM, TO, AS_OF, GRAIN, AUDIENCE),
)
