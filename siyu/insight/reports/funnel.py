"""Steps in order, within a window after the first.

Where a member has one start that is as good as any (the first step happens once, or there is no window), each step is the
earliest that follows the one before. Else a row a member and instant carries the latest start from which a chain of steps
leads to it; each further step takes the running maximum of the step before. The latest start is the best one: whatever it
cannot reach, no earlier one can.
"""

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
from siyu.insight.rules import funnel_steps
from siyu.insight.rules.metric import report_metric
from siyu.insight.rules.params import AS_OF, AUDIENCE, FROM, TO, Param, period
from siyu.insight.rules.period import Interval
from siyu.insight.sql.facts import WINNERS, Statement, facts, first_joined, literal, names
from siyu.kit.numbers import number, percent
from siyu.kit.text import LocalizedText

FUNNEL_MEMBERS = report_metric(
    "funnel_members",
    LocalizedText("到达人数", "Members at this step"),
    LocalizedText(
        "按顺序走完到这一步为止各步的客户数；第一步在统计期内，其余各步在转化窗口之内（不含窗口终点）。同一件事不会算作两步。",
        "Members who went through all steps up to this one in order: the first within the period, the others within the window after it (its end not included). One fact never counts as two steps.",
    ),
    "count",
)
STEP_RATE = report_metric(
    "step_rate",
    LocalizedText("上一步转化率", "Of the step before"),
    LocalizedText("这一步的人数 ÷ 上一步的人数。", "Members at this step divided by those at the step before."),
    "percent",
)
FUNNEL_RATE = report_metric(
    "funnel_rate",
    LocalizedText("总转化率", "Of the first step"),
    LocalizedText("这一步的人数 ÷ 第一步的人数。", "Members at this step divided by those at the first."),
    "percent",
)

STEPS = Param("steps", LocalizedText("步骤", "Steps"), "steps", funnel_steps.DEFAULT)
WITHIN = Param(
    "within_days",
    LocalizedText("转化窗口（天，0 为不限）", "Window, days (0: none)"),
    "integer",
    "365",
    low=0,
    high=3_660,
)
CREATED = "member_created"


def statements(request: ReportRequest) -> Statements:
    """One row: how many members reached each step."""
    steps = funnel_steps.read(request.values["steps"])
    once = steps[0].kinds == {CREATED} or not request.values["within_days"]
    sql = _from_one_start(request, steps) if once else _from_any_start(request, steps)
    return {"funnel": Statement(sql, {"workspace_id": request.workspace_id})}


def _from_one_start(request: ReportRequest, steps: list[funnel_steps.FunnelStep]) -> str:
    """The earliest start, then the earliest next, step by step.

    A last step of the same facts as the one before needs no pass of its own: among the facts that can be the one before,
    the latest is after the earliest, or there is no second.
    """
    within = request.values["within_days"]
    first, began = f"({_events(request, steps[0].kinds)}) AS e", f"occurred_at < {literal(request.window.ends)}"
    # becoming a member happens once: there is nothing to group
    alone = steps[0].kinds == {CREATED}
    moment, grouped = ("occurred_at", "") if alone else ("min(occurred_at)", " GROUP BY member_id")
    tables = [
        f"reached_1 AS (SELECT member_id, {moment} AS started, {moment} AS moment FROM {first} WHERE {began}{grouped})"
    ]
    counts = ["count(*) AS step_1 FROM reached_1"]
    twice = len(steps) > 2 and steps[-1].kinds == steps[-2].kinds
    joins = steps[1:-1] if twice else steps[1:]
    for n, step in enumerate(joins, start=2):
        after = f"e.occurred_at {'>' if step.strictly_after else '>='} r.moment"
        if within:
            after += f" AND e.occurred_at < r.started + INTERVAL '{within}' DAY"
        # the start is one a member, so the least of it is it: a second grouping column would cost as much as the first
        tables.append(
            f"reached_{n} AS (SELECT r.member_id, min(r.started) AS started, min(e.occurred_at) AS moment, "
            f"max(e.occurred_at) AS latest FROM reached_{n - 1} AS r "
            f"JOIN ({_events(request, step.kinds)}) AS e ON e.member_id = r.member_id AND {after} GROUP BY r.member_id)"
        )
        counts.append(f"count(*) AS step_{n} FROM reached_{n}")
    if twice:
        counts[-1] = (
            f"count(*) AS step_{len(steps) - 1}, count(CASE WHEN latest > moment THEN 1 END) AS step_{len(steps)} "
            f"FROM reached_{len(steps) - 1}"
        )
    counted = [f"(SELECT {count}) AS c{n}" for n, count in enumerate(counts, start=1)]
    return f"WITH {WINNERS}, {', '.join(tables)} SELECT * FROM {' CROSS JOIN '.join(counted)}"


