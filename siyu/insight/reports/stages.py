"""Lifecycle stages at two moments: who moved where, and how many are in each. The stages are those of the audience language."""

from datetime import timedelta
from typing import Any

import orjson

from siyu.audience.language.lifecycle import LOST_AFTER, ORDER, SILENT_AFTER, STAGES
from siyu.audience.sql.stage_sql import core_orders, stage_case
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
    of_metric,
)
from siyu.insight.rules.metric import report_metric
from siyu.insight.rules.params import AS_OF, AUDIENCE, Param
from siyu.insight.rules.period import EARLIEST, Interval
from siyu.insight.rules.stages import ABSENT, ACTIVE, AWAY, NONE, STAGE_LABELS, move
from siyu.insight.rules.text import change
from siyu.insight.sql.facts import WINNERS, Statement, facts, literal
from siyu.kit.numbers import number, percent
from siyu.kit.text import LocalizedText

STAGE_MEMBERS = report_metric(
    "stage_members",
    LocalizedText("阶段人数", "Members in the stage"),
    LocalizedText("在该时刻处于这一生命周期阶段的客户数。", "Members who are in this lifecycle stage at the moment."),
    "count",
)
MOVED_SHARE = report_metric(
    "moved_share",
    LocalizedText("占原阶段", "Of the stage before"),
    LocalizedText(
        "从原阶段走到现在这一阶段的客户，占原阶段当时全部客户的比例。",
        "Members who went from the stage before to that of now, as a share of all who were in the stage before.",
    ),
    "percent",
)
WINBACK_RATE = report_metric(
    "winback_rate",
    LocalizedText("找回率", "Win-back rate"),
    LocalizedText(
        "当时沉默或流失的客户中，此后又下单、现在不再沉默或流失的比例。",
        "Of the members who were silent or lost then, the share that has ordered since and is neither now.",
    ),
    "percent",
)

BACK = Param("back_days", LocalizedText("与多少天前比较", "Compare with days ago"), "integer", "30", low=1, high=3_650)
BY = Param(
    "by",
    LocalizedText("看法", "Show by"),
    "choice",
    "moves",
    (("moves", LocalizedText("去向", "Moves")), ("stages", LocalizedText("各阶段人数", "Stages"))),
)
NOW = (*STAGES, NONE)
"""Stages somebody can be in now, in the order they are shown; before that one may not have been a member at all."""
Moves = dict[tuple[str, str], int]


def statements(request: ReportRequest) -> Statements:
    """Rows (was, stage, members): of everybody who is a member or has ordered, from one pass over the orders."""
    then = request.as_of - timedelta(days=request.values["back_days"])
    at = literal(then)
    orders = facts((ORDER,), "f.occurred_at", Interval(EARLIEST, request.as_of), request.scope, members_only=True)
    within = "AND p.member_id IN (SELECT member_id FROM scope)" if request.scope else ""
    was = stage_case("o.first_at", "o.last_then", "o.recent_then", then)
    sql = f"""
        WITH {WINNERS},
        orders AS (
            SELECT member_id, min(occurred_at) AS first_at, max(occurred_at) AS last_at,
                max(CASE WHEN occurred_at < {at} THEN occurred_at END) AS last_then,
                {core_orders(request.as_of)} AS recent_now, {core_orders(then)} AS recent_then
            FROM ({orders}) AS s GROUP BY member_id),
        staged AS (
            SELECT
                CASE WHEN o.last_then IS NOT NULL THEN {was}
                    WHEN p.created_at < {at} THEN '{NONE}' ELSE '{ABSENT}' END AS was,
                CASE WHEN o.last_at IS NULL THEN '{NONE}'
                    ELSE {stage_case("o.first_at", "o.last_at", "o.recent_now", request.as_of)} END AS stage
            FROM lake.profiles AS p LEFT JOIN orders AS o ON o.member_id = p.member_id
            WHERE p.workspace_id = $workspace_id AND p.merged_into IS NULL {within}
                AND (p.created_at < {literal(request.as_of)} OR o.last_at IS NOT NULL))
        SELECT was, stage, count(*) AS members FROM staged GROUP BY was, stage ORDER BY was, stage"""
    return {"moves": Statement(sql, {"workspace_id": request.workspace_id})}


def shape(request: ReportRequest, result_sets: ResultSets) -> ReportResult:
    """A row a move, or a row a stage with where its members were."""
    moves: Moves = {(row["was"], row["stage"]): int(row["members"]) for row in result_sets["moves"]}
    notes = [
        LocalizedText(
            f"超过 {SILENT_AFTER.days} 天没有下单为沉默，超过 {LOST_AFTER.days} 天为流失。",
            f"Silent: no order for more than {SILENT_AFTER.days} days; lost: for more than {LOST_AFTER.days}.",
        )
    ]
    notes.append(metric_note(WINBACK_RATE))
    drawn = _stages if request.values["by"] == "stages" else _moves
    columns, rows, chart = drawn(request, moves)
    if chart is not None and request.values["by"] == "moves":
        notes.append(_audiences(request))
    return ReportResult(answer(request, moves), columns, rows, chart, notes)


