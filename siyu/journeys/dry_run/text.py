"""What a moment of a dry run is called, in both languages."""

from siyu.channels.messages.states import REASON_LABELS
from siyu.journeys.dry_run.rules import Moment
from siyu.journeys.states import EXIT_REASONS
from siyu.journeys.steps.step import LEFT, Step, StepKind
from siyu.kit.text import LocalizedText

UNFINISHED = LocalizedText("还没有走完", "Still on the way")


def describe_moment(moment: Moment, step: Step[StepKind]) -> LocalizedText:
    """What happened at a moment."""
    if moment.exit is None:
        return describe_ending(moment)
    message = moment.message
    if message is not None and message.reason is not None:
        reason = REASON_LABELS[message.reason]
        if message.state == "withheld":
            return LocalizedText(f"消息不会发送：{reason.zh}", f"The message is withheld: {reason.en}")
        return LocalizedText(f"消息推迟发送：{reason.zh}", f"The message is put off: {reason.en}")
    return next(exit.passed for exit in step.settings.exits() if exit.key == moment.exit)


def describe_ending(moment: Moment) -> LocalizedText:
    """How the way ended."""
    why = moment.why or ""
    if why.startswith(LEFT):
        return EXIT_REASONS[why.removeprefix(LEFT)]
    finished = EXIT_REASONS["finished"]
    if why == "finished":
        return finished
    return LocalizedText(f"{finished.zh}：{why}", f"{finished.en}: {why}")


def describe_outcome(moments: list[Moment]) -> LocalizedText:
    """What came of it in the end."""
    return describe_ending(moments[-1]) if moments and moments[-1].exit is None else UNFINISHED
