"""Messages that were not sent, by the reason."""

from siyu.channels.rules.reasons import REASONS
from siyu.insight.rules.compile import measure
from siyu.insight.rules.params import AS_OF, AUDIENCE, FROM, TO, period
from siyu.insight.rules.shape import Answers, Asked, Asks, Chart, Column, ReportKind, Row, Series, Shaped, of_metric
from siyu.insight.rules.words import Both, both, number, percent, same

PART = "CASE WHEN name = 'message_withheld' THEN p_reason END"


def ask(asked: Asked) -> Asks:
    """Messages by reason."""
    return {"reasons": measure(PART, ("messages_withheld",), asked.window, asked.workspace_id, asked.scope)}


def shape(asked: Asked, answers: Answers) -> Shaped:
    """A row a reason, the most frequent first."""
    found = sorted(answers["reasons"], key=lambda row: (-row["messages_withheld"], row["part"]))
    total = sum(row["messages_withheld"] for row in found)
    rows: list[Row] = [
        {
            "reason_key": row["part"],
            "reason": _word(row["part"]),
            "messages_withheld": row["messages_withheld"],
            "share": row["messages_withheld"] / total,
        }
        for row in found
    ]
    columns = [
        Column("reason", both("原因", "Reason"), "text"),
        of_metric("messages_withheld"),
        of_metric("share"),
    ]
    series = [Series(columns[1].label, [row["messages_withheld"] for row in rows], "messages_withheld")]
    chart = Chart("hbar", "number", [row["reason"] for row in rows], both("原因", "Reason"), series) if rows else None
    return Shaped(answer(rows, total), columns, rows, chart)


def _word(reason: str) -> Both:
    known = REASONS.get(reason)
    return both(known.zh, known.en) if known else same(reason)


def answer(rows: list[Row], total: int) -> Both:
    """How many, and why most of them."""
    if not rows:
        return both("本期没有被拦下的消息。", "Nothing was withheld in this period.")
    most = rows[0]
    return both(
        f"{number(total)} 条消息没有发送，最主要的原因是“{most['reason']['zh']}”，占 {percent(most['share'])}。",
        f"{number(total)} messages were withheld; the main reason is “{most['reason']['en']}”, {percent(most['share'])}.",
    )


KIND = ReportKind(
    "withheld",
    both("哪些消息没有发，为什么？", "What was not sent, and why?"),
    both("按原因看未发送的消息", "Withheld messages by reason"),
    ask,
    shape,
    period="30d",
    params=(period("30d"), FROM, TO, AS_OF, AUDIENCE),
)
