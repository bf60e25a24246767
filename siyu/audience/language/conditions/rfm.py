"""RFM: how recently, how often and for how much somebody bought, scored among everybody who did within a year."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from siyu.audience.language import lifecycle
from siyu.audience.language.conditions.condition import RankedCondition
from siyu.audience.language.describe import Describer
from siyu.audience.language.evaluate import EvalContext
from siyu.audience.language.lifecycle import ORDER, RFM_SCORES, RFM_WITHIN, RfmCuts
from siyu.audience.language.parse_context import ParseContext
from siyu.audience.language.schema import Schema
from siyu.audience.language.schema_parts import JsonSchema, labelled, listed, obj
from siyu.audience.language.time_dependence import TimeDependence
from siyu.audience.sql.fact_scan import FactFilter
from siyu.audience.sql.member_sets import MemberSet
from siyu.audience.sql.query import QueryBuilder
from siyu.kit.text import LocalizedText

AXES = {
    "r": LocalizedText("最近消费 R", "recency R"),
    "f": LocalizedText("消费频次 F", "frequency F"),
    "m": LocalizedText("消费金额 M", "money M"),
}


@dataclass(frozen=True)
class Rfm(RankedCondition):
    """Scores 1-5 that are wanted on each axis; None: any."""

    r: tuple[int, ...] | None
    f: tuple[int, ...] | None
    m: tuple[int, ...] | None

    key = "rfm"
    label = LocalizedText("RFM 分层", "RFM")
    example: ClassVar[Any] = {}

    @classmethod
    def parse(cls, context: ParseContext, path: str, body: Any) -> "Rfm | None":
        """{"r": [4, 5], "f": [...], "m": [...]}: at least one axis."""
        faults, fields = context.faults, context.faults.keys(path, body, tuple(AXES))
        if fields is None:
            return None
        read: dict[str, tuple[int, ...]] = {}
        for axis in (axis for axis in AXES if axis in fields):
            scores = fields[axis]
            fine = isinstance(scores, list) and scores and all(type(score) is int for score in scores)
            if fine and all(1 <= score <= RFM_SCORES for score in scores):
                read[axis] = tuple(sorted(set(scores)))
            else:
                at, zh = f"{path}.{axis}", f"应为 1 至 {RFM_SCORES} 的分数"
                faults.add(at, f"must be scores of 1 to {RFM_SCORES}", zh, "[4, 5]")
        if not fields:
            faults.add(path, "choose at least one of r, f, m", "至少选择 r、f、m 之一", '{"r": [4, 5]}')
        return cls(read.get("r"), read.get("f"), read.get("m")) if read else None

    @classmethod
    def json_schema(cls, schema: Schema) -> JsonSchema:
        scores = listed({"type": "integer", "minimum": 1, "maximum": RFM_SCORES})
        return obj({axis: labelled(scores, text.zh, text.en, "score") for axis, text in AXES.items()}, minProperties=1)

    @property
    def _scores(self) -> dict[str, tuple[int, ...]]:
        axes = {"r": self.r, "f": self.f, "m": self.m}
        return {axis: scores for axis, scores in axes.items() if scores is not None}

    def members(self, query: QueryBuilder) -> MemberSet:
        """Scores are places among everybody's values, whoever is asked about."""
        tests = [_scored(axis, scores) for axis, scores in self._scores.items()]
        values, points = rfm_tables(query)
        select = f"SELECT v.member_id FROM {values} v CROSS JOIN {points} c WHERE {' AND '.join(tests)}"
        return MemberSet(query.named(select))

    def holds(self, context: EvalContext) -> bool:
        own, cuts = _values_of(context), context.population.get(self.cohort_key())
        if own is None or cuts is None:
            return False
        return all(lifecycle.score(own[axis], getattr(cuts, axis)) in scores for axis, scores in self._scores.items())

    def cohort_key(self) -> str:
        return self.key

    def cohort_query(self, query: QueryBuilder) -> str:
        """The cut points of r, f and m; null without orders."""
        _, points = rfm_tables(query)
        return f"SELECT r, f, m FROM {points}"

    def read_cohort(self, row: Sequence[Any]) -> RfmCuts | None:
        if row[0] is None:
            return None
        # times come without a zone: they are UTC
        return RfmCuts(tuple(at.replace(tzinfo=UTC) for at in row[0]), tuple(row[1]), tuple(row[2]))

    def cohort(self, everybody: Sequence[EvalContext]) -> RfmCuts | None:
        values_of_all = [own for context in everybody if (own := _values_of(context)) is not None]
        if not values_of_all:
            return None
        return RfmCuts(*(lifecycle.cuts([own[axis] for own in values_of_all]) for axis in AXES))

    def facts(self) -> frozenset[str]:
        return frozenset({ORDER})

    def add_time_dependence(self, dependence: TimeDependence) -> None:
        dependence.fact(ORDER, timedelta(0), RFM_WITHIN)

    def describe(self, describer: Describer) -> str:
        each = [f"{describer.pick(AXES[axis])} {'/'.join(map(str, scores))}" for axis, scores in self._scores.items()]
        return describer.say("RFM 得分：", "RFM scores: ") + describer.say("，", ", ").join(each)


def _values_of(context: EvalContext) -> dict[str, datetime | int] | None:
    """Last order, number and fen in RFM_WITHIN; None without an order."""
    orders = context.events(ORDER, RFM_WITHIN)
    if not orders:
        return None
    spent = sum(event.props.get("amount") or 0 for event in orders)
    return {"r": max(event.occurred_at for event in orders), "f": len(orders), "m": spent}


def _scored(axis: str, scores: Sequence[int]) -> str:
    """Whether a value's score, one more than the cut points it is above, is one of `scores`."""
    arms = []
    for score in sorted(set(scores)):
        above = f"v.{axis} > c.{axis}[{score - 1}]" if score > 1 else "TRUE"
        below = f"v.{axis} <= c.{axis}[{score}]" if score < RFM_SCORES else "TRUE"
        arms.append(f"({above} AND {below})")
    return f"({' OR '.join(arms)})"


def score_sql(axis: str) -> str:
    """The score of a value `v` against cut points `c`, as `rfm_tables` makes them."""
    above = " + ".join(f"CAST(v.{axis} > c.{axis}[{n}] AS INTEGER)" for n in range(1, RFM_SCORES))
    return f"1 + {above}"


def rfm_tables(query: QueryBuilder) -> tuple[str, str]:
    """Names of tables: (member_id, r, f, m) of everybody with an order in RFM_WITHIN, and one row of the cut points."""
    year = FactFilter(query.now - RFM_WITHIN, None, "")
    table, scan = query.facts.scan(ORDER, everybody=True)
    r, f, m = (scan.column(aggregate, year) for aggregate in ("max(f.occurred_at)", "count(*)", "sum(f.amount)"))
    values = query.table(
        "rfm_values",
        f"SELECT member_id, {r} AS r, {f} AS f, CAST(coalesce({m}, 0) AS BIGINT) AS m FROM {table} WHERE {f} > 0",
    )
    quantiles = ", ".join(map(str, lifecycle.RFM_QUANTILES))
    points = ", ".join(f"quantile_disc({axis}, [{quantiles}]) AS {axis}" for axis in AXES)
    return values, query.table("rfm_points", f"SELECT {points} FROM {values}")
