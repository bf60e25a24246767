"""Branch: the first condition that holds for the member decides."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from siyu.audience import queries as audience
from siyu.journeys.graph.check import under
from siyu.journeys.graph.structure import BRANCHES_MAX, Answers, Faults, Run, Step, StepKind, StepOutcome
from siyu.journeys.steps.context import RunGroup, StepContext
from siyu.journeys.steps.split import key_is_right
from siyu.kit.errors import Fault

ELSE = "else"


def exits(config: Mapping[str, Any]) -> list[str]:
    """The branches in order, then `else`."""
    return [*(branch["key"] for branch in config["branches"]), ELSE]


def check(path: str, config: Mapping[str, Any], known: Any) -> Faults:
    """Branches need keys of their own and trees that are right."""
    branches = config.get("branches")
    if not isinstance(branches, list) or not 0 < len(branches) <= BRANCHES_MAX:
        return [Fault(f"{path}.branches", f"needs 1 to {BRANCHES_MAX} branches", f"需要 1 至 {BRANCHES_MAX} 个分支")]
    faults: Faults = []
    keys: set[str] = set()
    for i, branch in enumerate(branches):
        at = f"{path}.branches[{i}]"
        key: Any = branch.get("key") if isinstance(branch, dict) else None
        if not key_is_right(key) or key == ELSE:
            return [*faults, Fault(f"{at}.key", "needs a key", "需要标识")]
        if key in keys:
            return [*faults, Fault(f"{at}.key", "two branches have the same key", "分支标识重复")]
        keys.add(key)
        if empty(branch.get("tree")):
            faults.append(Fault(f"{at}.tree", "say who takes this branch", "请填写进入该分支的条件"))
        else:
            faults += under(f"{at}.tree", known.tree(branch["tree"]))
    return faults


def empty(tree: Any) -> bool:
    """A tree that says nothing about anybody."""
    return not isinstance(tree, dict) or not tree or tree in ({"all": []}, {"any": []})


async def apply(context: StepContext, groups: Sequence[RunGroup]) -> list[Answers]:
    """Ask the lake, one question a branch, about those whom no earlier branch took."""
    answers: list[Answers] = []
    for group in groups:
        left = list(group.runs)
        holds: dict[str, frozenset[int]] = {}
        for branch in group.step.config["branches"]:
            inside = await members_in(context, branch["tree"], left)
            holds[branch["key"]] = frozenset(run.id for run in left if run.member_id in inside)
            left = [run for run in left if run.member_id not in inside]
        answers.append(holds)
    return answers


async def members_in(context: StepContext, tree: Any, runs: Sequence[Run]) -> set[int]:
    """Which members of `runs` are in the tree now."""
    ids = sorted({run.member_id for run in runs})
    if not ids:
        return set()
    return await audience.among(context.tx, context.lake, context.workspace_id, tree, ids, context.now)


def decide(step: Step, runs: Sequence[Run], holds: Answers, _now: datetime) -> StepOutcome:
    """The first branch that holds, or `else`."""
    outcome = StepOutcome()
    branches = [(branch["key"], holds[branch["key"]]) for branch in step.config["branches"]]
    for run in runs:
        key = next((key for key, inside in branches if run.id in inside), ELSE)
        outcome.left.setdefault(key, []).append(run)
    return outcome


BRANCH = StepKind("branch", frozenset({"branches"}), exits, check, decide)