def _from_any_start(request: ReportRequest, steps: list[funnel_steps.FunnelStep]) -> str:
    """The latest start that leads to each instant, step by step."""
    within = request.values["within_days"]
    kinds = frozenset().union(*(step.kinds for step in steps))
    chains = [_first(request)]
    for n, step in enumerate(steps[1:], start=2):
        frame = "1 PRECEDING" if step.strictly_after else "CURRENT ROW"
        best = (
            f"max(start_{n - 1}) OVER (PARTITION BY member_id ORDER BY occurred_at "
            f"ROWS BETWEEN UNBOUNDED PRECEDING AND {frame})"
        )
        chains.append(f"candidates_{n} AS (SELECT *, {best} AS candidate_{n} FROM chain_{n - 1})")
        valid = f"is_{n} = 1 AND occurred_at < candidate_{n} + INTERVAL '{within}' DAY"
        chains.append(
            f"chain_{n} AS (SELECT *, CASE WHEN {valid} THEN candidate_{n} END AS start_{n} FROM candidates_{n})"
        )
    last = len(steps)
    reached = ", ".join(f"max(CASE WHEN start_{n} IS NOT NULL THEN 1 ELSE 0 END) AS at_{n}" for n in range(1, last + 1))
    counted = ", ".join(f"coalesce(sum(at_{n}), 0) AS step_{n}" for n in range(1, last + 1))
    return f"""
        WITH {WINNERS},
        events AS ({_events(request, kinds)}),
        instants AS ({_instants(steps)}),
        {", ".join(chains)},
        reached AS (SELECT member_id, {reached} FROM chain_{last} GROUP BY member_id)
        SELECT {counted} FROM reached"""


def _events(request: ReportRequest, kinds: frozenset[str]) -> str:
    """The facts that can be a step; becoming a member happens once, whatever was merged."""
    span = Interval(request.window.begins, request.as_of)
    parts = []
    if kinds - {CREATED}:
        parts.append(facts(kinds - {CREATED}, "f.name, f.occurred_at", span, request.scope, members_only=True))
    if CREATED in kinds:
        parts.append(
            f"SELECT member_id, '{CREATED}' AS name, occurred_at FROM ({first_joined(request.as_of, request.scope)}) AS j "
            f"WHERE occurred_at >= {literal(span.begins)}"
        )
    return " UNION ALL ".join(parts)


def _instants(steps: list[funnel_steps.FunnelStep]) -> str:
    """A row a member and instant, with which steps it can be."""
    flags = ", ".join(
        f"max(CASE WHEN name IN ({names(step.kinds)}) THEN 1 ELSE 0 END) AS is_{n}"
        for n, step in enumerate(steps, start=1)
    )
    return f"SELECT member_id, occurred_at, {flags} FROM events GROUP BY member_id, occurred_at"


def _first(request: ReportRequest) -> str:
    ends = literal(request.window.ends)
    return (
        f"chain_1 AS (SELECT *, CASE WHEN is_1 = 1 AND occurred_at < {ends} THEN occurred_at END AS start_1 "
        "FROM instants)"
    )


def shape(request: ReportRequest, result_sets: ResultSets) -> ReportResult:
    """A row a step."""
    steps = funnel_steps.read(request.values["steps"])
    counts = [int(result_sets["funnel"][0][f"step_{n}"]) for n in range(1, len(steps) + 1)]
    rows: list[Row] = []
    for index, (step, count) in enumerate(zip(steps, counts, strict=True)):
        before = counts[index - 1] if index else count
        rows.append(
            {
                "number": index + 1,
                "step": step.label,
                "facts": sorted(step.kinds),
                "members": count,
                "step_rate": count / before if before else None,
                "funnel_rate": count / counts[0] if counts[0] else None,
            }
        )
    columns = [
        ReportColumn("step", LocalizedText("步骤", "Step"), "text"),
        of_metric(FUNNEL_MEMBERS, "members"),
        of_metric(STEP_RATE),
        of_metric(FUNNEL_RATE),
    ]
    name = FUNNEL_MEMBERS.label
    chart = Chart(
        "funnel",
        "number",
        [step.label for step in steps],
        LocalizedText("步骤", "Step"),
        [Series(name, list(counts), FUNNEL_MEMBERS.name)],
    )
    return ReportResult(answer(rows), columns, rows, chart)


def answer(rows: list[Row]) -> LocalizedText:
    """How many got through, and where most were lost."""
    first, last = rows[0], rows[-1]
    if not first["members"]:
        return LocalizedText(
            f"统计期内没有客户走到第一步“{first['step'].zh}”。",
            f"Nobody reached the first step, “{first['step'].en}”, within the period.",
        )
    worst = min(rows[1:], key=lambda row: 1.0 if row["step_rate"] is None else row["step_rate"])
    before = rows[worst["number"] - 2]
    counted, through = number(first["members"]), number(last["members"])
    return LocalizedText(
        f"{counted} 位客户中有 {through} 位（{percent(last['funnel_rate'])}）走完全部 {len(rows)} 步；"
        f"流失最多的是“{before['step'].zh}”到“{worst['step'].zh}”，只有 {percent(worst['step_rate'])} 走到。",
        f"{through} of {counted} members ({percent(last['funnel_rate'])}) went through all {len(rows)} steps; "
        f"most were lost from “{before['step'].en}” to “{worst['step'].en}”, which {percent(worst['step_rate'])} reached.",
    )


REPORT = ReportKind(
    "funnel",
    LocalizedText("客户卡在哪一步？", "Where do members get stuck?"),
    LocalizedText("按顺序走过几个步骤的客户数", "How many members go through steps in order"),
    statements,
    shape,
    period="all",
    params=(STEPS, WITHIN, period("all"), FROM, TO, AS_OF, AUDIENCE),
    metrics=(
        FUNNEL_MEMBERS,
        STEP_RATE,
        FUNNEL_RATE,
    ),
)
