"""Cohorts by the week or month of the first order (or of joining), and who came back in each period after.

A period counts only when it is over, so that the newest cohort is never made to look worse than it is.
"""

from datetime import date, datetime

from siyu.insight.rules.compile import WINNERS, Query, bucket, facts, joined, literal
from siyu.insight.rules.metrics import ACTIVE_KINDS
from siyu.insight.rules.params import AS_OF, AUDIENCE, FROM, TO, Param
from siyu.insight.rules.period import EARLIEST, Grain, Window, buckets, floor, local_date, midnight, step
from siyu.insight.rules.shape import Answers, Asked, Asks, Chart, Column, ReportKind, Row, Series, Shaped, of_metric
from siyu.insight.rules.words import Both, both, day, number, percent, same

COHORTS_DEFAULT = 12
COHORTS_MAX = 120
GRAIN = Param(
    "grain",
    both("粒度", "Grain"),
    "choice",
    "week",
    (("week", both("按周", "By week")), ("month", both("按月", "By month"))),
)
BY = Param(
    "by",
    both("批次", "Cohorts by"),
    "choice",
    "first_order",
    (("first_order", both("首次下单", "First order")), ("joined", both("成为客户", "Joining"))),
)
BACK = Param(
    "back",
    both("怎样算回来", "What counts as back"),
    "choice",
    "order_paid",
    (("order_paid", both("再次下单", "An order")), ("active", both("任意主动行为", "Any activity of their own"))),
)
PERIODS = Param("periods", both("观察期数", "Periods"), "integer", "8", low=1, high=24)
MEASURE = Param(
    "measure",
    both("显示", "Show"),
    "choice",
    "rate",
    (("rate", both("留存率", "Share")), ("members", both("人数", "Members"))),
)


def cohorts_of(asked: Asked) -> list[date]:
    """The first days of the cohorts, oldest first: those that begin in [from, to), or the last twelve."""
    grain: Grain = asked.values["grain"]
    if asked.window.all_history:
        newest = floor(local_date(asked.window.ends, asked.zone), grain)
        if midnight(newest, asked.zone) >= asked.window.ends:
            newest = step(newest, grain, -1)
        return [step(newest, grain, -back) for back in range(COHORTS_DEFAULT - 1, -1, -1)]
    found = [at for at in buckets(asked.window, grain, asked.zone) if midnight(at, asked.zone) >= asked.window.begins]
    return found[-COHORTS_MAX:]


def ask(asked: Asked) -> Asks:
    """Rows (cohort, part, members): the size of a cohort has no part, else how many of it were seen in that period."""
    grain, cohorts = asked.values["grain"], cohorts_of(asked)
    if not cohorts:
        return {}
    span = Window(midnight(cohorts[0], asked.zone), asked.as_of)
    newest = min(midnight(step(cohorts[-1], grain, 1), asked.zone), asked.as_of)
    kinds = ACTIVE_KINDS if asked.values["back"] == "active" else ("order_paid",)
    part = bucket("occurred_at", grain, asked.zone, span)
    seen = facts(kinds, "f.occurred_at", span, asked.scope, members_only=True)
    sql = f"""
        WITH {WINNERS},
        seen AS (SELECT DISTINCT member_id, {part} AS part FROM ({seen}) AS s),
        cohorts AS ({_cohorts(asked, part, span, newest)})
        SELECT cohort, NULL AS part, count(*) AS members FROM cohorts GROUP BY cohort
        UNION ALL
        SELECT c.cohort, s.part, count(*) AS members
        FROM cohorts AS c JOIN seen AS s ON s.member_id = c.member_id AND s.part >= c.cohort
        GROUP BY c.cohort, s.part
        ORDER BY cohort, part NULLS FIRST"""
    return {"retention": Query(sql, {"workspace_id": asked.workspace_id})}


