"""Messages that were not sent, by the reason."""

from siyu.channels.messages.states import REASON_LABELS
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
from siyu.insight.rules.params import AS_OF, AUDIENCE, FROM, TO, period
from siyu.insight.sql.facts import measure
from siyu.kit.numbers import number, percent
from siyu.kit.text import LocalizedText, same

PART = "CASE WHEN name = 'message_withheld' THEN p_reason END"


def statements(request: ReportRequest) -> Statements:
    """Messages by reason."""
    return {"reasons": measure(PART, ("messages_withheld",), request.window, request.workspace_id, request.scope)}


def shape(request: ReportRequest, result_sets: ResultSets) -> ReportResult:
    """A row a reason, the most frequent first."""
    reasons = sorted(result_sets["reasons"], key=lambda row: (-row["messages_withheld"], row["part"]))
    total = sum(row["messages_withheld"] for row in reasons)
    rows: list[Row] = [
        {
            "reason_key": row["part"],
            "reason": _word(row["part"]),
            "messages_withheld": row["messages_withheld"],
            "share": row["messages_withheld"] / total,
        }
        for row in reasons
    ]
    columns = [
        ReportColumn("reason", LocalizedText("原因", "Reason"), "text"),
        of_metric("messages_withheld"),
        of_metric("share"),
    ]
    series = [Series(columns[1].label, [row["messages_withheld"] for row in rows], "messages_withheld")]
    chart = (
        Chart("hbar", "number", [row["reason"] for row in rows], LocalizedText("原因", "Reason"), series)
        if rows
        else None
    )
    return ReportResult(answer(rows, total), columns, rows, chart)


def _word(reason: str) -> LocalizedText:
    return REASON_LABELS.get(reason, same(reason))


def answer(rows: list[Row], total: int) -> LocalizedText:
    """How many, and why most of them."""
    if not rows:
        return LocalizedText("本期没有被拦下的消息。", "Nothing was withheld in this period.")
    most = rows[0]
    return LocalizedText(
        f"{number(total)} 条消息没有发送，最主要的原因是“{most['reason'].zh}”，占 {percent(most['share'])}。",
        f"{number(total)} messages were withheld; the main reason is “{most['reason'].en}”, {percent(most['share'])}.",
    )


REPORT = ReportKind(
    "withheld",
    LocalizedText("哪些消息没有发，为什么？", "What was not sent, and why?"),
    LocalizedText("按原因看未发送的消息", "Withheld messages by reason"),
    statements,
    shape,
    period="30d",
    params=(period("30d"), FROM, TO, AS_OF, AUDIENCE),
)