def _moves(request: ReportRequest, moves: Moves) -> tuple[list[ReportColumn], list[Row], Chart | None]:
    """Who moved where, with the condition that means them; the chart has a band a row."""
    left = {was: sum(moves.get((was, became), 0) for became in NOW) for was in STAGE_LABELS}
    rows: list[Row] = [
        {
            "was_key": was,
            "was": STAGE_LABELS[was],
            "stage_key": became,
            "stage": STAGE_LABELS[became],
            "members": moves[was, became],
            "share": moves[was, became] / left[was],
            "tree": tree(request, was, became),
        }
        for was in STAGE_LABELS
        for became in NOW
        if (was, became) in moves
    ]
    columns = [
        ReportColumn("was", _then(request), "text"),
        ReportColumn("stage", LocalizedText("现在", "Now"), "text"),
        of_metric(STAGE_MEMBERS, "members", LocalizedText("客户数", "Members")),
        of_metric(MOVED_SHARE, "share"),
    ]
    series = [
        Series(STAGE_LABELS[was], [moves.get((was, became)) for became in NOW], STAGE_MEMBERS.name)
        for was in STAGE_LABELS
        if left[was]
    ]
    chart = Chart("sankey", "number", [STAGE_LABELS[became] for became in NOW], LocalizedText("现在", "Now"), series)
    return columns, rows, chart if rows else None


def tree(request: ReportRequest, was: str, became: str) -> Any:
    """The members of a move as an audience; None for a report of another moment: the language is about now."""
    if request.values.get("as_of"):
        return None
    chosen = request.values.get("audience")
    made = move(was, became, request.values["back_days"])
    if chosen:
        made["all"].append(orjson.loads(chosen) if chosen.lstrip().startswith("{") else {"audience": chosen})
    return made


def _audiences(request: ReportRequest) -> LocalizedText:
    if request.values.get("as_of"):
        return LocalizedText(
            "人群条件说的是此刻，所以过去某一时刻的报表不能直接另存为人群。",
            "Audiences are about now, so the moves of a past moment cannot be kept as audiences.",
        )
    days = request.values["back_days"]
    return LocalizedText(
        f"点一条流向可以看到这些客户并另存为人群；人群会随时间滚动，始终比较此刻与 {days} 天前。",
        f"A move opens its members and can be kept as an audience, which moves on with time: always now against {days} days before.",
    )


def _stages(request: ReportRequest, moves: Moves) -> tuple[list[ReportColumn], list[Row], Chart | None]:
    """A row a stage: members now and then, and where those of now were then."""
    total = sum(moves.values())
    rows: list[Row] = []
    for key in NOW:
        now = sum(moves.get((was, key), 0) for was in STAGE_LABELS)
        then = sum(moves.get((key, became), 0) for became in NOW)
        rows.append(
            {
                "stage_key": key,
                "stage": STAGE_LABELS[key],
                "members": now,
                "share": now / total if total else None,
                "before": then,
                "change": change(now, then),
            }
            | {f"from_{was}": moves.get((was, key), 0) for was in STAGE_LABELS}
        )
    columns = [
        ReportColumn("stage", LocalizedText("阶段", "Stage"), "text"),
        of_metric(STAGE_MEMBERS, "members", LocalizedText("现在", "Now")),
        of_metric("share"),
        of_metric(STAGE_MEMBERS, "before", _then(request)),
        ReportColumn("change", LocalizedText("变化", "Change"), "percent"),
        *(
            of_metric(STAGE_MEMBERS, f"from_{was}", LocalizedText(f"来自{name.zh}", f"From {name.en.lower()}"))
            for was, name in STAGE_LABELS.items()
        ),
    ]
    series = [
        Series(LocalizedText("现在", "Now"), [row["members"] for row in rows], STAGE_MEMBERS.name),
        Series(_then(request), [row["before"] for row in rows], STAGE_MEMBERS.name),
    ]
    chart = Chart("bar", "number", [row["stage"] for row in rows], LocalizedText("阶段", "Stage"), series)
    return columns, rows, chart if total else None


def _then(request: ReportRequest) -> LocalizedText:
    days = request.values["back_days"]
    return LocalizedText(f"{days} 天前", f"{days} days ago")


def answer(request: ReportRequest, moves: Moves) -> LocalizedText:
    """How many fell silent or were lost, and what share of those who were away came back."""
    total = sum(moves.values())
    if not total:
        return LocalizedText("还没有客户。", "There are no members yet.")
    left = sum(moves.get((was, to), 0) for was in ACTIVE for to in AWAY)
    back = sum(moves.get((was, to), 0) for was in AWAY for to in ACTIVE)
    away = sum(moves.get((was, to), 0) for was in AWAY for to in NOW)
    lost = sum(moves.get((was, "lost"), 0) for was in STAGE_LABELS)
    days = request.values["back_days"]
    zh = f"{days} 天里有 {number(left)} 位客户转为沉默或流失"
    en = f"In {days} days {number(left)} members fell silent or were lost"
    if away:
        zh += f"；{days} 天前沉默或流失的 {number(away)} 位中，{number(back)} 位（{percent(back / away)}）回来下单了"
        en += f"; of {number(away)} who were silent or lost then, {number(back)} ({percent(back / away)}) ordered again"
    return LocalizedText(
        f"{zh}；现在 {number(lost)} 位（{percent(lost / total)}）已流失。",
        f"{en}; {number(lost)} ({percent(lost / total)}) are lost now.",
    )


REPORT = ReportKind(
    "stages",
    LocalizedText("客户处在什么阶段，往哪里走？", "Which stage are members in, and where do they move?"),
    LocalizedText(
        "新客、普通、核心、沉默、流失，与若干天前比较", "New, ordinary, core, silent and lost, against some days ago"
    ),
    statements,
    shape,
    period=None,
    params=(BY, BACK, AS_OF, AUDIENCE),
    metrics=(
        STAGE_MEMBERS,
        MOVED_SHARE,
        WINBACK_RATE,
    ),
)
