"""Messages by day, channel or source, and what became of them."""

from siyu.channels.catalogue import CHANNEL_LABELS
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
from siyu.insight.rules.period import buckets
from siyu.insight.sql.facts import bucket, measure
from siyu.kit.numbers import number, percent
from siyu.kit.text import LocalizedText, same
from siyu.kit.time import iso_day

SHOWN = (
    *("messages_sent", "messages_delivered", "delivery_rate", "messages_withheld", "messages_failed"),
    *("messages_in_doubt", "messaged_members"),
)
DRAWN = ("messages_delivered", "messages_withheld", "messages_failed", "messages_in_doubt")
BYS: tuple[tuple[str, LocalizedText], ...] = (
    ("day", LocalizedText("按日", "By day")),
    ("channel", LocalizedText("按渠道", "By channel")),
    ("source", LocalizedText("按来源", "By source")),
)
BY = Param("by", LocalizedText("看法", "Show by"), "choice", "day", BYS)
HEADS = {
    "day": LocalizedText("日期", "Day"),
    "channel": LocalizedText("渠道", "Channel"),
    "source": LocalizedText("来源", "Source"),
}


def statements(request: ReportRequest) -> Statements:
    """The measures by what was asked for, and for the whole period."""
    by = request.values["by"]
    part = bucket("occurred_at", "day", request.zone, request.window) if by == "day" else f"p_{by}"
    return {
        "parts": measure(part, SHOWN, request.window, request.workspace_id, request.scope),
        "whole": measure("'all'", SHOWN, request.window, request.workspace_id, request.scope),
    }


def shape(request: ReportRequest, result_sets: ResultSets) -> ReportResult:
    """A row a day (empty ones included), channel or source."""
    by = request.values["by"]
    by_part = {row["part"]: row for row in result_sets["parts"]}
    parts = sorted(by_part)
    if by == "day" and not request.window.all_history:
        parts = buckets(request.window, "day", request.zone)
    zero: Row = {name: None if METRICS[name].over == "ratio" else 0 for name in SHOWN}
    rows = [
        {by: iso_day(part) if by == "day" else _name(request, by, part)}
        | {n: by_part.get(part, zero)[n] for n in SHOWN}
        for part in parts
    ]
    columns = [ReportColumn(by, HEADS[by], "date" if by == "day" else "text"), *(of_metric(name) for name in SHOWN)]
    series = [Series(METRICS[name].label, [row[name] for row in rows], name) for name in DRAWN]
    x = [same(row[by]) if by == "day" else row[by] for row in rows]
    chart = Chart("stacked", "number", x, HEADS[by], series) if rows else None
    return ReportResult(answer(result_sets["whole"][0] if result_sets["whole"] else zero), columns, rows, chart)


def _name(request: ReportRequest, by: str, part: str) -> LocalizedText:
    return (CHANNEL_LABELS if by == "channel" else request.sources).get(part, same(part))


def answer(whole: Row) -> LocalizedText:
    """Sent, delivered, withheld, and what needs a person."""
    tried = whole["messages_sent"] + whole["messages_withheld"]
    if not tried and not whole["messages_failed"]:
        return LocalizedText("本期没有计划发送的消息。", "No messages were planned in this period.")
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
        return LocalizedText(f"{zh}，{number(doubt)} 条待核实。", f"{en}, {number(doubt)} in doubt.")
    return LocalizedText(f"{zh}。", f"{en}.")


REPORT = ReportKind(
    "messages",
    LocalizedText("触达效果怎么样？", "What became of the messages?"),
    LocalizedText("发送、送达、未发送、失败与待核实", "Sent, delivered, withheld, failed and in doubt"),
    statements,
    shape,
    period="30d",
    params=(BY, period("30d"), FROM, TO, AS_OF, AUDIENCE),
)
