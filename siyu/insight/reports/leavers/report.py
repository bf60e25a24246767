"""What those who left have in common: of the members who were active at a split in the past, who left since and who stayed.

Left and stayed are told by orders after the split, traits by what was known before it, so that nothing tells its own end.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from siyu.audience.language.lifecycle import LOST_AFTER, ORDER, SILENT_AFTER
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
    of_metric,
)
from siyu.insight.reports.leavers import traits
from siyu.insight.reports.leavers.traits import LOOK_BACK
from siyu.insight.rules.association import CELL_MEMBERS_MIN, Q_MOST, Risk, Split, q_values, risk, verdict
from siyu.insight.rules.metric import report_metric
from siyu.insight.rules.params import AS_OF, AUDIENCE, Param
from siyu.insight.rules.period import EARLIEST, Interval
from siyu.insight.rules.stages import STAGE_LABELS
from siyu.insight.sql.facts import WINNERS, Statement, facts, literal
from siyu.kit.numbers import number, percent
from siyu.kit.text import LocalizedText, same
from siyu.kit.time import iso_day

TRAIT_MEMBERS = report_metric(
    "trait_members",
    LocalizedText("有此特征的客户", "Members with the trait"),
    LocalizedText("分界时活跃、并且有这一特征的客户数。", "Members active at the split who had the trait."),
    "count",
)
LEAVING_RATE = report_metric(
    "leaving_rate",
    LocalizedText("流失比例", "Share who left"),
    LocalizedText("分界时活跃的客户中，后来流失的比例。", "Of the members active at the split, the share that left."),
    "percent",
)
RISK_RATIO = report_metric(
    "risk_ratio",
    LocalizedText("风险比", "Risk ratio"),
    LocalizedText(
        "有此特征的客户流失的比例 ÷ 其他客户流失的比例，附 95% 置信区间（Katz 1978，对数正态）。1 为没有差别。",
        "The share who left of those with the trait over that of the others, with its 95% interval (Katz 1978, log-normal). 1 is no difference.",
    ),
    "ratio",
)
Q_VALUE = report_metric(
    "q_value",
    LocalizedText("q 值", "q"),
    LocalizedText(
        "按比较的项数校正之后，把这一项及更明显的各项都当真时，其中误报的比例（Benjamini–Hochberg 1995）。",
        "Corrected for how many were compared: the share of false alarms if this and every surer one is taken for real (Benjamini and Hochberg 1995).",
    ),
    "ratio",
)

LEFT_AFTER = {"silent": SILENT_AFTER, "lost": LOST_AFTER}
LEFT = Param(
    "left",
    LocalizedText("怎样算流失", "Who has left"),
    "choice",
    "silent",
    (
        ("silent", LocalizedText(f"超过 {SILENT_AFTER.days} 天未下单", f"No order for {SILENT_AFTER.days} days")),
        ("lost", LocalizedText(f"超过 {LOST_AFTER.days} 天未下单", f"No order for {LOST_AFTER.days} days")),
    ),
)
BACK = Param(
    "back_days",
    LocalizedText("从多少天前看起", "Looking from days ago"),
    "integer",
    "90",
    low=SILENT_AFTER.days,
    high=730,
)
ROWS_MOST = 100
DRAWN_MOST = 12

TRAITS: dict[str, LocalizedText] = {
    "did": LocalizedText("此前行为", "Behaviour before"),
    "stage": LocalizedText("当时阶段", "Stage then"),
    "orders": LocalizedText("此前订单", "Orders before"),
    "age": LocalizedText("距当时最近一单", "Last order before"),
    "joined_by": LocalizedText("客户来源", "Joined by"),
    "tag": LocalizedText("标签", "Tag"),
    "store": traits.FAVOURITES["store"],
    "source": traits.FAVOURITES["source"],
}
AGES: dict[str, LocalizedText] = {
    "15": LocalizedText("15 天以内", "Within 15 days"),
    "30": LocalizedText("15 至 30 天", "15 to 30 days"),
    "60": LocalizedText("30 至 60 天", "30 to 60 days"),
}
VERDICTS: dict[str, LocalizedText] = {
    "more": LocalizedText("更容易流失", "Leave more"),
    "less": LocalizedText("更不容易流失", "Leave less"),
    "unclear": LocalizedText("看不出差别", "No difference to be seen"),
}


@dataclass(frozen=True)
class ComparedTrait:
    """A trait of enough members, with its risk."""

    trait: str
    value: str
    split: Split
    risk: Risk


def split_at(request: ReportRequest) -> datetime:
    """The moment that parts before from after: far enough back for somebody to have left since."""
    return request.as_of - max(timedelta(days=request.values["back_days"]), LEFT_AFTER[request.values["left"]])


def statements(request: ReportRequest) -> Statements:
    """Rows (trait, field, value, members, gone) of those who were active at the split."""
    split, gone = split_at(request), request.as_of - LEFT_AFTER[request.values["left"]]
    orders = facts((ORDER,), "f.occurred_at", Interval(EARLIEST, request.as_of), request.scope, members_only=True)
    before = f"occurred_at < {literal(split)}"
    flags, did = traits.did(split, request.scope)
    usual, favourites = traits.favourites(split, request.scope)
    tagged, tags = traits.tags(split, request.scope)
    kept, attributes = traits.attributes(split, request.as_of, request.scope)
    sql = f"""
        WITH {WINNERS},
        bought AS (
            SELECT member_id, min(occurred_at) AS first_at, max(occurred_at) AS last_at,
                max(CASE WHEN {before} THEN occurred_at END) AS last_then, {core_orders(split)} AS recent_then,
                count(CASE WHEN {before} AND occurred_at >= {literal(split - LOOK_BACK)} THEN 1 END) AS orders
            FROM ({orders}) AS s GROUP BY member_id),
        people AS (
            SELECT b.member_id, b.last_then, b.orders, p.source,
                {stage_case("b.first_at", "b.last_then", "b.recent_then", split)} AS stage,
                CASE WHEN b.last_at < {literal(gone)} THEN 1 ELSE 0 END AS gone
            FROM bought AS b JOIN lake.profiles AS p ON p.member_id = b.member_id
            WHERE p.workspace_id = $workspace_id AND p.merged_into IS NULL
                AND b.last_then >= {literal(split - SILENT_AFTER)}),
        {", ".join([flags, *usual, tagged, *kept])}
        {traits.together([*did, *traits.bought(split), *favourites, *tags, *attributes])}"""
    return {"traits": Statement(sql, {"workspace_id": request.workspace_id})}


def shape(request: ReportRequest, result_sets: ResultSets) -> ReportResult:
    """A row a trait of enough members, the surest first."""
    counted = {(row["trait"], row["field"], row["value"]): Split(0, 0, 0, 0) for row in result_sets["traits"]}
    sizes = {
        (row["trait"], row["field"], row["value"]): (int(row["members"]), int(row["gone"]))
        for row in result_sets["traits"]
    }
    people, gone = sizes["all", "", ""]
    compared = [
        ComparedTrait(f"attribute:{field}" if trait == "attribute" else field or trait, value, split, risk(split))
        for trait, field, value in counted
        if trait not in ("all", "known") and (split := _against(sizes, trait, field, value)).enough
    ]
    q = q_values([trait.risk.p for trait in compared])
    rows = [_row(trait, least) for trait, least in zip(compared, q, strict=True)]
    rows.sort(key=lambda row: (-abs(row["z"]), row["trait_key"], row["value_key"]))
    drawn = [row for row in rows if row["verdict_key"] != "unclear"][:DRAWN_MOST]
    notes = _notes(request, len(rows))
    return ReportResult(answer(request, people, gone, rows), _columns(), rows[:ROWS_MOST], _chart(drawn), notes)


def _against(sizes: dict[tuple[str, str, str], tuple[int, int]], trait: str, field: str, value: str) -> Split:
    """A trait against everybody else; a value of an attribute against the other values of it."""
    exposed, exposed_gone = sizes[trait, field, value]
    whole, whole_gone = sizes["known", field, ""] if trait == "attribute" else sizes["all", "", ""]
    return Split(exposed, exposed_gone, whole - exposed, whole_gone - exposed_gone)


def _row(trait: ComparedTrait, q: float) -> Row:
    key = verdict(trait.risk, q)
    return {
        "trait_key": trait.trait,
        "trait": TRAITS.get(trait.trait) or same(trait.trait.removeprefix("attribute:")),
        "value_key": trait.value,
        "value": _value(trait.trait, trait.value),
        "members": trait.split.exposed,
        "gone": trait.split.exposed_gone,
        "rate": trait.split.exposed_gone / trait.split.exposed,
        "others_rate": trait.split.others_gone / trait.split.others,
        "ratio": trait.risk.ratio,
        "ratio_low": trait.risk.low,
        "ratio_high": trait.risk.high,
        "z": trait.risk.z,
        "q": q,
        "verdict_key": key,
        "verdict": VERDICTS[key],
    }


def _value(trait: str, value: str) -> LocalizedText:
    if trait == "did":
        return traits.DID[value][1]
    if trait == "orders":
        return next(label for key, _, label in traits.ORDERS if key == value)
    return {"stage": STAGE_LABELS, "age": AGES}.get(trait, {}).get(value) or same(value)


def _columns() -> list[ReportColumn]:
    return [
        ReportColumn("trait", LocalizedText("特征", "Trait"), "text"),
        ReportColumn("value", LocalizedText("取值", "Value"), "text"),
        of_metric(TRAIT_MEMBERS, "members"),
        of_metric(LEAVING_RATE, "rate"),
        of_metric(LEAVING_RATE, "others_rate", LocalizedText("其他客户流失比例", "Share of the others who left")),
        of_metric(RISK_RATIO, "ratio"),
        of_metric(RISK_RATIO, "ratio_low", LocalizedText("区间下限", "Low end")),
        of_metric(RISK_RATIO, "ratio_high", LocalizedText("区间上限", "High end")),
        of_metric(Q_VALUE, "q"),
        ReportColumn("verdict", LocalizedText("结论", "Verdict"), "text"),
    ]


def _chart(rows: list[Row]) -> Chart | None:
    if not rows:
        return None
    ends = (("ratio", LocalizedText("风险比", "Risk ratio")), ("ratio_low", LocalizedText("下限", "Low end")))
    series = [
        Series(name, [row[key] for row in rows], RISK_RATIO.name)
        for key, name in (*ends, ("ratio_high", LocalizedText("上限", "High end")))
    ]
    return Chart("forest", "ratio", [_label(row) for row in rows], LocalizedText("特征", "Trait"), series)


def _label(row: Row) -> LocalizedText:
    """`常去门店：s3`; what somebody did says it by itself."""
    if row["trait_key"] == "did":
        return row["value"]  # type: ignore[no-any-return]
    trait, value = row["trait"], row["value"]
    return LocalizedText(f"{trait.zh}：{value.zh}", f"{trait.en}: {value.en}")


def _notes(request: ReportRequest, compared: int) -> list[LocalizedText]:
    split, limit = iso_day(split_at(request)), LEFT_AFTER[request.values["left"]].days
    notes = [
        LocalizedText(
            f"只看 {split} 前 {SILENT_AFTER.days} 天内下过单的客户：到统计时刻超过 {limit} 天没有下单的算流失，其余算留下。",
            f"Members with an order in the {SILENT_AFTER.days} days before {split}: those with none for more than {limit} days now have left, the others stayed.",
        ),
        LocalizedText(
            f"行为只看 {split} 之前 {LOOK_BACK.days} 天，标签是当时的标签；属性取现在的值，但不看此后改过的，并且只和同一属性的其他值相比。之后发生的事不会混进来。",
            f"Behaviour is that of the {LOOK_BACK.days} days before {split} and tags are those of then; attributes are as they are now, left out where written since, and compared with other values of the same attribute. Nothing that came after is let in.",
        ),
        LocalizedText(
            f"一共比较了 {compared} 项，已按错误发现率校正：q 不超过 {Q_MOST} 才下结论，其中误报预计不超过 {percent(Q_MOST)}。任一格不足 {CELL_MEMBERS_MIN} 人的不显示。",
            f"{compared} traits were compared, corrected after Benjamini and Hochberg: only a q of at most {Q_MOST} is named, of which {percent(Q_MOST)} are expected to be false. Traits with fewer than {CELL_MEMBERS_MIN} members in any cell are not shown.",
        ),
        LocalizedText(
            "同时出现不等于原因：要知道改变它会不会留住客户，请用带对照组的旅程去试。",
            "Going together is not a cause: whether changing it keeps members is for a journey with a holdout to find out.",
        ),
    ]
    if timedelta(days=request.values["back_days"]) < LEFT_AFTER[request.values["left"]]:
        notes.insert(
            0,
            LocalizedText(
                f"要满 {limit} 天才看得出流失，所以从 {limit} 天前看起。",
                f"It takes {limit} days to tell, so this looks from {limit} days ago.",
            ),
        )
    return notes


def answer(request: ReportRequest, people: int, gone: int, rows: list[Row]) -> LocalizedText:
    """How many left, and the trait that goes with it most surely."""
    split = iso_day(split_at(request))
    if not people:
        return LocalizedText(
            f"{split} 前 {SILENT_AFTER.days} 天内没有客户下单，没有可以比较的人。",
            f"Nobody ordered in the {SILENT_AFTER.days} days before {split}; there is nobody to compare.",
        )
    zh = f"{split} 时活跃的 {number(people)} 位客户中，{number(gone)} 位（{percent(gone / people)}）后来流失了"
    en = f"Of {number(people)} members active on {split}, {number(gone)} ({percent(gone / people)}) left"
    if not rows:
        return LocalizedText(
            f"{zh}；人数太少，还不能比较：每一格至少要有 {CELL_MEMBERS_MIN} 人。",
            f"{en}; too few to compare: every cell needs {CELL_MEMBERS_MIN} members.",
        )
    more = next((row for row in rows if row["verdict_key"] == "more"), None)
    less = next((row for row in rows if row["verdict_key"] == "less"), None)
    if more is None and less is None:
        return LocalizedText(
            f"{zh}；没有看出和流失明显相关的特征。", f"{en}; no trait goes with leaving more than by chance."
        )
    if more is not None:
        zh += f"；最明显的是“{_label(more).zh}”，流失的可能是其他客户的 {more['ratio']:.2f} 倍"
        en += f"; most of all “{_label(more).en}”, {more['ratio']:.2f} times as likely to leave as the others"
    if less is not None:
        zh += f"；“{_label(less).zh}”的客户更留得住，流失的可能只有其他客户的 {less['ratio']:.2f} 倍"
        en += f"; those of “{_label(less).en}” stay more, {less['ratio']:.2f} times as likely to leave"
    return LocalizedText(f"{zh}。", f"{en}.")


REPORT = ReportKind(
    "leavers",
    LocalizedText("流失的客户有什么共同点？", "What do those who left have in common?"),
    LocalizedText(
        "流失与留下的客户在行为、属性、标签上的差别",
        "Behaviour, attributes and tags of those who left against those who stayed",
    ),
    statements,
    shape,
    period=None,
    params=(LEFT, BACK, AS_OF, AUDIENCE),
    metrics=(
        TRAIT_MEMBERS,
        LEAVING_RATE,
        RISK_RATIO,
        Q_VALUE,
    ),
)
