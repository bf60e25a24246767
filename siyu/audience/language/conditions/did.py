"""Did: the member's facts of one kind in a window: how many, how much, how varied, from when to when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from siyu.audience.language import values
from siyu.audience.language.conditions.condition import Condition
from siyu.audience.language.describe import Describer
from siyu.audience.language.evaluate import EvalContext, Event
from siyu.audience.language.identity import Visit, map_fact_references
from siyu.audience.language.parse_context import ParseContext
from siyu.audience.language.predicates import (
    AT_LEAST_ONE,
    COUNT_OPERATORS,
    MOMENT_OPERATORS,
    NUMERIC,
    PropertyTest,
    Test,
    describe_count,
    describe_test,
    holds,
    matches,
    parse_property_test,
    parse_property_tests,
    parse_test,
    typed,
)
from siyu.audience.language.schema import FACTS, Schema, fact_props
from siyu.audience.language.schema_parts import (
    JsonSchema,
    chosen_test,
    labelled,
    listed,
    obj,
    ref,
    summable,
    tests,
    windowed,
)
from siyu.audience.language.time_dependence import TimeDependence
from siyu.audience.language.time_windows import EVER, WINDOW_KEYS, Relative, Window
from siyu.audience.sql.fact_scan import measured
from siyu.audience.sql.member_sets import MemberSet
from siyu.audience.sql.predicates_sql import compared
from siyu.audience.sql.query import QueryBuilder
from siyu.facts.catalogue import KINDS
from siyu.kit.text import LocalizedText

MEASURES = ("count", "sum", "distinct", "first", "last")


@dataclass(frozen=True)
class Did(Condition):
    """The member's facts of one kind in a window that pass every `where`. Without `count` there must be at least one."""

    fact: str
    where: tuple[PropertyTest, ...] = ()
    window: Window = EVER
    count: Test | None = None
    sum: PropertyTest | None = None
    distinct: PropertyTest | None = None
    first: Test | None = None
    last: Test | None = None

    key = "did"
    label = LocalizedText("做过 / 没做过", "Did / did not")
    example = {"fact": "", "within": "30d"}

    # --- written

    @classmethod
    def parse(cls, context: ParseContext, path: str, body: Any) -> "Did | None":
        """{"fact": N, "where", "count", "sum", "distinct", "first", "last", "within" | "between" | "since"}"""
        fields = context.faults.keys(path, body, ("fact", "where", *MEASURES, *WINDOW_KEYS))
        fact = None if fields is None else parse_fact(context, path, fields)
        return None if fields is None or fact is None else parse_measures(context, path, fields, fact)

    @classmethod
    def json_schema(cls, schema: Schema) -> JsonSchema:
        moment_schema, count = ref("moment"), ref("count")
        measure = {"type": "object", "required": ["prop"], "minProperties": 2, "maxProperties": 2}
        return windowed(
            {
                "fact": labelled({"enum": list(FACTS)}, "行为", "What happened", "fact"),
                "where": where_schema(),
                "count": labelled(count, "次数", "How often", "count_test"),
                "sum": labelled(measure, "数值合计", "Total of a value", "sum_test"),
                "distinct": labelled(measure, "不同取值的个数", "Different values", "distinct_test"),
                "first": labelled(moment_schema, "首次发生的时间", "First time", "moment_test"),
                "last": labelled(moment_schema, "最近一次的时间", "Latest time", "moment_test"),
            },
            ["fact"],
        )

    @classmethod
    def strict_schema(cls, schema: Schema) -> JsonSchema:
        return {"anyOf": [windowed({"fact": {"const": fact}, **measures_schema(fact)}, ["fact"]) for fact in FACTS]}

    @classmethod
    def map_references(cls, body: Any, visit: Visit) -> Any:
        """Those of its `where`; of what stands under `did` in a step."""
        return map_fact_references(body, visit)

    # --- true

    def members(self, query: QueryBuilder) -> MemberSet:
        table, scan = query.facts.scan(self.fact)
        which, params = query.facts.filter(self.fact, self.where, self.window), query.params

        def compare(aggregate: str, test: Test) -> str:
            return compared(params, aggregate, test, query.now, query.zone)

        def column(aggregate: str) -> str:
            return f"{table}.{scan.column(aggregate, which)}"

        parts = [compare(column("count(*)"), self.count or AT_LEAST_ONE)]
        if self.sum is not None:
            parts.append(compare(f"coalesce({column(f'sum({measured(self.fact, self.sum.prop)})')}, 0)", self.sum.test))
        if self.distinct is not None:
            value = measured(self.fact, self.distinct.prop, distinct=True)
            parts.append(compare(f"coalesce({column(f'count(DISTINCT {value})')}, 0)", self.distinct.test))
        for test, aggregate in ((self.first, "min(f.occurred_at)"), (self.last, "max(f.occurred_at)")):
            if test is not None:
                parts.append(compare(column(aggregate), test))
        inside = f"({' AND '.join(parts)})"
        # somebody without any such fact has no row there
        return (
            MemberSet(table, f"(NOT {inside})", outside=True) if self._true_of_nothing() else MemberSet(table, inside)
        )

    def required_window(self, query: QueryBuilder) -> timedelta | None:
        if self._true_of_nothing():
            return None
        low = query.facts.filter(self.fact, self.where, self.window).low
        return timedelta.max if low is None else query.now - low

    def _true_of_nothing(self) -> bool:
        """Whether it is true for somebody without any fact that it is about."""
        if self.first is not None or self.last is not None:
            return False
        numbers = [self.count or AT_LEAST_ONE, *(part.test for part in (self.sum, self.distinct) if part is not None)]
        return all(_zero_passes(test) for test in numbers)

    def matching(self, context: EvalContext) -> list[Event]:
        """The member's facts that it is about."""
        low, high = self.window.bounds(context.now, context.zone)
        return [
            event
            for event in context.member.events
            if event.name == self.fact
            and (low is None or event.occurred_at >= low)
            and event.occurred_at < high
            and matches(self.where, event.props, context.now, context.zone)
        ]

    def _measured(self, events: list[Event]) -> dict[str, Any]:
        measured: dict[str, Any] = {"count": len(events)}
        if self.sum is not None:
            measured["sum"] = sum(prop_values(events, self.fact, self.sum.prop))
        if self.distinct is not None:
            measured["distinct"] = len(different(prop_values(events, self.fact, self.distinct.prop)))
        times = [event.occurred_at for event in events]
        measured["first"], measured["last"] = (min(times), max(times)) if times else (None, None)
        return measured

    def holds(self, context: EvalContext) -> bool:
        measured = self._measured(self.matching(context))
        measure_tests: dict[str, Test | None] = {
            "count": self.count or AT_LEAST_ONE,
            "sum": self.sum.test if self.sum else None,
            "distinct": self.distinct.test if self.distinct else None,
            "first": self.first,
            "last": self.last,
        }
        return all(
            holds(test, measured[name], context.now, context.zone)
            for name, test in measure_tests.items()
            if test is not None
        )

    # --- changed

    def facts(self) -> frozenset[str]:
        return frozenset({self.fact})

    def add_time_dependence(self, dependence: TimeDependence) -> None:
        # a fact recorded for the future comes in when its time comes; a fixed moment (a day, an instant) moves nobody itself
        dependence.fact(self.fact, timedelta(0))
        window = self.window
        if window.within is not None:
            dependence.fact(self.fact, window.within.length)
        if window.calendar is not None:
            dependence.days.add(timedelta(0))
        ends = [bound for test in (self.first, self.last) if test is not None for bound in test.operands()]
        for when in (window.start, window.end, *ends):
            if isinstance(when, Relative):
                dependence.fact(self.fact, -when.sign * when.span.length)
        if any(item.test.type == "time" for item in self.where):
            dependence.days.add(timedelta(0))

    # --- said

    def describe(self, describer: Describer) -> str:
        return self._sentence(describer, negated=False)

    def describe_negated(self, describer: Describer) -> str:
        return self._sentence(describer, negated=True)

    def _sentence(self, describer: Describer, negated: bool) -> str:
        say, kind = describer.say, KINDS[self.fact]
        fact = say(kind.label.zh, kind.label.en[0].lower() + kind.label.en[1:])
        never = self.count is not None and self.count.op == "is" and self.count.value == 0
        plain = not (self.count or self.sum or self.distinct or self.first or self.last)
        none = (negated and plain) or never
        times = ""
        if self.count is not None and not never:
            times = describe_count(describer, self.count, say("次", "time" if self.count.value == 1 else "times"))
        where = describer.listed(
            describe_test(
                describer, describer.prop(self.fact, item.prop), item.test, fact_props(self.fact)[item.prop].refers
            )
            for item in self.where
        )
        where = say(f"（{where}）", f" ({where})") if where else ""
        window, rest = describer.window(self.window), self._describe_measures(describer)
        if describer.zh:
            whole = "，".join([f"{window}{'没有' if none else ''}{fact}{where}{times}", *rest])
            return f"不满足“{whole}”" if negated and not plain else whole
        whole = " ".join(filter(None, ["never" if none else "", f"{fact}{where}", times, window]))
        whole = ", ".join([whole, *rest])
        return f"not ({whole})" if negated and not plain else whole

    def _describe_measures(self, describer: Describer) -> list[str]:
        parts = []
        if self.sum is not None:
            name, kind = describer.prop(self.fact, self.sum.prop), fact_props(self.fact)[self.sum.prop].type
            total = describe_count(describer, self.sum.test, "", kind).replace("fewer than", "less than")
            parts.append(describer.say(f"{name}合计{total}", f"{name} {total} in total"))
        if self.distinct is not None:
            name = describer.prop(self.fact, self.distinct.prop)
            parts.append(describe_count(describer, self.distinct.test, describer.say(f"种{name}", f"different {name}")))
        for test, zh, en in ((self.first, "首次", "the first"), (self.last, "最近一次", "the latest")):
            if test is not None:
                at = describer.moment(test.op, test.value)
                parts.append(describer.say(f"{zh}{at}", f"{en} {at}"))
        return parts

    def actual_value(self, context: EvalContext) -> tuple[Any, LocalizedText | None]:
        measured = self._measured(self.matching(context))
        zh, en = [f"实际 {measured['count']:,} 次"], [f"{measured['count']:,} in fact"]
        if self.sum is not None:
            money = fact_props(self.fact)[self.sum.prop].type == "money"
            total = f"{measured['sum'] / 100:,.2f}" if money else f"{measured['sum']:,}"
            zh.append(f"合计 {total}")
            en.append(f"{total} in total")
        if self.distinct is not None:
            zh.append(f"不同 {measured['distinct']:,} 种")
            en.append(f"{measured['distinct']:,} different")
        for name, test, end_zh, end_en in (
            ("first", self.first, "首次", "first"),
            ("last", self.last, "最近一次", "latest"),
        ):
            if test is not None and measured[name] is not None:
                at = context.local_time(measured[name])
                zh.append(f"{end_zh} {at}")
                en.append(f"{end_en} {at}")
        plain = {
            name: value.isoformat() if isinstance(value, datetime) else value
            for name, value in measured.items()
            if value is not None
        }
        return plain, LocalizedText("，".join(zh), ", ".join(en))


