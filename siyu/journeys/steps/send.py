"""Send: plan a message; the run goes on as soon as it is known whether it will be sent."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from siyu.channels.messages.actions.plan import Intent, plan
from siyu.channels.policy.rules import PURPOSES
from siyu.journeys.graph.structure import Answers, Faults, Run, Step, StepKind, StepOutcome, is_one_of
from siyu.journeys.queries import references, search
from siyu.journeys.steps.context import RunGroup, StepContext
from siyu.kit.errors import Fault

HELD = ("defer", "drop")
PURPOSE = "marketing"
SENT, WITHHELD, FAILED = "sent", "withheld", "failed"


def exits(_config: Mapping[str, Any]) -> list[str]:
    """Accepted for sending, held back for good, or failed at once."""
    return [SENT, WITHHELD, FAILED]


def check(path: str, config: Mapping[str, Any], known: Any) -> Faults:
    """A channel that exists, a live template of it, words we know."""
    faults: Faults = []
    channel = config.get("channel")
    if not is_one_of(channel, known.channels):
        faults.append(Fault(f"{path}.channel", "choose a channel", "请选择渠道", " | ".join(sorted(known.channels))))
    template = config.get("template")
    if template is None or template == "":
        faults.append(Fault(f"{path}.template", "choose a template", "请选择内容模板"))
    elif known.templates.get(str(template)) is None:
        faults.append(Fault(f"{path}.template", "there is no such template", "没有这个内容模板"))
    elif known.templates[str(template)] != channel:
        faults.append(Fault(f"{path}.template", "the template is for another channel", "该模板不属于所选渠道"))
    if not is_one_of(config.get("purpose", PURPOSE), PURPOSES):
        faults.append(Fault(f"{path}.purpose", "no such purpose", "没有这种用途", " | ".join(PURPOSES)))
    return faults + [
        Fault(f"{path}.{name}", "defer or drop", "只能推迟或放弃", " | ".join(HELD))
        for name in ("on_cap", "on_quiet")
        if config.get(name, HELD[0]) not in HELD
    ]


def intent_key(journey_id: int, version: int, node: str, run: Run) -> str:
    """One message per journey version, step, entry and member; each lap of a loop is one of its own."""
    lap = (run.loop_counts or {}).get(node, 0)
    return f"journey:{journey_id}:{version}:{node}:{run.entry}:{run.member_id}" + (f":lap{lap}" if lap else "")


async def apply(context: StepContext, groups: Sequence[RunGroup]) -> list[Answers]:
    """Plan every group's messages in one call; the intent key makes a second planning a no-op."""
    templates = await references.template_ids(
        context.tx, context.workspace_id, {str(group.step.config["template"]) for group in groups}
    )
    owners: dict[str, tuple[int, int]] = {}
    intents: list[Intent] = []
    answers: list[dict[str, set[int]]] = [{SENT: set(), WITHHELD: set(), FAILED: set()} for _ in groups]
    for place, group in enumerate(groups):
        template_id = templates.get(str(group.step.config["template"]))
        if template_id is None:
            answers[place][FAILED].update(run.id for run in group.runs)
            continue
        for run in group.runs:
            key = intent_key(context.journey_id, group.version, group.step.id, run)
            owners[key] = (place, run.id)
            intents.append(_intent(context, group, run, key, template_id))
    for planned in await plan(context.tx, intents, context.now) if intents else ():
        place, run_id = owners[planned.intent_key]
        answers[place][planned.state if planned.state in (WITHHELD, FAILED) else SENT].add(run_id)
    return list(answers)


def _intent(context: StepContext, group: RunGroup, run: Run, key: str, template_id: int) -> Intent:
    config = group.step.config
    return Intent(
        workspace_id=context.workspace_id,
        intent_key=key,
        member_id=run.member_id,
        channel=config["channel"],
        template_id=template_id,
        purpose=config.get("purpose", PURPOSE),
        source=search.source_of(context.journey_id),
        origin={
            "journey_id": context.journey_id,
            "version": group.version,
            "step": group.step.id,
            "entry": run.entry,
        },
        on_cap=config.get("on_cap", HELD[0]),
        on_quiet=config.get("on_quiet", HELD[0]),
        values={},
    )


def decide(_step: Step, runs: Sequence[Run], holds: Answers, _now: datetime) -> StepOutcome:
    """By what became of the message."""
    outcome = StepOutcome()
    for run in runs:
        exit = next((exit for exit in (WITHHELD, FAILED) if run.id in holds[exit]), SENT)
        outcome.left.setdefault(exit, []).append(run)
    return outcome


SEND = StepKind("send", frozenset({"channel", "template", "purpose", "on_cap", "on_quiet"}), exits, check, decide)
