"""The kinds of steps there are. To add one: its file, and its name in this list."""

from siyu.journeys.steps.branch import BranchStep
from siyu.journeys.steps.exit import ExitStep
from siyu.journeys.steps.send import SendStep
from siyu.journeys.steps.split import SplitStep
from siyu.journeys.steps.step import StepKind
from siyu.journeys.steps.tag import TagStep
from siyu.journeys.steps.wait import WaitStep
from siyu.journeys.steps.wait_until import WaitUntilStep

STEPS: dict[str, type[StepKind]] = {
    kind.kind: kind for kind in (SendStep, WaitStep, WaitUntilStep, BranchStep, SplitStep, TagStep, ExitStep)
}
