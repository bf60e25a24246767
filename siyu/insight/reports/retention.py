"""Cohorts by the week or month of the first order (or of joining), and who came back in each period after.

A period counts only when it is over, so that the newest cohort is never made to look worse than it is.
"""

from datetime import date, datetime

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
from siyu.insight.rules.metric import report_metric
from siyu.insight.rules.metrics import ACTIVE_KINDS
from siyu.insight.rules.params import AS_OF, AUDIENCE, FROM, TO, Param
from siyu.insight.rules.period import EARLIEST, Grain, Interval, buckets, floor, step
from siyu.insight.rules.text import SHARE_MEMBERS_MIN, few_members_note
from siyu.insight.sql.facts import WINNERS, Statement, bucket, facts, first_joined, literal
from siyu.kit.numbers import number, percent
from siyu.kit.text import LocalizedText, same
from siyu.kit.time import iso_day, local_date, midnight

COHORT_MEMBERS = report_metric(
    "cohort_members",
    LocalizedText("批次人数", "Members of the cohort"),
    LocalizedText(
        "在该周或该月首次下单（或成为客户）的人数。",
        "Members whose first order (or whose joining) falls into that week or month.",
    ),
    "count",
)
RETENTION_RATE = report_metric(
    "retention_rate",
    LocalizedText("留存率", "Retention"),
    LocalizedText(
        "批次中在之后第 n 周（月）再次出现的客户占批次人数的比例；第 0 期是批次所在的周（月）。尚未过完的期不显示。",
        "Members of the cohort seen again in the n-th week (month) after, as a share of the cohort; period 0 is the cohort's own. Periods that are not over are left out.",
    ),
    "percent",
)
RETAINED_MEMBERS = report_metric(
    "retained_members",
    LocalizedText("留存人数", "Members retained"),
    LocalizedText(
        "批次中在之后第 n 周（月）再次出现的客户数。",
        "Members of the cohort seen again in the n-th week (month) after.",
    ),
    "count",
)

COHORTS_DEFAULT = 12
COHORTS_MAX = 120
GRAIN = Param(
    "grain",
    LocalizedText("粒度", "Grain"),
    "choice",
    "week",
    (("week", LocalizedText("按周", "By week")), ("month", LocalizedText("按月", "By month"))),
)
BY = Param(
    "by",
    LocalizedText("批次", "Cohorts by"),
    "choice",
    "first_order",
    (("first_order", LocalizedText("首次下单", "First order")), ("joined", LocalizedText("成为客户", "Joining"))),
)
BACK = Param(
    "back",
    LocalizedText("回访定义", "What counts as back"),
    "choice",
    "order_paid",
    (
        ("order_paid", LocalizedText("再次下单", "An order")),
        ("active", LocalizedText("任意主动行为", "Any activity of their own")),
    ),
)
PERIODS = Param("periods", LocalizedText("观察期数", "Periods"), "integer", "8", low=1, high=24)
MEASURE = Param(
    "measure",
    LocalizedText("显示", "Show"),
    "choice",
    "rate",
    (("rate", LocalizedText("留存率", "Share")), ("members", LocalizedText("人数", "Members"))),
)


def cohorts_of(request: ReportRequest) -> list[date]:
    """The first days of the cohorts, oldest first: those that begin in [from, to), or the last twelve."""
    grain: Grain = request.values["grain"]
    if request.window.all_history:
        newest = floor(local_date(request.window.ends, request.zone), grain)
        if midnight(newest, request.zone) >= request.window.ends:
            newest = step(newest, grain, -1)
        return [step(newest, grain, -back) for back in range(COHORTS_DEFAULT - 1, -1, -1)]
    first_days = [
        at for at in buckets(request.window, grain, request.zone) if midnight(at, request.zone) >= request.window.begins
    ]
    return first_days[-COHORTS_MAX:]


def statements(request: ReportRequest) -> Statements:
    """Rows (cohort, part, members): the size of a cohort has no part, else how many of it were seen in that period."""
    grain, cohorts = request.values["grain"], cohorts_of(request)
    if not cohorts:
        return {}
    span = Interval(midnight(cohorts[0], request.zone), request.as_of)
    newest = min(midnight(step(cohorts[-1], grain, 1), request.zone), request.as_of)
    kinds = ACTIVE_KINDS if request.values["back"] == "active" else ("order_paid",)
    part = bucket("occurred_at", grain, request.zone, span)
    seen = facts(kinds, "f.occurred_at", span, request.scope, members_only=True)
    sql = f"""
        WITH {WINNERS},
        seen AS (SELECT DISTINCT member_id, {part} AS part FROM ({seen}) AS s),
        cohorts AS ({_cohorts(request, part, span, newest)})
        SELECT cohort, NULL AS part, count(*) AS members FROM cohorts GROUP BY cohort
        UNION ALL
        SELECT c.cohort, s.part, count(*) AS members
        FROM cohorts AS c JOIN seen AS s ON s.member_id = c.member_id AND s.part >= c.cohort
        GROUP BY c.cohort, s.part
        ORDER BY cohort, part NULLS FIRST"""
    return {"retention": Statement(sql, {"workspace_id": request.workspace_id})}


