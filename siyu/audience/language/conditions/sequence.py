"""Sequence: facts one after the other, or in any order, within a span of time."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from siyu.audience.language import values
from siyu.audience.language.conditions.condition import Condition
from siyu.audience.language.conditions.did import Did, parse_step, where_schema
from siyu.audience.language.describe import Describer
from siyu.audience.language.evaluate import EvalContext
from siyu.audience.language.identity import Visit, map_fact_references
from siyu.audience.language.limits import STEPS_MAX
from siyu.audience.language.parse_context import ParseContext
from siyu.audience.language.schema import FACTS, Schema
from siyu.audience.language.schema_parts import JsonSchema, labelled, listed, obj, or_wrapped, ref, windowed
from siyu.audience.language.time_dependence import TimeDependence
from siyu.audience.language.time_windows import Span
from siyu.audience.sql.fact_scan import MEMBER, FactFilter, FactScans
from siyu.audience.sql.member_sets import MemberSet
from siyu.audience.sql.query import QueryBuilder
from siyu.kit.text import LocalizedText

US = timedelta(microseconds=1)


@dataclass(frozen=True)
class Sequence(Condition):
    """Steps that happened one strictly after the other (or, unordered, all), from the first to the last in under `within`."""

    steps: tuple[Did, ...]
    within: Span
    ordered: bool

    key = "sequence"
    label = LocalizedText("先后行为", "Sequence")
    example = {"steps": [{"fact": ""}, {"fact": ""}], "within": "7d", "ordered": True}

    @classmethod
    def parse(cls, context: ParseContext, path: str, body: Any) -> "Sequence | None":
        """{"steps": [did...], "within": "7d", "ordered": true}; a step is a fact, `where` and a window."""
        faults, fields = context.faults, context.faults.keys(path, body, ("steps", "within", "ordered"))
        if fields is None:
            return None
        steps = fields.get("steps")
        if not isinstance(steps, list) or not 2 <= len(steps) <= STEPS_MAX:
            faults.add(f"{path}.steps", f"must be 2 to {STEPS_MAX} steps", f"应为 2 至 {STEPS_MAX} 步")
            return None
        ordered = values.boolean(faults, f"{path}.ordered", fields.get("ordered", True))
        within = values.span(faults, f"{path}.within", fields.get("within"))
        read = [parse_step(context, f"{path}.steps[{index}]", step) for index, step in enumerate(steps)]
        known = tuple(step for step in read if step is not None)
        if within is None or ordered is None or len(known) < len(steps):
            return None
        return cls(known, within, ordered)

    @classmethod
    def map_references(cls, body: Any, visit: Visit) -> Any:
        """Those of its steps."""
        if not isinstance(body, dict) or not isinstance(body.get("steps"), list):
            return body
        return {**body, "steps": [map_fact_references(step, visit) for step in body["steps"]]}

    @classmethod
    def json_schema(cls, schema: Schema) -> JsonSchema:
        fact = labelled({"enum": list(FACTS)}, "行为", "What happened", "fact")
        return cls._of(windowed({"fact": fact, "where": where_schema()}, ["fact"]))

    @classmethod
    def strict_schema(cls, schema: Schema) -> JsonSchema:
        each = [windowed({"fact": {"const": fact}, "where": ref(f"where_{fact}")}, ["fact"]) for fact in FACTS]
        return cls._of(or_wrapped({"anyOf": each}))

    @classmethod
    def _of(cls, step: JsonSchema) -> JsonSchema:
        return obj(
            {
                "steps": labelled(listed(step, 2, STEPS_MAX), "步骤", "Steps", "steps"),
                "within": labelled(ref("span"), "全部在多长时间内", "All within", "span"),
                "ordered": labelled({"type": "boolean"}, "依次发生", "In this order"),
            },
            ["steps", "within"],
        )

    def members(self, query: QueryBuilder) -> MemberSet:
        name = query.fresh_name("q")
        for table, select in self._tables(query.facts, name):
            query.table(table, select)
        return MemberSet(name)

    def holds(self, context: EvalContext) -> bool:
        steps = [sorted(event.occurred_at for event in step.matching(context)) for step in self.steps]
        span = self.within.length
        if self.ordered:
            return any(_follows(first, steps[1:], first + span) for first in steps[0])
        starts = [at for step in steps for at in step]
        return any(all(any(at <= other < at + span for other in step) for step in steps) for at in starts)

    def facts(self) -> frozenset[str]:
        return frozenset(step.fact for step in self.steps)

    def add_time_dependence(self, dependence: TimeDependence) -> None:
        for step in self.steps:
            step.add_time_dependence(dependence)

    def describe(self, describer: Describer) -> str:
        steps = [step.describe(describer) for step in self.steps]
        span = describer.span(self.within)
        if self.ordered:
            zh, en = f"{span}内先后发生：{' → '.join(steps)}", f"in this order within {span}: {', then '.join(steps)}"
        else:
            zh, en = f"{span}内都发生过：{'、'.join(steps)}", f"all within {span}: {', '.join(steps)}"
        return describer.say(zh, en)

    def _tables(self, facts: FactScans, name: str) -> Iterator[tuple[str, str]]:
        """(name, SELECT) of the tables that lead to `name`, the members who went through it."""
        span, which = (
            self.within.length // US,
            [facts.filter(step.fact, step.where, step.window) for step in self.steps],
        )
        if len(self.steps) == 2:
            yield from self._pair(facts, which, name, span)
            return
        yield f"{name}_e", _events(facts, self.steps, which)
        # ranges are sorted by member: only those with every step are worth it
        every = " AND ".join(f"bool_or(s{index})" for index in range(len(self.steps)))
        yield f"{name}_m", f"SELECT member_id FROM {name}_e GROUP BY member_id HAVING {every}"
        yield f"{name}_w", f"SELECT * FROM {name}_e WHERE member_id IN (SELECT member_id FROM {name}_m)"
        yield from (_in_turn if self.ordered else _together)(name, len(self.steps), span)

    def _pair(self, facts: FactScans, which: list[FactFilter], name: str, span: int) -> Iterator[tuple[str, str]]:
        """Two steps: a hash join on the member and the stretch of one span that the fact lies in.

        Two facts less than a span apart lie in one stretch or in neighbouring ones, so each first fact looks into those.
        """
        first, then = f"{name}_first", f"{name}_then"
        first_facts, then_facts = (_step(facts, step.fact, part) for step, part in zip(self.steps, which, strict=True))
        yield first, first_facts
        yield then, f"SELECT member_id, us, us // {span} AS stretch FROM ({then_facts}) AS t"
        near = (0, 1) if self.ordered else (-1, 0, 1)
        stretches = " UNION ALL ".join(
            f"SELECT member_id, us, us // {span} + {n} AS stretch FROM {first}" for n in near
        )
        earliest = "a.us" if self.ordered else f"a.us - {span}"
        yield (
            name,
            f"SELECT DISTINCT a.member_id FROM ({stretches}) AS a SEMI JOIN {then} AS b "
            f"ON b.member_id = a.member_id AND b.stretch = a.stretch AND b.us > {earliest} AND b.us < a.us + {span}",
        )


def _follows(after: datetime, steps: list[list[datetime]], end: datetime) -> bool:
    for step in steps:
        coming = next((at for at in step if at > after), None)
        if coming is None or coming >= end:
            return False
        after = coming
    return True


def _step(facts: FactScans, fact: str, which: FactFilter) -> str:
    """(member_id, us) of the facts of one step."""
    source = facts.source(f"= '{fact}'", which.low, which.high)
    kept = f" AND {which.where}" if which.where else ""
    return f"SELECT {MEMBER} AS member_id, epoch_us(f.occurred_at) AS us {source}{kept} AND {MEMBER} >= 0"


def _events(facts: FactScans, steps: tuple[Did, ...], filters: list[FactFilter]) -> str:
    """(member_id, us, s0, s1...): the facts that can be a step, and which."""
    known = [which.low for which in filters if which.low is not None]
    names = ", ".join(f"'{fact}'" for fact in dict.fromkeys(step.fact for step in steps))
    flags = ", ".join(
        f"(f.name = '{step.fact}'{f' AND {kept}' if (kept := which.sql()) else ''}) AS s{index}"
        for index, (step, which) in enumerate(zip(steps, filters, strict=True))
    )
    source = facts.source(f"IN ({names})", min(known) if len(known) == len(filters) else None)
    some = " OR ".join(f"s{index}" for index in range(len(steps)))
    return (
        f"SELECT * FROM (SELECT {MEMBER} AS member_id, epoch_us(f.occurred_at) AS us, {flags} {source}) AS e "
        f"WHERE member_id >= 0 AND ({some})"
    )


def _in_turn(name: str, steps: int, span: int) -> Iterator[tuple[str, str]]:
    """For each first step the earliest end of the whole: from the last step back, the least end after each event."""
    last = steps - 1
    yield f"{name}_{last}", f"SELECT *, CASE WHEN s{last} THEN us END AS e{last} FROM {name}_w"
    after = "OVER (PARTITION BY member_id ORDER BY us RANGE BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING)"
    for index in range(steps - 2, -1, -1):
        value = f"CASE WHEN s{index} THEN min(e{index + 1}) {after} END AS e{index}"
        yield f"{name}_{index}", f"SELECT *, {value} FROM {name}_{index + 1}"
    yield name, f"SELECT DISTINCT member_id FROM {name}_0 WHERE e0 < us + {span}"


def _together(name: str, steps: int, span: int) -> Iterator[tuple[str, str]]:
    """Every step within one span that begins at some event."""
    ahead = f"OVER (PARTITION BY member_id ORDER BY us RANGE BETWEEN CURRENT ROW AND {span - 1} FOLLOWING)"
    seen = ", ".join(f"bool_or(s{index}) {ahead} AS w{index}" for index in range(steps))
    every = " AND ".join(f"w{index}" for index in range(steps))
    yield f"{name}_0", f"SELECT member_id, {seen} FROM {name}_w"
    yield name, f"SELECT DISTINCT member_id FROM {name}_0 WHERE {every}"