def _zero_passes(test: Test) -> bool:
    value = test.value
    match test.op:
        case "is" | "is_not":
            return bool((value == 0) == (test.op == "is"))
        case "in" | "not_in":
            return bool((0 in value) == (test.op == "in"))
        case "between":
            return bool(value[0] <= 0 <= value[1])
        case op:
            return bool({">": value < 0, ">=": value <= 0, "<": value > 0, "<=": value >= 0}[op])


# --- for kinds that are facts of some sort


def parse_fact(context: ParseContext, path: str, body: dict[str, Any]) -> str | None:
    """The `fact` of a body: one about a member."""
    return values.chosen(context.faults, f"{path}.fact", body.get("fact"), FACTS, "fact", "行为")


def parse_measures(
    context: ParseContext,
    path: str,
    body: dict[str, Any],
    fact: str,
    extra: tuple[PropertyTest, ...] = (),
    sum_of: str | None = None,
) -> Did | None:
    """A `did` of `fact` from what `body` says besides; `extra`: what is asked of its facts too, `sum_of`: what `sum` adds up
    unless it says so."""
    faults, props, before = context.faults, fact_props(fact), len(context.faults.items)
    where = parse_property_tests(faults, f"{path}.where", body.get("where", []), props, context.schema.keys_of)
    window = values.window(faults, path, body)
    count = total = distinct = first = last = None
    if "count" in body:
        count = parse_test(faults, f"{path}.count", body["count"], "number", operators=COUNT_OPERATORS)
    if "sum" in body:
        total = _parse_sum(context, f"{path}.sum", body["sum"], fact, sum_of)
    if "distinct" in body:
        distinct = parse_property_test(faults, f"{path}.distinct", body["distinct"], props, COUNT_OPERATORS)
    if "first" in body:
        first = parse_test(faults, f"{path}.first", body["first"], "time", operators=MOMENT_OPERATORS)
    if "last" in body:
        last = parse_test(faults, f"{path}.last", body["last"], "time", operators=MOMENT_OPERATORS)
    if len(faults.items) > before or where is None or window is None:
        return None
    return Did(fact, (*extra, *where), window, count, total, distinct, first, last)


