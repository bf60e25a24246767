"""What each journey did: who entered, who reached the goal, who ordered; and the treated against the holdout.

The holdout are those who went into an arm of a split that is marked so; everybody else who entered was treated. Only entries whose window is over count, so that both arms had the same
time. Conversion is an order within the window, so a journey without a goal is compared too.
"""

from datetime import timedelta

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
from siyu.insight.rules.experiment import ARM_MEMBERS_MIN, OUTCOMES_MIN, Arm, lift
from siyu.insight.rules.metric import report_metric
from siyu.insight.rules.params import AS_OF, AUDIENCE, FROM, TO, Param, period
from siyu.insight.rules.period import Interval
from siyu.insight.rules.text import few_members_note, share_of
from siyu.insight.sql.facts import WINNERS, Statement, facts, literal
from siyu.kit.numbers import number, percent
from siyu.kit.text import LocalizedText, same

TREATED_RATE = report_metric(
    "treated_rate",
    LocalizedText("触达组转化率", "Conversion of the treated"),
    LocalizedText(
        "触达组中在观察窗口内下单的客户占比。",
        "Members of the treated arm who ordered within the window, as a share of the arm.",
    ),
    "percent",
)
HOLDOUT_RATE = report_metric(
    "holdout_rate",
    LocalizedText("对照组转化率", "Conversion of the holdout"),
    LocalizedText(
        "对照组中在观察窗口内下单的客户占比。",
        "Members of the holdout who ordered within the window, as a share of the arm.",
    ),
    "percent",
)
LIFT = report_metric(
    "lift",
    LocalizedText("提升", "Lift"),
    LocalizedText(
        "触达组转化率减去对照组转化率，附 95% 置信区间；任一组不足 100 人或转化、未转化不足 5 人时不作结论。",
        "Conversion of the treated less that of the holdout, with its 95% interval; no verdict while an arm has fewer than 100 members, or fewer than 5 who converted or did not.",
    ),
    "percent",
)

WITHIN = Param("within_days", LocalizedText("观察窗口（天）", "Window, days"), "integer", "14", low=1, high=365)
VERDICTS: dict[str, LocalizedText] = {
    "better": LocalizedText("有提升", "Better"),
    "worse": LocalizedText("反而更差", "Worse"),
    "no_difference": LocalizedText("看不出差别", "No difference to be seen"),
    "not_enough": LocalizedText("数据不足，暂不下结论", "Not enough data for a verdict"),
}


def statements(request: ReportRequest) -> Statements:
    """A row a journey: entries, members, goals, and both arms with how many of each ordered within the window."""
    within = request.values["within_days"]
    span = Interval(request.window.begins, request.as_of)
    prop = "f.p_journey AS journey, f.occurred_at"
    entered = facts(("journey_entered",), prop, request.window, request.scope, members_only=True)
    goals = facts(("journey_goal_reached",), f"{prop}, f.amount", span, request.scope, members_only=True)
    held = facts(("journey_held_out",), prop, span, request.scope, members_only=True)
    orders = facts(("order_paid",), "f.occurred_at", span, request.scope, members_only=True)
    ripe = literal(request.as_of - timedelta(days=within))
    sql = f"""
        WITH {WINNERS},
        entered AS ({entered}),
        runs AS (
            SELECT journey, member_id, count(*) AS entries, min(occurred_at) AS entered_at
            FROM entered GROUP BY journey, member_id),
        goals AS (
            SELECT journey, member_id, coalesce(sum(amount), 0) AS worth FROM ({goals}) AS g GROUP BY journey, member_id),
        held AS (SELECT DISTINCT journey, member_id FROM ({held}) AS x),
        bought AS (
            SELECT DISTINCT r.journey, r.member_id
            FROM runs AS r JOIN ({orders}) AS o ON o.member_id = r.member_id
                AND o.occurred_at >= r.entered_at AND o.occurred_at < r.entered_at + INTERVAL '{within}' DAY),
        members AS (
            SELECT r.journey, r.entries,
                CASE WHEN g.member_id IS NOT NULL THEN 1 ELSE 0 END AS reached, coalesce(g.worth, 0) AS worth,
                CASE WHEN b.member_id IS NOT NULL THEN 1 ELSE 0 END AS converted,
                CASE WHEN h.member_id IS NOT NULL THEN 1 ELSE 0 END AS held,
                CASE WHEN r.entered_at <= {ripe} THEN 1 ELSE 0 END AS ripe
            FROM runs AS r
            LEFT JOIN goals AS g ON g.journey = r.journey AND g.member_id = r.member_id
            LEFT JOIN bought AS b ON b.journey = r.journey AND b.member_id = r.member_id
            LEFT JOIN held AS h ON h.journey = r.journey AND h.member_id = r.member_id)
        SELECT journey, sum(entries) AS entries, count(*) AS members, sum(reached) AS goals,
            CAST(sum(worth) AS BIGINT) AS goal_fen,
            sum(ripe * (1 - held)) AS treated, sum(ripe * (1 - held) * converted) AS treated_converted,
            sum(ripe * held) AS holdout, sum(ripe * held * converted) AS holdout_converted
        FROM members GROUP BY journey ORDER BY members DESC, journey"""
    return {"journeys": Statement(sql, {"workspace_id": request.workspace_id})}


