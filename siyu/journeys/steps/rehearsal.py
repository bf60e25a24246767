"""What a dry run gives to a step instead of other rooms, and what the step answers."""

from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal

from siyu.channels.policy.rules import Candidate, CountedMessage, Defer, Policy, Withhold, decide


@dataclass(frozen=True)
class Assumed:
    """A fact that the dry run takes for happening."""

    fact: str
    at: datetime
    props: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class MessageSettings:
    """The message that a step sends; `template` is the name of one, or its id as text."""

    channel: str
    template: str
    purpose: str
    on_cap: Literal["defer", "drop"]
    on_quiet: Literal["defer", "drop"]


@dataclass(frozen=True)
class DryMessage:
    """What would become of a message: queued for `due_at`, or withheld for `reason`."""

    state: str
    reason: str | None
    due_at: datetime | None


@dataclass
class SendPolicy:
    """The brand's policy as it would meet this member: `candidate(channel, purpose)` is the member as known now, messages
    let through so far included; those of the dry run are counted on top."""

    policy: Policy
    candidate: Callable[[str, str], Candidate]
    counted: list[CountedMessage] = field(default_factory=list)

    def plan(self, message: MessageSettings, at: datetime) -> DryMessage:
        """What would become of a message at `at`; one that would go counts from then on."""
        candidate = self.candidate(message.channel, message.purpose)
        candidate = replace(
            candidate,
            planned_at=at,
            counted=(*candidate.counted, *(sent for sent in self.counted if sent.at <= at)),
            on_cap=message.on_cap,
            on_quiet=message.on_quiet,
        )
        decision = decide(candidate, self.policy, at)
        if isinstance(decision, Withhold):
            return DryMessage("withheld", decision.reason, None)
        due = decision.until if isinstance(decision, Defer) else at
        self.counted.append(CountedMessage(message.channel, due))
        return DryMessage("queued", decision.reason if isinstance(decision, Defer) else None, due)


InSegment = Callable[[Any, datetime, Sequence[Assumed]], bool]
"""(tree, at, what the dry run takes for having happened until then) -> whether the member is in the tree."""


@dataclass(frozen=True)
class Rehearsal:
    """The member at a moment of the dry run: `known` has happened by then."""

    now: datetime
    known: Sequence[Assumed]
    in_segment: InSegment
    send_policy: SendPolicy

    def inside(self, tree: Any) -> bool:
        """Whether the member is in the tree now."""
        return self.in_segment(tree, self.now, self.known)

    def plan(self, message: MessageSettings) -> DryMessage:
        """What would become of a message now."""
        return self.send_policy.plan(message, self.now)


@dataclass(frozen=True)
class DryAnswer:
    """What other rooms would answer about the one run, the message that it would get, and the facts that would be
    recorded."""

    answers: Mapping[str, AbstractSet[int]] = field(default_factory=dict)
    message: DryMessage | None = None
    facts: tuple[Assumed, ...] = ()
