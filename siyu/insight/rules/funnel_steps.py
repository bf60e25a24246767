"""The steps of a funnel: `member_created,message_delivered|campaign_sent,order_paid,order_paid`."""

from collections.abc import Sequence
from dataclasses import dataclass

from siyu.facts.catalogue import KINDS
from siyu.kit.errors import Fault, Invalid
from siyu.kit.text import LocalizedText

STEPS_MIN = 2
STEPS_MAX = 8
DEFAULT = "member_created,message_delivered|campaign_sent,order_paid,order_paid"

WORDS: dict[frozenset[str], tuple[LocalizedText, LocalizedText]] = {
    frozenset({"message_delivered", "campaign_sent"}): (
        LocalizedText("收到触达", "Was reached"),
        LocalizedText("再次收到触达", "Was reached again"),
    ),
    frozenset({"order_paid"}): (LocalizedText("下单", "Ordered"), LocalizedText("复购", "Ordered again")),
}
"""What operators call a step, the first time and after."""


@dataclass(frozen=True)
class FunnelStep:
    """Any one of `kinds`. `strictly_after`: one of its kinds came in an earlier step, so the same instant does not do."""

    kinds: frozenset[str]
    label: LocalizedText
    strictly_after: bool


def read(text: str) -> list[FunnelStep]:
    """The steps written in `text`; raises Invalid naming the step that is wrong."""
    parts = [frozenset(filter(None, part.strip().split("|"))) for part in text.split(",")]
    faults = []
    if not STEPS_MIN <= len(parts) <= STEPS_MAX:
        expected = f"{STEPS_MIN} to {STEPS_MAX} steps"
        faults.append(Fault("steps", "wrong number of steps", f"应有 {STEPS_MIN} 至 {STEPS_MAX} 步", expected))
    of_members = sorted(name for name, kind in KINDS.items() if kind.about == "member")
    for index, kinds in enumerate(parts):
        unknown = sorted(kinds - set(of_members))
        if unknown or not kinds:
            reason = f"no such fact of a member: {', '.join(unknown)}" if unknown else "an empty step"
            reason_zh = f"没有这种客户行为：{'、'.join(unknown)}" if unknown else "这一步是空的"
            faults.append(Fault(f"steps[{index}]", reason, reason_zh, " | ".join(of_members)))
    if faults:
        raise Invalid(errors=faults)
    return [
        FunnelStep(kinds, _label(kinds, parts[:index]), bool(kinds & frozenset().union(*parts[:index])))
        for index, kinds in enumerate(parts)
    ]


def _label(kinds: frozenset[str], earlier: Sequence[frozenset[str]]) -> LocalizedText:
    again = kinds in earlier
    if kinds in WORDS:
        return WORDS[kinds][again]
    zh = " 或 ".join(KINDS[name].label.zh for name in sorted(kinds))
    en = " or ".join(KINDS[name].label.en for name in sorted(kinds))
    return LocalizedText(f"再次{zh}", f"{en} again") if again else LocalizedText(zh, en)
