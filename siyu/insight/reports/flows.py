"""Winning, waking, keeping, converting members of a period, against the one before. Fission waits for its facts."""

from siyu.insight.rules.compile import WINNERS, Query, facts, joined, literal, names
from siyu.insight.rules.metrics import ACTIVE_KINDS, METRICS
from siyu.insight.rules.params import AS_OF, AUDIENCE, COMPARE, FROM, TO, period
from siyu.insight.rules.period import Window, before
from siyu.insight.rules.report import (
    Chart,
    Column,
    ReportKind,
    ReportRequest,
    ReportResult,
    ResultSets,
    Row,
    Series,
    Statements,
)
from siyu.insight.rules.text import change
from siyu.kit.numbers import number, percent
from siyu.kit.text import LocalizedText

FLOWS: tuple[tuple[str, LocalizedText, str | None], ...] = (
    ("acquisition", LocalizedText("拉新", "Acquisition"), "new_members"),
    ("activity", LocalizedText("促活", "Activity"), "active_members"),
    ("retention", LocalizedText("留存", "Retention"), "kept_members"),
    ("conversion", LocalizedText("转化", "Conversion"), "buyers"),
    ("fission", LocalizedText("裂变", "Fission"), None),
)


def statements(request: ReportRequest) -> Statements:
    """One row: how many members were in each flow, in this period and the one before."""
    spans = [request.window]
    while len(spans) < 3:
        earlier = before(spans[-1], request.zone)
        if earlier is None:
            break
        spans.append(earlier)
    span = Window(spans[-1].begins, request.window.ends)
    source = facts({*ACTIVE_KINDS, "order_paid"}, "f.name, f.occurred_at", span, request.scope, members_only=True)
    flags = []
    for n, one in enumerate(spans):
        inside = f"occurred_at >= {literal(one.begins)} AND occurred_at < {literal(one.ends)}"
        flags.append(f"max(CASE WHEN {inside} AND name IN ({names(ACTIVE_KINDS)}) THEN 1 ELSE 0 END) AS active_{n}")
        flags.append(f"max(CASE WHEN {inside} AND name = 'order_paid' THEN 1 ELSE 0 END) AS bought_{n}")
    figures, created = [], []
    for n, one in enumerate(spans):
        figures.append(f"coalesce(sum(active_{n}), 0) AS active_members_{n}")
        figures.append(f"coalesce(sum(bought_{n}), 0) AS buyers_{n}")
        kept = f"coalesce(sum(active_{n} * active_{n + 1}), 0)" if n + 1 < len(spans) else "NULL"
        figures.append(f"{kept} AS kept_members_{n}")
        inside = f"occurred_at >= {literal(one.begins)} AND occurred_at < {literal(one.ends)}"
        created.append(f"count(*) FILTER (WHERE {inside}) AS new_members_{n}")
    sql = f"""
        WITH {WINNERS},
        of_member AS (SELECT member_id, {", ".join(flags)} FROM ({source}) AS s GROUP BY member_id),
        did AS (SELECT {", ".join(figures)} FROM of_member),
        came AS (SELECT {", ".join(created)} FROM ({joined(request.window.ends, request.scope)}) AS j)
        SELECT did.*, came.* FROM did CROSS JOIN came"""
    return {"flows": Query(sql, {"workspace_id": request.workspace_id})}


def shape(request: ReportRequest, result_sets: ResultSets) -> ReportResult:
    """A row a flow; fission has no figures while no facts are recorded of it."""
    found = result_sets["flows"][0]
    compares = request.previous is not None
    rows: list[Row] = []
    for key, name, metric in FLOWS:
        now = found.get(f"{metric}_0") if metric else None
        then = found.get(f"{metric}_1") if metric and compares else None
        rows.append(
            {
                "flow_key": key,
                "flow": name,
                "measure": METRICS[metric].label if metric else LocalizedText("暂无记录", "No facts yet"),
                "metric": metric,
                "members": None if now is None else int(now),
                "previous": None if then is None else int(then),
                "change": change(now, then),
            }
        )
    columns = [
        Column("flow", LocalizedText("环节", "Flow"), "text"),
        Column("measure", LocalizedText("指标", "Measure"), "text"),
        Column("members", LocalizedText("本期", "This period"), "count"),
        Column("previous", LocalizedText("上期", "The period before"), "count"),
        Column("change", LocalizedText("变化", "Change"), "percent"),
    ]
    drawn = [row for row in rows if row["metric"]]
    series = [Series(LocalizedText("本期", "This period"), [row["members"] for row in drawn])]
    if compares:
        series.append(Series(LocalizedText("上期", "The period before"), [row["previous"] for row in drawn]))
    chart = Chart("bar", "number", [row["flow"] for row in drawn], LocalizedText("环节", "Flow"), series)
    used = [METRICS[row["metric"]] for row in drawn]
    notes = [LocalizedText(f"{m.label.zh}：{m.definition.zh}", f"{m.label.en}: {m.definition.en}") for m in used]
    notes.append(
        LocalizedText(
            "裂变需要邀请关系的记录，目前还没有。", "Fission needs facts of who brought whom; there are none yet."
        )
    )
    return ReportResult(answer(rows), columns, rows, chart, notes)


def answer(rows: list[Row]) -> LocalizedText:
    """The figures in one line, and which fell most."""
    by = {row["flow_key"]: row for row in rows}
    figures = {key: number(by[key]["members"]) for key in ("acquisition", "activity", "retention", "conversion")}
    zh = f"本期新增 {figures['acquisition']} 位，活跃 {figures['activity']} 位，下单 {figures['conversion']} 位"
    en = f"{figures['acquisition']} new, {figures['activity']} active, {figures['conversion']} bought"
    if by["retention"]["members"] is not None:
        zh, en = (
            f"{zh}，上期活跃的客户中 {figures['retention']} 位留了下来",
            f"{en}, {figures['retention']} kept from the period before",
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
)
