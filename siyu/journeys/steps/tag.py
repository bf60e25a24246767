"""Tag: put tags on and take tags off."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from siyu.contacts.tags import actions as contacts
from siyu.journeys.graph.structure import TAGS_MAX, Answers, Faults, Run, Step, StepKind, StepOutcome
from siyu.journeys.queries import references, search
from siyu.journeys.steps.context import RunGroup, StepContext
from siyu.kit.errors import Fault
from siyu.kit.limits import NAME_CHARS_MAX


def exits(_config: Mapping[str, Any]) -> list[str]:
    """There is one way on."""
    return ["done"]


def check(path: str, config: Mapping[str, Any], known: Any) -> Faults:
    """At least one tag of the brand to put on or take off, none in both, at most one of an exclusive group to put on."""
    faults: Faults = []
    for name in ("add", "remove"):
        tags = config.get(name) or []
        right = isinstance(tags, list) and len(tags) <= TAGS_MAX
        if not right or not all(isinstance(tag, str) and 0 < len(tag) <= NAME_CHARS_MAX for tag in tags):
            faults.append(Fault(f"{path}.{name}", f"at most {TAGS_MAX} tag names", f"应为标签名，最多 {TAGS_MAX} 个"))
    if faults:
        return faults
    add, remove = config.get("add") or [], config.get("remove") or []
    if not add and not remove:
        return [Fault(f"{path}.add", "choose a tag", "请选择标签")]
    both = sorted(set(add) & set(remove))
    if both:
        faults.append(Fault(f"{path}.remove", f"also put on: {', '.join(both)}", f"同时要打上：{'、'.join(both)}"))
    for name, tags in (("add", add), ("remove", remove)):
        missing = [tag for tag in tags if tag not in known.tags]
        if missing:
            reason = f"no such tag: {', '.join(missing)}"
            faults.append(Fault(f"{path}.{name}", reason, f"没有这个标签：{'、'.join(missing)}"))
    groups = [known.tags[tag] for tag in dict.fromkeys(add) if known.tags.get(tag) is not None]
    if len(set(groups)) < len(groups):
        faults.append(Fault(f"{path}.add", "two tags of one exclusive group", "同一互斥组只能打一个标签"))
    return faults


async def apply(context: StepContext, groups: Sequence[RunGroup]) -> list[Answers]:
    """One call a group. A tag that was deleted after publishing is passed over: it must not hold the journey up."""
    wanted = {tag for group in groups for name in ("add", "remove") for tag in group.step.config.get(name) or ()}
    known = await references.tags(context.tx, context.workspace_id, wanted)
    for group in groups:
        add = [tag for tag in group.step.config.get("add") or () if tag in known]
        remove = [tag for tag in group.step.config.get("remove") or () if tag in known]
        if add or remove:
            await contacts.tag(
                context.tx,
                context.workspace_id,
                sorted({run.member_id for run in group.runs}),
                add,
                remove,
                source=search.source_of(context.journey_id),
                actor="system",
                now=context.now,
            )
    return [{} for _ in groups]


def decide(_step: Step, runs: Sequence[Run], _holds: Answers, _now: datetime) -> StepOutcome:
    """Everybody goes on."""
    return StepOutcome(left={"done": list(runs)})


TAG = StepKind("tag", frozenset({"add", "remove"}), exits, check, decide)
