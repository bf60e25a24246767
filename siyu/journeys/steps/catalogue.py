"""The kinds of steps. To add one: one file with its pure part and, if it touches other rooms, `apply`; one line here."""

from siyu.journeys.graph.structure import StepKind
from siyu.journeys.steps import branch, send, tag, wait_until
from siyu.journeys.steps.branch import BRANCH
from siyu.journeys.steps.context import Apply
from siyu.journeys.steps.exit import EXIT
from siyu.journeys.steps.send import SEND
from siyu.journeys.steps.split import SPLIT
from siyu.journeys.steps.tag import TAG
from siyu.journeys.steps.wait import WAIT
from siyu.journeys.steps.wait_until import WAIT_UNTIL

STEPS: dict[str, StepKind] = {kind.kind: kind for kind in (SEND, WAIT, WAIT_UNTIL, BRANCH, SPLIT, TAG, EXIT)}

APPLY: dict[str, Apply] = {"send": send.apply, "branch": branch.apply, "tag": tag.apply, "wait_until": wait_until.apply}
"""Those that touch other rooms."""

NEEDS_FRESH_LAKE = frozenset({"branch"})
"""What a run did in this batch is in the lake only after the batch, so such a step waits for the next one."""
