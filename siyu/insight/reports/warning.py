"""Regulars who are late by their own measure: not gone yet, but away for several times as long as they usually are.

A visit is a day of the brand's calendar with an order: two receipts of one afternoon say nothing of how often somebody comes.
"""

import itertools
from collections.abc import Sequence
from datetime import timedelta

from siyu.audience.language.lifecycle import ORDER, SILENT_AFTER
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
from siyu.insight.rules.params import AS_OF, AUDIENCE, Param
from siyu.insight.rules.period import Interval
from siyu.insight.sql.facts import WINNERS, Statement, bucket, facts, literal
from siyu.kit.money import money
from siyu.kit.numbers import number
from siyu.kit.text import LocalizedText
from siyu.kit.time import iso_day, local_date

LATE_DAYS = report_metric(
    "late_days",
    LocalizedText("已有多少天没来", "Days away"),
    LocalizedText(
        "最近一个下单日到统计时刻的天数。", "Days from the last day with an order to the moment of the report."
    ),
    "days",
)
USUAL_DAYS = report_metric(
    "usual_days",
    LocalizedText("平常间隔", "Usual interval"),
    LocalizedText(
        "近 365 天相邻两个下单日之间天数的中位数（偶数个时取较小的一个）；同一天的多笔订单算一次。",
        "The median of the days between one day with orders and the next within 365 days (the lesser one of two); orders of one day are one visit.",
    ),
    "days",
)
LATE_TIMES = report_metric(
    "late_times",
    LocalizedText("平常间隔的倍数", "Times the usual interval"),
    LocalizedText("已有多少天没来 ÷ 平常间隔。", "Days away divided by the usual interval."),
    "ratio",
)
VISIT_DAYS = report_metric(
    "visit_days",
    LocalizedText("下单天数", "Days with orders"),
    LocalizedText("近 365 天下过单的天数。", "Days with an order within 365 days."),
    "count",
)

WITHIN = timedelta(days=365)
VISITS_MIN = 4
"""Three intervals are the least that have something usual about them."""
LISTED_MOST = 200
TIMES = Param("times", LocalizedText("超过平常间隔的几倍", "Times the usual interval"), "integer", "2", low=2, high=10)
STEPS = (1, 2, 4)
"""The chart parts the late by how far they are beyond what was asked for: so many times that."""


def statements(request: ReportRequest) -> Statements:
    """Rows of the late, those who spent most first, each with how many there are of all and by lateness."""
    span = Interval(request.as_of - WITHIN, request.as_of)
    orders = facts((ORDER,), "f.occurred_at, f.amount", span, request.scope, members_only=True)
    part = bucket("occurred_at", "day", request.zone, span)
    times = request.values["times"]
    late = "date_diff('day', v.last_day, CAST($today AS DATE))"
    steps = ", ".join(
        f"sum(CASE WHEN late_days > usual_days * {times * step} THEN 1 ELSE 0 END) OVER () AS beyond_{step}"
        for step in STEPS
    )
    sql = f"""
        WITH {WINNERS},
        days AS (
            SELECT member_id, {part} AS day, sum(amount) AS spent, max(occurred_at) AS last_at
            FROM ({orders}) AS s GROUP BY member_id, {part}),
        visitors AS (
            SELECT member_id, count(*) AS visits, sum(spent) AS spent, max(day) AS last_day
            FROM days GROUP BY member_id
            HAVING count(*) >= {VISITS_MIN} AND max(last_at) >= {literal(request.as_of - SILENT_AFTER)}),
        gaps AS (
            SELECT d.member_id,
                date_diff('day', lag(d.day) OVER (PARTITION BY d.member_id ORDER BY d.day), d.day) AS gap
            FROM days AS d JOIN visitors AS v ON v.member_id = d.member_id),
        placed AS (
            SELECT member_id, gap, row_number() OVER (PARTITION BY member_id ORDER BY gap) AS place
            FROM gaps WHERE gap IS NOT NULL),
        late AS (
            SELECT v.member_id, v.visits, CAST(coalesce(v.spent, 0) AS BIGINT) AS spent, v.last_day,
                g.gap AS usual_days, {late} AS late_days
            FROM visitors AS v JOIN placed AS g
                ON g.member_id = v.member_id AND (g.place * 2 = v.visits OR g.place * 2 = v.visits - 1)
            WHERE {late} > g.gap * {times})
        SELECT late.*, count(*) OVER () AS members, sum(spent) OVER () AS spent_by_all, {steps}
        FROM late ORDER BY spent DESC, member_id LIMIT {LISTED_MOST}"""
    return {
        "late": Statement(sql, {"workspace_id": request.workspace_id, "today": local_date(request.as_of, request.zone)})
    }


