"""What a moment of a dry run is called, in both languages."""

from collections.abc import Mapping

from siyu.channels.messages.states import REASON_LABELS
from siyu.journeys.dry_run.rules import Moment
from siyu.journeys.graph.structure import LEFT, Step

Both = dict[str, str]

_EXITS: dict[tuple[str, str], tuple[str, str]] = {
    ("send", "sent"): ("安排发送", "A message is planned"),
    ("send", "failed"): ("发送失败", "The message fails"),
    ("wait", "done"): ("等待结束", "The wait is over"),
    ("wait_until", "happened"): ("等到了", "It happened"),
    ("wait_until", "timeout"): ("没有等到，继续往下走", "It did not happen in time"),
    ("tag", "done"): ("更新标签", "Tags are changed"),
    ("branch", "else"): ("不符合任何分支", "No branch applies"),
}
_LEFT: dict[str, tuple[str, str]] = {
    "goal": ("达成目标，离开旅程", "Reached the goal and left"),
    "condition": ("满足退出条件，离开旅程", "Met an exit condition and left"),
}


def _both(pair: tuple[str, str]) -> Both:
    return {"zh": pair[0], "en": pair[1]}


def describe_moment(moment: Moment, step: Step) -> Both:
    """What happened at a moment."""
    if moment.exit is None:
        return describe_ending(moment)
    message = moment.message
    if message is not None and message.state == "withheld":
        reason = REASON_LABELS[message.reason or ""]
        return _both((f"消息不会发送：{reason.zh}", f"The message is withheld: {reason.en}"))
    if message is not None and message.reason is not None:
        reason = REASON_LABELS[message.reason]
        return _both((f"消息推迟发送：{reason.zh}", f"The message is put off: {reason.en}"))
    known = _EXITS.get((moment.kind, moment.exit))
    if known is not None:
        return _both(known)
    label = _label(step, moment.exit)
    if moment.kind == "split":
        return _both((f"分到「{label}」", f"Falls into “{label}”"))
    return _both((f"进入「{label}」", f"Takes “{label}”"))


def _label(step: Step, key: str) -> str:
    ways: list[Mapping[str, str]] = step.config.get("branches") or step.config.get("arms") or []
    return next((way.get("label") or key for way in ways if way["key"] == key), key)


def describe_ending(moment: Moment) -> Both:
    """How the way ended."""
    why = moment.why or ""
    if why.startswith(LEFT):
        return _both(_LEFT[why.removeprefix(LEFT)])
    if why == "finished":
        return _both(("走完旅程", "Came to the end"))
    return _both((f"走完旅程：{why}", f"Came to the end: {why}"))


UNFINISHED: Both = _both(("还没有走完", "Still on the way"))
