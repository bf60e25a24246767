"""Messages by day, channel or source, and what became of them."""

from siyu.audience.rules.vocabulary import CHANNELS
from siyu.insight.rules.compile import bucket, measure
from siyu.insight.rules.metrics import METRICS
from siyu.insight.rules.params import AS_OF, AUDIENCE, FROM, TO, Param, period
from siyu.insight.rules.period import buckets
from siyu.insight.rules.shape import Answers, Asked, Asks, Chart, Column, ReportKind, Row, Series, Shaped, of_metric
from siyu.insight.rules.words import Both, both, day, number, percent, same

SHOWN = (
    *("messages_sent", "messages_delivered", "delivery_rate", "messages_withheld", "messages_failed"),
    *("messages_in_doubt", "messaged_members"),
)
DRAWN = ("messages_delivered", "messages_withheld", "messages_failed", "messages_in_doubt")
BYS: tuple[tuple[str, Both], ...] = (
    ("day", both("按日", "By day")),
    ("channel", both("按渠道", "By channel")),
    ("source", both("按来源", "By source")),
)
BY = Param("by", both("看法", "Show by"), "choice", "day", BYS)
HEADS = {"day": both("日期", "Day"), "channel": both("渠道", "Channel"), "source": both("来源", "Source")}


def ask(asked: Asked) -> Asks:
    """The measures by what was asked for, and for the whole period."""
    by = asked.values["by"]
    part = bucket("occurred_at", "day", asked.zone, asked.window) if by == "day" else f"p_{by}"
    return {
        "parts": measure(part, SHOWN, asked.window, asked.workspace_id, asked.scope),
        "whole": measure("'all'", SHOWN, asked.window, asked.workspace_id, asked.scope),
    }


def shape(asked: Asked, answers: Answers) -> Shaped:
    """A row a day (empty ones included), channel or source."""
    by = asked.values["by"]
    found = {row["part"]: row for row in answers["parts"]}
    parts = sorted(found)
    if by == "day" and not asked.window.all_history:
        parts = buckets(asked.window, "day", asked.zone)
    zero: Row = {name: None if METRICS[name].over == "ratio" else 0 for name in SHOWN}
    rows = [
        {by: day(part) if by == "day" else _name(by, part)} | {n: found.get(part, zero)[n] for n in SHOWN}
        for part in parts
    ]
    columns = [Column(by, HEADS[by], "date" if by == "day" else "text"), *(of_metric(name) for name in SHOWN)]
    series = [Series(both(METRICS[name].zh, METRICS[name].en), [row[name] for row in rows], name) for name in DRAWN]
    x = [same(row[by]) if by == "day" else row[by] for row in rows]
    chart = Chart("stacked", "number", x, HEADS[by], series) if rows else None
    return Shaped(answer(answers["whole"][0] if answers["whole"] else zero), columns, rows, chart)


def _name(by: str, part: str) -> Both:
    if by == "channel" and part in CHANNELS:
        return both(CHANNELS[part][0], CHANNELS[part][1])
    return same(part)


def answer(whole: Row) -> Both:
    """Sent, delivered, withheld, and what needs a person."""
    tried = whole["messages_sent"] + whole["messages_withheld"]
    if not tried and not whole["messages_failed"]:
        return both("本期没有计划发送的消息。", "No messages were planned in this period.")
    zh = (
        f"发出 {number(whole['messages_sent'])} 条，送达率 {percent(whole['delivery_rate'])}；"
        f"{number(whole['messages_withheld'])} 条按规则没有发送"
    )
    en = (
        f"{number(whole['messages_sent'])} sent, {percent(whole['delivery_rate'])} of them delivered; "
        f"{number(whole['messages_withheld'])} withheld by the rules"
    )
    doubt = whole["messages_in_doubt"]
    if doubt:
        return both(f"{zh}，{number(doubt)} 条待核实。", f"{en}, {number(doubt)} in doubt.")
    return both(f"{zh}。", f"{en}.")


KIND = ReportKind(
    "messages",
    both("触达效果怎么样？", "What became of the messages?"),
    both("发送、送达、未发送、失败与待核实", "Sent, delivered, withheld, failed and in doubt"),
    ask,
    shape,
    period="30d",
    params=(BY, period("30d"), FROM, TO, AS_OF, AUDIENCE),
)
