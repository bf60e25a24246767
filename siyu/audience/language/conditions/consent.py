"""Consent: what somebody said of being written to on a channel."""

from dataclasses import dataclass
from typing import Any

from siyu.audience.language import values
from siyu.audience.language.conditions.condition import Condition
from siyu.audience.language.describe import Describer
from siyu.audience.language.evaluate import EvalContext
from siyu.audience.language.parse_context import ParseContext
from siyu.audience.language.schema import CONSENT_CHANGES, CONSENTS, Schema
from siyu.audience.language.schema_parts import JsonSchema, choice, labelled, obj
from siyu.audience.sql.member_sets import MEMBERS, MemberSet
from siyu.audience.sql.params import Params
from siyu.audience.sql.predicates_sql import holds_word
from siyu.audience.sql.query import QueryBuilder
from siyu.channels.catalogue import CHANNEL_LABELS, CONSENT_CHANNELS
from siyu.kit.text import LocalizedText


@dataclass(frozen=True)
class Consent(Condition):
    """`state` is given, withdrawn or unknown (never asked)."""

    channel: str
    state: str

    key = "consent"
    label = LocalizedText("授权状态", "Consent")
    example = {"channel": "", "state": "given"}

    @classmethod
    def parse(cls, context: ParseContext, path: str, body: Any) -> "Consent | None":
        """{"channel": C, "state": given | withdrawn | unknown}; given unless it says otherwise."""
        faults, fields = context.faults, context.faults.keys(path, body, ("channel", "state"))
        if fields is None:
            return None
        channel = values.chosen(faults, f"{path}.channel", fields.get("channel"), CONSENT_CHANNELS, "channel", "渠道")
        state = values.chosen(faults, f"{path}.state", fields.get("state", "given"), tuple(CONSENTS), "state", "状态")
        return None if channel is None or state is None else cls(channel, state)

    @classmethod
    def json_schema(cls, schema: Schema) -> JsonSchema:
        channel = labelled({"enum": list(CONSENT_CHANNELS)}, "渠道", "Channel", "consent_channel")
        state = labelled(choice(CONSENTS), "授权状态", "Consent", "consent")
        return obj({"channel": channel, "state": state}, ["channel"])

    def members(self, query: QueryBuilder) -> MemberSet:
        return MemberSet(MEMBERS, consent_sql(query.params, self.channel, self.state))

    def holds(self, context: EvalContext) -> bool:
        return context.member.consents.get(self.channel, "unknown") == self.state

    def watches(self) -> frozenset[str]:
        return CONSENT_CHANGES

    def describe(self, describer: Describer) -> str:
        channel, state = describer.pick(CHANNEL_LABELS[self.channel]), describer.pick(CONSENTS[self.state])
        return describer.say(f"对{channel}的授权{state}", f"consent for {channel} is {state}")

    def actual_value(self, context: EvalContext) -> tuple[Any, LocalizedText | None]:
        state = context.member.consents.get(self.channel, "unknown")
        return state, LocalizedText(f"现为{CONSENTS[state].zh}", f"it is {CONSENTS[state].en}")


def consent_sql(params: Params, channel: str, state: str) -> str:
    """Whether somebody said `state` of a channel; unknown: nothing."""
    column = f"{MEMBERS}.consents"
    if state != "unknown":
        return holds_word(params, column, f"{channel}:{state}")
    either = " OR ".join(holds_word(params, column, f"{channel}:{state}") for state in ("given", "withdrawn"))
    return f"(NOT ({either}))"