def shape(request: ReportRequest, result_sets: ResultSets) -> ReportResult:
    """A row a member, those worth most first; the chart counts all of the late."""
    late = result_sets["late"]
    rows: list[Row] = [
        {
            "member": row["member_id"],
            "last_day": iso_day(row["last_day"]),
            "late_days": int(row["late_days"]),
            "usual_days": int(row["usual_days"]),
            "times": row["late_days"] / row["usual_days"],
            "visits": int(row["visits"]),
            "spent_fen": int(row["spent"]),
        }
        for row in late
    ]
    columns = [
        ReportColumn("member", LocalizedText("客户", "Member"), "member"),
        of_metric(LATE_DAYS),
        of_metric(USUAL_DAYS),
        of_metric(LATE_TIMES, "times"),
        ReportColumn("last_day", LocalizedText("最近到店日", "Last visit"), "date"),
        of_metric(VISIT_DAYS, "visits"),
        of_metric("sales_fen", "spent_fen", LocalizedText("近一年消费", "Spent in a year")),
    ]
    return ReportResult(answer(request, late), columns, rows, _chart(request, late), _notes(request, len(late)))


def _chart(request: ReportRequest, rows: Sequence[Row]) -> Chart | None:
    if not rows:
        return None
    counts = [int(rows[0][f"beyond_{step}"]) for step in STEPS]
    counts = [count - after for count, after in zip(counts, [*counts[1:], 0], strict=True)]
    times = request.values["times"]
    bounds = [times * step for step in STEPS]
    x = [LocalizedText(f"{low} 至 {high} 倍", f"{low} to {high} times") for low, high in itertools.pairwise(bounds)]
    x.append(LocalizedText(f"{bounds[-1]} 倍以上", f"More than {bounds[-1]} times"))
    series = [Series(LocalizedText("客户数", "Members"), list(counts))]
    return Chart("bar", "number", x, LocalizedText("平常间隔的倍数", "Times the usual interval"), series)


def _notes(request: ReportRequest, listed: int) -> list[LocalizedText]:
    notes = [
        LocalizedText(
            f"只看近 {WITHIN.days} 天里至少有 {VISITS_MIN} 天下过单、且还没有沉默（{SILENT_AFTER.days} 天内下过单）的客户。平常间隔是相邻两次下单日之间天数的中位数，偶数个时取较小的一个。",
            f"Members with orders on at least {VISITS_MIN} days within {WITHIN.days}, who are not silent yet (an order within {SILENT_AFTER.days} days). The usual interval is the median of the days between one visit and the next, the lesser one of two.",
        ),
        LocalizedText(
            "可以给名单中的客户打标签、加入旅程，或用标签把现在的名单存为人群。",
            "Tag those listed, add them to a journey, or keep the list of now as an audience by a tag.",
        ),
    ]
    if listed == LISTED_MOST:
        notes.insert(
            0,
            LocalizedText(
                f"名单只列消费最多的 {LISTED_MOST} 位。", f"Only the {LISTED_MOST} who spent most are listed."
            ),
        )
    return notes


def answer(request: ReportRequest, rows: Sequence[Row]) -> LocalizedText:
    """How many regulars are late and what they are worth."""
    times = request.values["times"]
    if not rows:
        return LocalizedText(
            f"没有常客超过自己平常间隔的 {times} 倍还没来。",
            f"No regular has been away for {times} times as long as usual.",
        )
    members, spent = int(rows[0]["members"]), money(int(rows[0]["spent_by_all"]), request.currency)
    return LocalizedText(
        f"{number(members)} 位常客已经超过自己平常间隔的 {times} 倍没有下单，他们近一年消费 {spent}；现在联系，比流失之后再找回容易。",
        f"{number(members)} regulars have been away for more than {times} times as long as usual; they spent {spent} in a year. Talking to them now is easier than winning them back.",
    )


REPORT = ReportKind(
    "warning",
    LocalizedText("哪些常客快要流失了？", "Which regulars are about to leave?"),
    LocalizedText(
        "按每位客户自己的购买间隔，找出迟迟没来的常客", "Regulars who are late by their own interval between visits"
    ),
    statements,
    shape,
    period=None,
    params=(TIMES, AS_OF, AUDIENCE),
    metrics=(
        LATE_DAYS,
        USUAL_DAYS,
        LATE_TIMES,
        VISIT_DAYS,
    ),
)
