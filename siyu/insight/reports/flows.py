"""Winning, waking, keeping, converting members of a period, against the one before. Fission waits for its facts."""

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
    metric_note,
)
from siyu.insight.rules.health import AREA_LABELS
from siyu.insight.rules.metric import Metric, report_metric
from siyu.insight.rules.metrics import ACTIVE_KINDS, METRICS
from siyu.insight.rules.params import AS_OF, AUDIENCE, COMPARE, FROM, TO, period
from siyu.insight.rules.period import Interval, before
from siyu.insight.rules.text import change
from siyu.insight.sql.facts import WINNERS, Statement, facts, first_joined, literal, names
from siyu.kit.numbers import number, percent
from siyu.kit.text import LocalizedText

KEPT_MEMBERS = report_metric(
    "kept_members",
    LocalizedText("留存客户", "Members kept"),
    LocalizedText(
        "上期活跃、本期仍然活跃的客户数。", "Members active in the period before who were active again in this one."
    ),
    "count",
)

FLOWS: dict[str, Metric | None] = {
    "acquisition": METRICS["new_members"],
    "activity": METRICS["active_members"],
    "retention": KEPT_MEMBERS,
    "conversion": METRICS["buyers"],
    "fission": None,
}
"""The five flows, each with the metric it is told by; None: no facts are recorded of it."""


def statements(request: ReportRequest) -> Statements:
    """One row: how many members were in each flow, in this period and the one before."""
    spans = [request.window]
    while len(spans) < 3:
        earlier = before(spans[-1], request.zone)
        if earlier is None:
            break
        spans.append(earlier)
    whole = Interval(spans[-1].begins, request.window.ends)
    source = facts({*ACTIVE_KINDS, "order_paid"}, "f.name, f.occurred_at", whole, request.scope, members_only=True)
    flags = []
    for n, span in enumerate(spans):
        inside = f"occurred_at >= {literal(span.begins)} AND occurred_at < {literal(span.ends)}"
        flags.append(f"max(CASE WHEN {inside} AND name IN ({names(ACTIVE_KINDS)}) THEN 1 ELSE 0 END) AS active_{n}")
        flags.append(f"max(CASE WHEN {inside} AND name = 'order_paid' THEN 1 ELSE 0 END) AS bought_{n}")
    totals, created = [], []
    for n, span in enumerate(spans):
        totals.append(f"coalesce(sum(active_{n}), 0) AS active_members_{n}")
        totals.append(f"coalesce(sum(bought_{n}), 0) AS buyers_{n}")
        kept = f"coalesce(sum(active_{n} * active_{n + 1}), 0)" if n + 1 < len(spans) else "NULL"
        totals.append(f"{kept} AS kept_members_{n}")
        inside = f"occurred_at >= {literal(span.begins)} AND occurred_at < {literal(span.ends)}"
        created.append(f"count(*) FILTER (WHERE {inside}) AS new_members_{n}")
    sql = f"""
        WITH {WINNERS},
        of_member AS (SELECT member_id, {", ".join(flags)} FROM ({source}) AS s GROUP BY member_id),
        did AS (SELECT {", ".join(totals)} FROM of_member),
        came AS (SELECT {", ".join(created)} FROM ({first_joined(request.window.ends, request.scope)}) AS j)
        SELECT did.*, came.* FROM did CROSS JOIN came"""
    return {"flows": Statement(sql, {"workspace_id": request.workspace_id})}


def shape(request: ReportRequest, result_sets: ResultSets) -> ReportResult:
    """A row a flow; fission has no figures while no facts are recorded of it."""
    counts = result_sets["flows"][0]
    compares = request.previous is not None
    rows: list[Row] = []
    for key, metric in FLOWS.items():
        now = counts.get(f"{metric.name}_0") if metric else None
        then = counts.get(f"{metric.name}_1") if metric and compares else None
        rows.append(
            {
                "flow_key": key,
                "flow": AREA_LABELS[key],
                "measure": metric.label if metric else LocalizedText("暂无记录", "No facts yet"),
                "metric": metric.name if metric else None,
                "members": None if now is None else int(now),
                "previous": None if then is None else int(then),
                "change": change(now, then),
            }
        )
    columns = [
        ReportColumn("flow", LocalizedText("环节", "Flow"), "text"),
        ReportColumn("measure", LocalizedText("指标", "Measure"), "text"),
        ReportColumn("members", LocalizedText("本期", "This period"), "count"),
        ReportColumn("previous", LocalizedText("上期", "The period before"), "count"),
        ReportColumn("change", LocalizedText("变化", "Change"), "percent"),
    ]
    drawn = [row for row in rows if row["metric"]]
    series = [Series(LocalizedText("本期", "This period"), [row["members"] for row in drawn])]
    if compares:
        series.append(Series(LocalizedText("上期", "The period before"), [row["previous"] for row in drawn]))
    chart = Chart("bar", "number", [row["flow"] for row in drawn], LocalizedText("环节", "Flow"), series)
    notes = [metric_note(metric) for metric in FLOWS.values() if metric]
    notes.append(
        LocalizedText(
            "裂变需要邀请关系的记录，目前还没有。", "Fission needs facts of who brought whom; there are none yet."
        )
    )
    return ReportResult(answer(rows), columns, rows, chart, notes)


def answer(rows: list[Row]) -> LocalizedText:
    """The figures in one line, and which fell most."""
    by = {row["flow_key"]: row for row in rows}
    counts = {key: number(by[key]["members"]) for key in ("acquisition", "activity", "retention", "conversion")}
    zh = f"本期新增 {counts['acquisition']} 位，活跃 {counts['activity']} 位，下单 {counts['conversion']} 位"
    en = f"{counts['acquisition']} new, {counts['activity']} active, {counts['conversion']} bought"
    if by["retention"]["members"] is not None:
        zh, en = (
            f"{zh}，上期活跃的客户中 {counts['retention']} 位留了下来",
            f"{en}, {counts['retention']} kept from the period before",
        )
    fallen = [row for row in rows if row["change"] is not None and row["change"] < 0]
    if not fallen:
        return LocalizedText(f"{zh}。", f"{en}.")
    worst = min(fallen, key=lambda row: row["change"])
    size = percent(abs(worst["change"]))
    return LocalizedText(
        f"{zh}；“{worst['flow'].zh}”下降最多，比上期少 {size}。",
        f"{en}; {worst['flow'].en.lower()} fell most, by {size}.",
    )


REPORT = ReportKind(
    "flows",
    LocalizedText("拉新、促活、留存、转化，哪一环最弱？", "Which flow is weakest?"),
    LocalizedText("五个环节的客户数，与上期对比", "Members in the five flows, against the period before"),
    statements,
    shape,
    period="30d",
    compares=True,
    params=(period("30d"), FROM, TO, AS_OF, COMPARE, AUDIENCE),
    metrics=(KEPT_MEMBERS,),
)