def shape(request: ReportRequest, result_sets: ResultSets) -> ReportResult:
    """A row a journey, that with most members first."""
    rows: list[Row] = []
    for counts in result_sets["journeys"]:
        treated = Arm(int(counts["treated"]), int(counts["treated_converted"]))
        holdout = Arm(int(counts["holdout"]), int(counts["holdout_converted"]))
        result = lift(treated, holdout)
        # a journey without a goal has not failed to reach one
        aims = counts["journey"] in request.with_goal or bool(counts["goals"])
        rows.append(
            {
                "journey": request.journeys.get(counts["journey"], counts["journey"]),
                "entries": int(counts["entries"]),
                "members": int(counts["members"]),
                "goals": int(counts["goals"]) if aims else None,
                "goal_rate": share_of(counts["goals"], counts["members"]) if aims else None,
                "goal_fen": int(counts["goal_fen"]) if aims else None,
                "treated": treated.members,
                "treated_rate": treated.rate,
                "holdout": holdout.members,
                "holdout_rate": holdout.rate,
                "lift": result.difference,
                "lift_low": result.low,
                "lift_high": result.high,
                "verdict_key": result.verdict,
                "verdict": VERDICTS[result.verdict],
            }
        )
    chart = None
    if rows:
        series = [
            Series(LocalizedText("目标达成率", "Reached the goal"), [row["goal_rate"] for row in rows], "goal_members")
        ]
        chart = Chart(
            "hbar", "percent", [same(row["journey"]) for row in rows], LocalizedText("旅程", "Journey"), series
        )
    return ReportResult(answer(rows), _columns(), rows, chart, _notes(request))


def _notes(request: ReportRequest) -> list[LocalizedText]:
    return [
        LocalizedText(
            f"转化指进入旅程后 {request.values['within_days']} 天内下单，只统计观察窗口已经结束的客户。对照组是分到“对照组”分组、没有触达的客户。",
            f"Converted: ordered within {request.values['within_days']} days of entering; only members whose window is over are compared. The holdout are those in an arm of a split that is marked as such, and left alone.",
        ),
        LocalizedText(
            f"每组至少 {ARM_MEMBERS_MIN} 人，且转化与未转化都不少于 {OUTCOMES_MIN} 人，才给出结论。",
            f"A verdict needs {ARM_MEMBERS_MIN} members in each arm, and {OUTCOMES_MIN} who converted and who did not.",
        ),
        few_members_note(),
        LocalizedText(
            "没有设目标的旅程不显示达成人数和达成率。",
            "A journey without a goal shows neither who reached it nor a share.",
        ),
    ]


def _columns() -> list[ReportColumn]:
    return [
        ReportColumn("journey", LocalizedText("旅程", "Journey"), "text"),
        of_metric("journey_entries", "entries"),
        of_metric("journey_members", "members"),
        of_metric("goal_members", "goals"),
        ReportColumn("goal_rate", LocalizedText("目标达成率", "Reached the goal"), "percent"),
        of_metric("goal_fen"),
        ReportColumn("treated", LocalizedText("触达组人数", "Treated"), "count"),
        of_metric(TREATED_RATE),
        ReportColumn("holdout", LocalizedText("对照组人数", "Holdout"), "count"),
        of_metric(HOLDOUT_RATE),
        of_metric(LIFT),
        of_metric(LIFT, "lift_low", LocalizedText("提升下限", "Lift, low end")),
        of_metric(LIFT, "lift_high", LocalizedText("提升上限", "Lift, high end")),
        ReportColumn("verdict", LocalizedText("结论", "Verdict"), "text"),
    ]


def answer(rows: list[Row]) -> LocalizedText:
    """Which journeys work, by their holdout; never a winner without enough data."""
    if not rows:
        return LocalizedText("本期没有客户进入旅程。", "Nobody entered a journey in this period.")
    entered, goals = sum(row["entries"] for row in rows), sum(row["goals"] or 0 for row in rows)
    zh = f"{number(len(rows))} 个旅程、{number(entered)} 人次进入，{number(goals)} 人次达成目标"
    en = f"{number(entered)} entries into {number(len(rows))} journeys, the goal reached {number(goals)} times"
    better = [row for row in rows if row["verdict_key"] == "better"]
    if better:
        best = max(better, key=lambda row: row["lift"])
        span = f"{percent(best['lift_low'])} ~ {percent(best['lift_high'])}"
        return LocalizedText(
            f"{zh}；“{best['journey']}”比对照组多转化 {percent(best['lift'])}（95% 区间 {span}）。",
            f"{en}; “{best['journey']}” converts {percent(best['lift'])} more than its holdout (95% interval {span}).",
        )
    if all(row["verdict_key"] == "not_enough" for row in rows):
        return LocalizedText(
            f"{zh}；对照数据不足，暂时不能说明是否带来提升。",
            f"{en}; too little holdout data to say whether they lift anything.",
        )
    return LocalizedText(f"{zh}；与对照组相比看不出提升。", f"{en}; no lift over the holdout to be seen.")


REPORT = ReportKind(
    "journeys",
    LocalizedText("旅程带来了什么？", "What did the journeys do?"),
    LocalizedText("进入、达成目标，以及与对照组的转化对比", "Entries, goals, and conversion against the holdout"),
    statements,
    shape,
    period="90d",
    params=(WITHIN, period("90d"), FROM, TO, AS_OF, AUDIENCE),
    metrics=(
        TREATED_RATE,
        HOLDOUT_RATE,
        LIFT,
    ),
)
