"""Lifecycle stages at two moments: how many, and who moved where. The stages are those of the audience language."""

from datetime import timedelta

from siyu.audience.rules.compile import Compiler
from siyu.audience.rules.lifecycle import LOST_AFTER, SILENT_AFTER, STAGES
from siyu.audience.rules.tree import Stage
from siyu.insight.rules.compile import Query, named
from siyu.insight.rules.params import AS_OF, AUDIENCE, Param
from siyu.insight.rules.shape import Answers, Asked, Asks, Chart, Column, ReportKind, Row, Series, Shaped, of_metric
from siyu.insight.rules.words import Both, both, change, number, percent

NONE = "none"
NAMES: dict[str, Both] = {key: both(zh, en.capitalize()) for key, (zh, en) in STAGES.items()} | {
    NONE: both("未下单", "No order yet")
}
BACK = Param("back_days", both("与多少天前比较", "Compare with days ago"), "integer", "30", low=1, high=3_650)


def ask(asked: Asked) -> Asks:
    """Rows (was, stage, members)."""
    then = asked.as_of - timedelta(days=asked.values["back_days"])
    parts = []
    params: dict[str, object] = {}
    for prefix, at in (("a", asked.as_of), ("b", then)):
        compiler = Compiler(asked.workspace_id, at, asked.zone)
        arms = " ".join(f"WHEN {compiler.expression(Stage((stage,)))} THEN '{stage}'" for stage in STAGES)
        select = f"SELECT p.member_id, CASE {arms} ELSE '{NONE}' END AS stage {compiler.joined()}"
        query = named(f"{compiler.ctes()} {select}", tuple(compiler.params.values), prefix)
        parts.append(query.sql)
        params |= query.params
    within = "WHERE n.member_id IN (SELECT member_id FROM scope)" if asked.scope else ""
    sql = f"""
        WITH stages_now AS ({parts[0]}), stages_then AS ({parts[1]})
        SELECT t.stage AS was, n.stage, count(*) AS members
        FROM stages_now AS n JOIN stages_then AS t ON t.member_id = n.member_id {within} GROUP BY t.stage, n.stage"""
    return {"moves": Query(sql, params)}


def shape(asked: Asked, answers: Answers) -> Shaped:
    """A row a stage: members now and then, and where those of now were then."""
    moves = {(row["was"], row["stage"]): row["members"] for row in answers["moves"]}
    total = sum(moves.values())
    rows: list[Row] = []
    for stage in (*STAGES, NONE):
        now = sum(moves.get((was, stage), 0) for was in NAMES)
        then = sum(moves.get((stage, became), 0) for became in NAMES)
        rows.append(
            {
                "stage_key": stage,
                "stage": NAMES[stage],
                "members": now,
                "share": now / total if total else None,
                "before": then,
                "change": change(now, then),
            }
            | {f"from_{was}": moves.get((was, stage), 0) for was in NAMES}
        )
    columns = [
        Column("stage", both("阶段", "Stage"), "text"),
        of_metric("stage_members", "members", both("现在", "Now")),
        of_metric("share"),
        of_metric("stage_members", "before", _then(asked)),
        Column("change", both("变化", "Change"), "percent"),
        *(
            of_metric("stage_members", f"from_{was}", both(f"来自{name['zh']}", f"From {name['en'].lower()}"))
            for was, name in NAMES.items()
        ),
    ]
    series = [
        Series(both("现在", "Now"), [row["members"] for row in rows], "stage_members"),
        Series(_then(asked), [row["before"] for row in rows], "stage_members"),
    ]
    chart = Chart("bar", "number", [row["stage"] for row in rows], both("阶段", "Stage"), series) if total else None
    notes = [
        both(
            f"超过 {SILENT_AFTER.days} 天没有下单为沉默，超过 {LOST_AFTER.days} 天为流失。",
            f"Silent: no order for more than {SILENT_AFTER.days} days; lost: for more than {LOST_AFTER.days}.",
        )
    ]
    return Shaped(answer(asked, rows, moves), columns, rows, chart, notes)


def _then(asked: Asked) -> Both:
    days = asked.values["back_days"]
    return both(f"{days} 天前", f"{days} days ago")


def answer(asked: Asked, rows: list[Row], moves: dict[tuple[str, str], int]) -> Both:
    """How many fell silent or were lost, and how many came back."""
    total = sum(row["members"] for row in rows)
    if not total:
        return both("还没有客户。", "There are no members yet.")
    active, away = ("new", "ordinary", "core"), ("silent", "lost")
    left = sum(moves.get((was, to), 0) for was in active for to in away)
    back = sum(moves.get((was, to), 0) for was in away for to in active)
    lost = next(row for row in rows if row["stage_key"] == "lost")
    days = asked.values["back_days"]
    return both(
        f"{days} 天里有 {number(left)} 位客户转为沉默或流失，{number(back)} 位被找回；现在 {number(lost['members'])} 位（{percent(lost['share'])}）已流失。",
        f"In {days} days {number(left)} members fell silent or were lost and {number(back)} came back; {number(lost['members'])} ({percent(lost['share'])}) are lost now.",
    )


KIND = ReportKind(
    "stages",
    both("客户处在什么阶段，往哪里走？", "Which stage are members in, and where do they move?"),
    both("新客、普通、核心、沉默、流失，与若干天前比较", "New, ordinary, core, silent and lost, against some days ago"),
    ask,
    shape,
    period=None,
    params=(BACK, AS_OF, AUDIENCE),
)