def _cohorts(request: ReportRequest, part: str, span: Interval, newest: datetime) -> str:
    """(member_id, cohort) of those whose first order, or whose joining, is in [span.begins, newest).

    Somebody who ordered before the span is no newcomer of it: asking who of the few in it did is cheaper than finding the
    first order of everybody there ever was.
    """
    if request.values["by"] == "joined":
        first = first_joined(newest, request.scope)
        return f"SELECT member_id, {part} AS cohort FROM ({first}) AS j WHERE occurred_at >= {literal(span.begins)}"
    earlier = facts(("order_paid",), "f.occurred_at", Interval(EARLIEST, span.begins), request.scope, members_only=True)
    if request.values["back"] == "order_paid":
        inside = "SELECT member_id, part FROM seen"
    else:
        orders = facts(
            ("order_paid",), "f.occurred_at", Interval(span.begins, newest), request.scope, members_only=True
        )
        inside = f"SELECT member_id, {part} AS part FROM ({orders}) AS o"
    return (
        f"SELECT i.member_id, min(i.part) AS cohort FROM ({inside}) AS i ANTI JOIN ({earlier}) AS e "
        "ON e.member_id = i.member_id GROUP BY i.member_id"
    )


def shape(request: ReportRequest, result_sets: ResultSets) -> ReportResult:
    """A row a cohort: its size, then a share (or a count) for each period that is over, else None."""
    grain, periods = request.values["grain"], request.values["periods"]
    rate = request.values["measure"] == "rate"
    sizes = {(row["cohort"], row["part"]): row["members"] for row in result_sets.get("retention", ())}
    rows, shares = [], []
    for cohort in cohorts_of(request):
        size = sizes.get((cohort, None), 0)
        counts = [
            sizes.get((cohort, step(cohort, grain, n)), 0) if _over(request, step(cohort, grain, n + 1)) else None
            for n in range(periods + 1)
        ]
        shares.append([None if count is None or not size else count / size for count in counts])
        shown = [None] * len(counts) if rate and size < SHARE_MEMBERS_MIN else shares[-1] if rate else counts
        rows.append({"cohort": iso_day(cohort), "members": size} | {f"p{n}": value for n, value in enumerate(shown)})
    metric = RETENTION_RATE if rate else RETAINED_MEMBERS
    heads = [
        LocalizedText(f"第 {n} {_unit(grain).zh}", f"{_unit(grain).en} {n}".capitalize()) for n in range(periods + 1)
    ]
    columns = [
        ReportColumn("cohort", LocalizedText("批次（起始日）", "Cohort (first day)"), "date"),
        of_metric(COHORT_MEMBERS, "members"),
        *(of_metric(metric, f"p{n}", head) for n, head in enumerate(heads)),
    ]
    series = [Series(same(row["cohort"]), [row[f"p{n}"] for n in range(periods + 1)], metric.name) for row in rows]
    chart = (
        Chart("heatmap", "percent" if rate else "number", heads, LocalizedText("之后", "After"), series)
        if rows
        else None
    )
    notes = [few_members_note()] if rate else []
    return ReportResult(answer(request, rows, shares), columns, rows, chart, notes)


def _unit(grain: Grain) -> LocalizedText:
    return LocalizedText("周", "week") if grain == "week" else LocalizedText("月", "month")


def _over(request: ReportRequest, ends: date) -> bool:
    return midnight(ends, request.zone) <= request.as_of


def answer(request: ReportRequest, rows: list[Row], shares: list[list[float | None]]) -> LocalizedText:
    """How many of all cohorts together came back in the first period after, among cohorts for which it is over."""
    of = [(row["members"], share[1]) for row, share in zip(rows, shares, strict=True) if share[1] is not None]
    size = sum(members for members, _ in of)
    unit = _unit(request.values["grain"])
    if not size:
        return LocalizedText(
            f"还没有满一{unit.zh}的批次，暂时看不出留存。", f"No cohort has a full {unit.en} behind it yet."
        )
    if size < SHARE_MEMBERS_MIN:
        return LocalizedText(
            f"只有 {number(size)} 位客户的批次满一{unit.zh}，人数太少，不计算留存率。",
            f"Only {number(size)} members are in cohorts with a full {unit.en} behind them: too few for a share.",
        )
    back = sum(members * (share or 0) for members, share in of)
    joined_by = (
        LocalizedText("成为客户", "joined")
        if request.values["by"] == "joined"
        else LocalizedText("首次下单", "first ordered")
    )
    return LocalizedText(
        f"{len(of)} 个批次、{number(size)} 位{joined_by.zh}的客户中，{percent(back / size)} 在下一{unit.zh}又回来了。",
        f"Of {number(size)} members who {joined_by.en} in {len(of)} cohorts, {percent(back / size)} came back the {unit.en} after.",
    )


REPORT = ReportKind(
    "retention",
    LocalizedText("买过的客户还回来吗？", "Do members come back?"),
    LocalizedText(
        "按首次下单或成为客户的周、月分批，看之后各期的留存",
        "Cohorts by first order or joining, and who came back after",
    ),
    statements,
    shape,
    period=None,
    params=(GRAIN, BY, BACK, PERIODS, MEASURE, FROM, TO, AS_OF, AUDIENCE),
    metrics=(
        COHORT_MEMBERS,
        RETENTION_RATE,
        RETAINED_MEMBERS,
    ),
)
