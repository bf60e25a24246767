"""Stage: where somebody is in the lifecycle of a customer, by their paid orders."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, ClassVar

from siyu.audience.language import lifecycle, values
from siyu.audience.language.conditions.condition import Condition
from siyu.audience.language.describe import Describer
from siyu.audience.language.evaluate import EvalContext
from siyu.audience.language.lifecycle import ORDER, STAGES
from siyu.audience.language.parse_context import ParseContext
from siyu.audience.language.schema import Schema
from siyu.audience.language.schema_parts import JsonSchema, choice, labelled, listed
from siyu.audience.language.time_dependence import TimeDependence
from siyu.audience.language.time_windows import EVER
from siyu.audience.sql.fact_scan import FactFilter
from siyu.audience.sql.member_sets import MemberSet
from siyu.audience.sql.query import QueryBuilder
from siyu.audience.sql.stage_sql import stage_case
from siyu.kit.text import LocalizedText


@dataclass(frozen=True)
class Stage(Condition):
    """In one of these stages."""

    stages: tuple[str, ...]

    key = "stage"
    label = LocalizedText("生命周期", "Lifecycle stage")
    example: ClassVar[Any] = []

    @classmethod
    def parse(cls, context: ParseContext, path: str, body: Any) -> "Stage | None":
        """["new", "silent"...]"""
        read = values.texts(context.faults, path, body)
        for index, name in enumerate(read or ()):
            if name not in STAGES:
                at, expected = f"{path}[{index}]", " | ".join(STAGES)
                context.faults.add(at, f"there is no stage {name}", f"没有“{name}”这个阶段", expected)
                return None
        return None if read is None else cls(read)

    @classmethod
    def json_schema(cls, schema: Schema) -> JsonSchema:
        return labelled(listed({**choice(STAGES), "format": "stage"}), "阶段", "Stages")

    def members(self, query: QueryBuilder) -> MemberSet:
        table, scan = query.facts.scan(ORDER)
        ever, recent = query.facts.filter(ORDER, (), EVER), FactFilter(query.now - lifecycle.CORE_WITHIN, None, "")
        first, last, number = (
            f"{table}.{scan.column(aggregate, which)}"
            for aggregate, which in (("min(f.occurred_at)", ever), ("max(f.occurred_at)", ever), ("count(*)", recent))
        )
        case = stage_case(first, last, number, query.now)
        return MemberSet(table, f"({case} IN ({', '.join(repr(stage) for stage in self.stages)}))")

    def holds(self, context: EvalContext) -> bool:
        return _stage_of(context) in self.stages

    def facts(self) -> frozenset[str]:
        return frozenset({ORDER})

    def add_time_dependence(self, dependence: TimeDependence) -> None:
        dependence.fact(ORDER, timedelta(0), *lifecycle.STAGE_SPANS)

    def describe(self, describer: Describer) -> str:
        stages = describer.say("、", " or ").join(describer.pick(STAGES[stage]) for stage in self.stages)
        return describer.say(f"生命周期为{stages}", f"lifecycle stage is {stages}")

    def actual_value(self, context: EvalContext) -> tuple[Any, LocalizedText | None]:
        stage = _stage_of(context)
        label = STAGES[stage] if stage else LocalizedText("无订单", "no orders")
        return stage, LocalizedText(f"现为{label.zh}", f"it is {label.en}")


def _stage_of(context: EvalContext) -> str | None:
    times = [event.occurred_at for event in context.events(ORDER)]
    recent = len(context.events(ORDER, lifecycle.CORE_WITHIN))
    return lifecycle.stage(min(times, default=None), max(times, default=None), recent, context.now)