def _parse_sum(context: ParseContext, path: str, body: Any, fact: str, sum_of: str | None) -> PropertyTest | None:
    if sum_of is not None and isinstance(body, dict) and "prop" not in body:
        body = {"prop": sum_of, **body}
    prop = body.get("prop") if isinstance(body, dict) else None
    props = fact_props(fact)
    if isinstance(prop, str) and prop in props and props[prop].type not in NUMERIC:
        expected = " | ".join(summable(fact))
        context.faults.add(f"{path}.prop", f"{prop} is not a number", f"“{prop}”不是数值", expected)
        return None
    return parse_property_test(context.faults, path, body, props, COUNT_OPERATORS)


def parse_step(context: ParseContext, path: str, body: Any, besides: Sequence[str] = ()) -> Did | None:
    """{"fact", "where", a window}, or that under `did`: facts that are only picked out; `besides` may stand there too."""
    if isinstance(body, dict) and set(body) == {"did"}:
        path, body = f"{path}.did", body["did"]
    fields = context.faults.keys(path, body, ("fact", "where", *besides, *WINDOW_KEYS))
    fact = None if fields is None else parse_fact(context, path, fields)
    if fields is None or fact is None:
        return None
    plain = {key: value for key, value in fields.items() if key not in besides}
    return parse_measures(context, path, plain, fact)


