"""`explain`: why a member is in or out, condition by condition, and when that turns by time alone."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from siyu.audience.language.conditions.condition import Condition
from siyu.audience.language.describe import describe_condition
from siyu.audience.language.evaluate import EvalContext, MemberView, Population, evaluate
from siyu.audience.language.schema import Schema
from siyu.audience.language.time_dependence import changes_at, fact_names
from siyu.audience.language.tree import Tree, walk
from siyu.facts.catalogue import KINDS
from siyu.kit.text import LocalizedText


@dataclass(frozen=True)
class ConditionReason:
    """One condition for one member: its words, truth and value, and when it turns by time alone."""

    path: str
    matched: bool
    text: LocalizedText
    value: Any
    changes_at: datetime | None


@dataclass(frozen=True)
class Explanation:
    """Why a member is in or out, and when that turns by time alone unless one of the facts called `unless` comes first."""

    matched: bool
    reasons: list[ConditionReason]
    changes_at: datetime | None
    unless: LocalizedText


def explain(tree: Tree, schema: Schema, member: MemberView, now: datetime, population: Population) -> Explanation:
    """The truth of `tree` for `member` at `now`, and of each of its conditions."""
    reasons = [
        _reason(path, condition, schema, EvalContext(member, now, schema.zone, population, schema.name_of))
        for path, condition in walk(tree)
    ]
    kinds = [KINDS[name] for name in sorted(fact_names(tree))]
    return Explanation(
        evaluate(tree, member, now, schema.zone, population),
        reasons,
        changes_at(tree, member, now, schema.zone, population),
        LocalizedText("、".join(kind.label.zh for kind in kinds), ", ".join(kind.label.en for kind in kinds)),
    )


def _reason(path: str, condition: Condition, schema: Schema, context: EvalContext) -> ConditionReason:
    value, beside = condition.actual_value(context)
    text = describe_condition(condition, schema)
    if beside is not None:
        text = LocalizedText(f"{text.zh}（{beside.zh}）", f"{text.en} ({beside.en})")
    turns = changes_at(condition, context.member, context.now, context.zone, context.population)
    matched = evaluate(condition, context.member, context.now, context.zone, context.population)
    return ConditionReason(path, matched, text, value, turns)
