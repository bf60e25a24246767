"""Branch: the first condition that holds for the member decides."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, ClassVar, Self

from pydantic import Field

from siyu.journeys.steps.names import Names
from siyu.journeys.steps.rehearsal import DryAnswer, Rehearsal
from siyu.journeys.steps.step import (
    Answers,
    Exit,
    References,
    Run,
    RunGroup,
    StepContext,
    StepKind,
    StepOutcome,
    key_is_right,
    says_nothing,
)
from siyu.kit.config import Config, Setting, nested
from siyu.kit.errors import Fault
from siyu.kit.text import LocalizedText, joined, same

BRANCHES_MAX = 20
ELSE = Exit("else", LocalizedText("其他人", "everyone else"), LocalizedText("不符合任何分支", "No branch applies"))


class BranchCase(Config):
    """One branch: who takes it."""

    key: Annotated[
        str,
        Setting(LocalizedText("标识", "Key"), fault=LocalizedText("需要标识", "needs a key"), format="exit_key"),
    ] = ""
    label: Annotated[str | None, Setting(LocalizedText("分支名称", "Name of the branch"))] = None
    tree: Annotated[
        dict[str, Any] | None,
        Setting(
            LocalizedText("条件", "Conditions"),
            fault=LocalizedText("请填写进入该分支的条件", "say who takes this branch"),
            format="audience_tree",
        ),
    ] = None

    def check(self, path: str, references: References) -> list[Fault]:
        """A tree that says something and is right."""
        if says_nothing(self.tree):
            return [self.fault(path, "tree")]
        return nested(f"{path}.tree", references.tree(self.tree))


class BranchStep(StepKind):
    """Part by audience conditions."""

    kind: ClassVar[str] = "branch"
    label: ClassVar[LocalizedText] = LocalizedText("条件分支", "Branch")
    help: ClassVar[LocalizedText] = LocalizedText(
        "按人群条件分流，先符合的先走", "Part by audience conditions; the first that holds wins"
    )
    icon: ClassVar[str] = "branches"
    start: ClassVar[Mapping[str, Any]] = {"branches": [{"key": "b1", "label": "", "tree": {"all": []}}]}
    fixed_exits: ClassVar[tuple[Exit, ...]] = (ELSE,)
    exits_from: ClassVar[str | None] = "branches"
    needs_fresh_lake: ClassVar[bool] = True

    branches: Annotated[
        list[BranchCase],
        Field(min_length=1, max_length=BRANCHES_MAX),
        Setting(
            LocalizedText("分支", "Branches"),
            fault=LocalizedText(f"需要 1 至 {BRANCHES_MAX} 个分支", f"needs 1 to {BRANCHES_MAX} branches"),
            hint=LocalizedText(
                "从上到下，满足哪个走哪个；都不满足走「其他人」。",
                "The first that fits is taken; otherwise “everyone else”.",
            ),
        ),
    ]

    def exits(self) -> tuple[Exit, ...]:
        """The branches in order, then `else`."""
        return (*(_exit(branch, place) for place, branch in enumerate(self.branches, 1)), ELSE)

    def summary(self, _names: Names) -> LocalizedText:
        """The branches in order."""
        return joined((exit.label for exit in self.exits()[:-1]), " / ", " / ")

    def check(self, path: str, references: References) -> list[Fault]:
        """Branches need keys of their own and trees that are right."""
        faults: list[Fault] = []
        keys: set[str] = set()
        for i, branch in enumerate(self.branches):
            at = f"{path}.branches[{i}]"
            if not key_is_right(branch.key) or branch.key == ELSE.key:
                return [*faults, branch.fault(at, "key")]
            if branch.key in keys:
                double = LocalizedText("分支标识重复", "two branches have the same key")
                return [*faults, branch.fault(at, "key", double)]
            keys.add(branch.key)
            faults += branch.check(at, references)
        return faults

    def trees(self) -> Sequence[Any]:
        """The conditions of its branches."""
        return [branch.tree for branch in self.branches]

    @classmethod
    async def apply(cls, context: StepContext, groups: Sequence[RunGroup[Self]]) -> Sequence[Answers]:
        """Ask the lake, one question a branch, about those whom no earlier branch took."""
        answers: list[Answers] = []
        for group in groups:
            left = list(group.runs)
            holds: dict[str, frozenset[int]] = {}
            for branch in group.step.settings.branches:
                inside = await context.members_in(branch.tree, left)
                holds[branch.key] = frozenset(run.id for run in left if run.member_id in inside)
                left = [run for run in left if run.member_id not in inside]
            answers.append(holds)
        return answers

    def decide(self, _salt: str, runs: Sequence[Run], answers: Answers, _now: datetime) -> StepOutcome:
        """The first branch that holds, or `else`."""
        outcome = StepOutcome()
        branches = [(branch.key, answers[branch.key]) for branch in self.branches]
        for run in runs:
            key = next((key for key, inside in branches if run.id in inside), ELSE.key)
            outcome.left.setdefault(key, []).append(run)
        return outcome

    def rehearse(self, run: Run, rehearsal: Rehearsal) -> DryAnswer:
        """Whether the member is in each branch's tree."""
        holds = {b.key: frozenset({run.id} if rehearsal.inside(b.tree) else ()) for b in self.branches}
        return DryAnswer(holds)


def _exit(branch: BranchCase, place: int) -> Exit:
    label = same(branch.label) if branch.label else LocalizedText(f"分支 {place}", f"Branch {place}")
    return Exit(branch.key, label, LocalizedText(f"进入「{label.zh}」", f"Takes “{label.en}”"))