def where_schema() -> JsonSchema:
    """Tests of properties of whichever fact is chosen beside them."""
    every = sorted({name for fact in FACTS for name in fact_props(fact)})
    return labelled(
        listed(chosen_test("prop", every, "property_test"), 0, 10),
        "行为属性",
        "Detail of what happened",
        "property_tests",
    )


def measures_schema(fact: str) -> dict[str, JsonSchema]:
    """What may be asked of facts of one kind."""
    properties: dict[str, JsonSchema] = {
        "where": labelled(ref(f"where_{fact}"), "行为属性", "Detail of what happened", "property_tests"),
        "count": labelled(ref("count"), "次数", "How often", "count_test"),
        "first": labelled(ref("moment"), "首次发生的时间", "First time", "moment_test"),
        "last": labelled(ref("moment"), "最近一次的时间", "Latest time", "moment_test"),
    }
    for measure, names, zh, en in (
        ("sum", summable(fact), "数值合计", "Total of a value"),
        ("distinct", list(fact_props(fact)), "不同取值的个数", "Different values"),
    ):
        if names:
            each = tests("number", COUNT_OPERATORS)
            test = obj({"prop": {"enum": names}, **each}, ["prop"], minProperties=2, maxProperties=2)
            properties[measure] = labelled(test, zh, en, f"{measure}_test")
    return properties


def prop_values(events: list[Event], fact: str, prop: str) -> list[Any]:
    """The values of a property that `events` have."""
    kind = fact_props(fact)[prop].type
    read = (typed(event.props.get(prop), kind) for event in events)
    return [value for value in read if value is not None]


def different(observed: list[Any]) -> set[Any]:
    """The different ones among `observed`; a list counts as a whole."""
    return {tuple(value) if isinstance(value, list) else value for value in observed}
