"""Top: the members with the most of something."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from siyu.audience.language import values
from siyu.audience.language.conditions.condition import RankedCondition
from siyu.audience.language.conditions.did import (
    Did,
    different,
    parse_step,
    prop_values,
    where_schema,
)
from siyu.audience.language.describe import Describer
from siyu.audience.language.evaluate import EvalContext
from siyu.audience.language.identity import Visit, map_fact_references
from siyu.audience.language.limits import TOP_MEMBERS_MAX
from siyu.audience.language.parse_context import ParseContext
from siyu.audience.language.predicates import NUMERIC
from siyu.audience.language.schema import FACTS, Schema, fact_props
from siyu.audience.language.schema_parts import (
    JsonSchema,
    labelled,
    obj,
    or_wrapped,
    ref,
    summable,
    windowed,
)
from siyu.audience.language.time_dependence import TimeDependence
from siyu.audience.sql.fact_scan import measured
from siyu.audience.sql.member_sets import MemberSet
from siyu.audience.sql.query import QueryBuilder
from siyu.kit.text import LocalizedText

RANKED_BY = ("sum", "distinct")


@dataclass(frozen=True)
class Top(RankedCondition):
    """The `n` members with the most: `measure` is count, sum or distinct over the facts of `by`; ties go to the older member."""

    n: int
    by: Did
    measure: str
    prop: str | None

    key = "top"
    label = LocalizedText("排名前 N", "Top N")
    example = {"n": 1000, "by": {"fact": ""}}

    @classmethod
    def parse(cls, context: ParseContext, path: str, body: Any) -> "Top | None":
        """{"n": 1000, "by": {"fact": N, "where", window, and "sum" or "distinct": P}}; by count unless it says otherwise."""
        faults, fields = context.faults, context.faults.keys(path, body, ("n", "by"))
        if fields is None:
            return None
        n = values.number(faults, f"{path}.n", fields.get("n"), whole=True)
        if n is not None and not 1 <= n <= TOP_MEMBERS_MAX:
            faults.add(f"{path}.n", f"must be 1 to {TOP_MEMBERS_MAX}", f"应在 1 与 {TOP_MEMBERS_MAX} 之间", "1000")
            n = None
        by: Any = fields.get("by")
        at = f"{path}.by"
        scanned = parse_step(context, at, by, RANKED_BY)
        if scanned is None:
            return None
        if isinstance(by, dict) and set(by) == {"did"}:
            by, at = by["did"], f"{at}.did"
        measure = next((key for key in RANKED_BY if key in by), "count")
        prop = _ranked_prop(context, at, by, measure, scanned.fact) if measure != "count" else None
        if n is None or (measure != "count" and prop is None):
            return None
        return cls(int(n), scanned, measure, prop)

    @classmethod
    def map_references(cls, body: Any, visit: Visit) -> Any:
        """Those of the facts that it ranks by."""
        if not isinstance(body, dict) or "by" not in body:
            return body
        return {**body, "by": map_fact_references(body["by"], visit)}

    @classmethod
    def json_schema(cls, schema: Schema) -> JsonSchema:
        every = sorted({name for fact in FACTS for name in fact_props(fact)})
        numeric = sorted({name for fact in FACTS for name in summable(fact)})
        by = windowed(
            {
                "fact": labelled({"enum": list(FACTS)}, "行为", "What happened", "fact"),
                "where": where_schema(),
                "sum": labelled({"enum": numeric}, "按合计", "By the total of", "numeric_prop"),
                "distinct": labelled({"enum": every}, "按不同取值的个数", "By different values of", "prop"),
            },
            ["fact"],
        )
        return cls._with(labelled(by, "按什么排名", "Ranked by", "ranking"))

    @classmethod
    def strict_schema(cls, schema: Schema) -> JsonSchema:
        return cls._with(or_wrapped({"anyOf": [_by_schema(fact) for fact in FACTS]}))

    @classmethod
    def _with(cls, by: JsonSchema) -> JsonSchema:
        n: JsonSchema = {"type": "integer", "minimum": 1, "maximum": TOP_MEMBERS_MAX}
        return obj({"n": labelled(n, "人数", "Members"), "by": by}, ["n", "by"])

    def members(self, query: QueryBuilder) -> MemberSet:
        return MemberSet(query.named(f"SELECT member_id FROM ({self._ranking(query)})"))

    def _ranking(self, query: QueryBuilder) -> str:
        """(member_id, value) of the first `n` of all members with a fact of it, whoever is asked about."""
        table, scan = query.facts.scan(self.by.fact, everybody=True)
        which = query.facts.filter(self.by.fact, self.by.where, self.by.window)
        if self.prop is None:
            aggregate = "count(*)"
        elif self.measure == "sum":
            aggregate = f"sum({measured(self.by.fact, self.prop)})"
        else:
            aggregate = f"count(DISTINCT {measured(self.by.fact, self.prop, distinct=True)})"
        value, number = scan.column(aggregate, which), scan.column("count(*)", which)
        return (
            f"SELECT member_id, coalesce({value}, 0) AS value FROM {table} WHERE {number} > 0 "
            f"ORDER BY value DESC, member_id LIMIT {int(self.n)}"
        )

    def holds(self, context: EvalContext) -> bool:
        value, last = self._value_of(context), context.population.get(self.cohort_key())
        return value is not None and last is not None and (value, -context.member.id) >= (last[0], -last[1])

    def _value_of(self, context: EvalContext) -> Any:
        """What it ranks the member by; None without a matching fact."""
        events = self.by.matching(context)
        if not events:
            return None
        if self.prop is None:
            return len(events)
        amounts = prop_values(events, self.by.fact, self.prop)
        return sum(amounts) if self.measure == "sum" else len(different(amounts))

    def cohort_query(self, query: QueryBuilder) -> str:
        """The (value, member id) of the last one inside; no row when nobody has any."""
        return f"SELECT value, member_id FROM ({self._ranking(query)}) ORDER BY value, member_id DESC LIMIT 1"

    def read_cohort(self, row: Sequence[Any]) -> tuple[Any, int]:
        return row[0], row[1]

    def cohort(self, everybody: Sequence[EvalContext]) -> tuple[Any, int] | None:
        ranking = [
            (value, context.member.id) for context in everybody if (value := self._value_of(context)) is not None
        ]
        ranking.sort(key=lambda pair: (-pair[0], pair[1]))
        return ranking[: self.n][-1] if ranking else None

    def facts(self) -> frozenset[str]:
        return self.by.facts()

    def add_time_dependence(self, dependence: TimeDependence) -> None:
        self.by.add_time_dependence(dependence)

    def describe(self, describer: Describer) -> str:
        by = self.by.describe(describer)
        prop = describer.prop(self.by.fact, self.prop) if self.prop else ""
        zh, en = {
            "count": ("次数", "number of times"),
            "sum": (f"{prop}合计", f"total {prop}"),
            "distinct": (f"不同{prop}数", f"number of different {prop}"),
        }[self.measure]
        return describer.say(f"“{by}”的{zh}排名前 {self.n:,} 位", f"top {self.n:,} by {en} of: {by}")

    def actual_value(self, context: EvalContext) -> tuple[Any, LocalizedText | None]:
        value = self._value_of(context)
        return value, None if value is None else LocalizedText(f"现为 {value:,}", f"it is {value:,}")


def _ranked_prop(context: ParseContext, path: str, by: dict[str, Any], measure: str, fact: str) -> str | None:
    """The property that is added up or told apart: its name, or an object with it."""
    prop, props = by[measure], fact_props(fact)
    prop = prop.get("prop") if isinstance(prop, dict) else prop
    if isinstance(prop, str) and prop in props and (measure == "distinct" or props[prop].type in NUMERIC):
        return prop
    expected = " | ".join(props if measure == "distinct" else summable(fact))
    context.faults.add(f"{path}.{measure}", "not a property for this", "这个属性不能用于排名", expected)
    return None


def _by_schema(fact: str) -> JsonSchema:
    properties: dict[str, JsonSchema] = {"fact": {"const": fact}, "where": ref(f"where_{fact}")}
    properties |= {"sum": {"enum": summable(fact)}} if summable(fact) else {}
    properties |= {"distinct": {"enum": list(fact_props(fact))}} if fact_props(fact) else {}
    return windowed(properties, ["fact"])
