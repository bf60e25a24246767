"""Audience: in another saved audience, as its conditions are now."""

from dataclasses import dataclass
from typing import Any

from siyu.audience.language import values
from siyu.audience.language.conditions.condition import Condition
from siyu.audience.language.describe import Describer
from siyu.audience.language.evaluate import EvalContext, evaluate
from siyu.audience.language.identity import Visit
from siyu.audience.language.limits import REFERENCE_DEPTH_MAX
from siyu.audience.language.parse_context import ParseContext
from siyu.audience.language.schema import Schema
from siyu.audience.language.schema_parts import TEXT, JsonSchema, labelled
from siyu.audience.language.tree import Tree
from siyu.audience.sql.member_sets import MemberSet
from siyu.audience.sql.query import QueryBuilder
from siyu.kit.text import LocalizedText


@dataclass(frozen=True)
class Reference(Condition):
    """Another saved audience, by name, with its tree as it is now. What it counts and watches is that of its tree."""

    name: str
    tree: Tree

    key = "audience"
    label = LocalizedText("已有人群", "Another audience")
    example = ""

    @classmethod
    def parse(cls, context: ParseContext, path: str, body: Any) -> "Reference | None":
        """The name of a saved audience, whose tree is read in its turn."""
        faults, audiences = context.faults, context.schema.audiences
        name = values.text(faults, path, body)
        if name is None:
            return None
        if name in context.trail:
            way = " -> ".join((*context.trail, name))
            faults.add(path, f"refers to itself: {way}", f"人群循环引用：{way}")
        elif name not in audiences:
            known = " | ".join(sorted(audiences)[:20])
            faults.add(path, f"there is no audience {name}", f"没有名为“{name}”的人群", known)
        elif len(context.trail) >= REFERENCE_DEPTH_MAX:
            deep, deep_zh = f"audiences may refer to each other {REFERENCE_DEPTH_MAX} deep", "人群之间最多引用"
            faults.add(path, deep, f"{deep_zh} {REFERENCE_DEPTH_MAX} 层")
        else:
            return cls._parse_inner(context, path, name)
        return None

    @classmethod
    def map_references(cls, body: Any, visit: Visit) -> Any:
        """The audience."""
        return visit("audience", body)

    @classmethod
    def _parse_inner(cls, context: ParseContext, path: str, name: str) -> "Reference | None":
        inner = context.inside(name)
        tree = context.parse_tree(inner, context.schema.audiences[name].tree)
        context.conditions = inner.conditions
        if tree is not None and not inner.faults.items:
            return cls(name, tree)
        fault = inner.faults.items[0]
        context.faults.add(
            path,
            f"the audience {name} cannot be used: {fault.path} {fault.reason}",
            f"人群“{name}”无法使用：{fault.path} {fault.reason_zh}",
        )
        return None

    @classmethod
    def json_schema(cls, schema: Schema) -> JsonSchema:
        names = {"enum": sorted(schema.audiences)} if schema.audiences else TEXT
        return labelled(names, "人群", "Audience", "audience")

    def members(self, query: QueryBuilder) -> MemberSet:
        return query.members(self.tree)

    def holds(self, context: EvalContext) -> bool:
        return evaluate(self.tree, context.member, context.now, context.zone, context.population)

    def describe(self, describer: Describer) -> str:
        known = describer.schema.audiences.get(self.name)
        label = known.label if known else self.name
        return describer.say(f"在人群“{label}”中", f"is in the audience “{label}”")

    def referenced(self) -> tuple[str, Tree]:
        return self.name, self.tree