def _cohorts(asked: Asked, part: str, span: Window, newest: datetime) -> str:
    """(member_id, cohort) of those whose first order, or whose joining, is in [span.begins, newest).

    Somebody who ordered before the span is no newcomer of it: asking who of the few in it did is cheaper than finding the
    first order of everybody there ever was.
    """
    if asked.values["by"] == "joined":
        first = joined(newest, asked.scope)
        return f"SELECT member_id, {part} AS cohort FROM ({first}) AS j WHERE occurred_at >= {literal(span.begins)}"
    earlier = facts(("order_paid",), "f.occurred_at", Window(EARLIEST, span.begins), asked.scope, members_only=True)
    if asked.values["back"] == "order_paid":
        inside = "SELECT member_id, part FROM seen"
    else:
        orders = facts(("order_paid",), "f.occurred_at", Window(span.begins, newest), asked.scope, members_only=True)
        inside = f"SELECT member_id, {part} AS part FROM ({orders}) AS o"
    return (
        f"SELECT i.member_id, min(i.part) AS cohort FROM ({inside}) AS i ANTI JOIN ({earlier}) AS e "
        "ON e.member_id = i.member_id GROUP BY i.member_id"
    )


def shape(asked: Asked, answers: Answers) -> Shaped:
    """A row a cohort: its size, then a share (or a count) for each period that is over, else None."""
    grain, periods = asked.values["grain"], asked.values["periods"]
    rate = asked.values["measure"] == "rate"
    found = {(row["cohort"], row["part"]): row["members"] for row in answers.get("retention", ())}
    rows, shares = [], []
    for cohort in cohorts_of(asked):
        size = found.get((cohort, None), 0)
        counts = [
            found.get((cohort, step(cohort, grain, n)), 0) if _over(asked, step(cohort, grain, n + 1)) else None
            for n in range(periods + 1)
        ]
        shares.append([None if count is None or not size else count / size for count in counts])
        shown = shares[-1] if rate else counts
        rows.append({"cohort": day(cohort), "members": size} | {f"p{n}": value for n, value in enumerate(shown)})
    metric = "retention_rate" if rate else "retained_members"
    heads = [both(f"第 {n} {_unit(grain)['zh']}", f"{_unit(grain)['en']} {n}".capitalize()) for n in range(periods + 1)]
    columns = [
        Column("cohort", both("批次（起始日）", "Cohort (first day)"), "date"),
        of_metric("cohort_members", "members"),
        *(of_metric(metric, f"p{n}", head) for n, head in enumerate(heads)),
    ]
    series = [Series(same(row["cohort"]), [row[f"p{n}"] for n in range(periods + 1)], metric) for row in rows]
    chart = Chart("heatmap", "percent" if rate else "number", heads, both("之后", "After"), series) if rows else None
    return Shaped(answer(asked, rows, shares), columns, rows, chart)


def _unit(grain: Grain) -> Both:
    return both("周", "week") if grain == "week" else both("月", "month")


def _over(asked: Asked, ends: date) -> bool:
    return midnight(ends, asked.zone) <= asked.as_of


def answer(asked: Asked, rows: list[Row], shares: list[list[float | None]]) -> Both:
    """How many of all cohorts together came back in the first period after, among cohorts for which it is over."""
    of = [(row["members"], share[1]) for row, share in zip(rows, shares, strict=True) if share[1] is not None]
    size = sum(members for members, _ in of)
    unit = _unit(asked.values["grain"])
    if not size:
        return both(
            f"还没有满一{unit['zh']}的批次，暂时看不出留存。", f"No cohort has a full {unit['en']} behind it yet."
        )
    back = sum(members * (share or 0) for members, share in of)
    joined_by = both("成为客户", "joined") if asked.values["by"] == "joined" else both("首次下单", "first ordered")
    return both(
        f"{len(of)} 个批次、{number(size)} 位{joined_by['zh']}的客户中，{percent(back / size)} 在下一{unit['zh']}又回来了。",
        f"Of {number(size)} members who {joined_by['en']} in {len(of)} cohorts, {percent(back / size)} came back the {unit['en']} after.",
    )


KIND = ReportKind(
    "retention",
    both("买过的客户还回来吗？", "Do members come back?"),
    both(
        "按首次下单或成为客户的周、月分批，看之后各期的留存",
        "Cohorts by first order or joining, and who came back after",
    ),
    ask,
    shape,
    period=None,
    params=(GRAIN, BY, BACK, PERIODS, MEASURE, FROM, TO, AS_OF, AUDIENCE),
)
