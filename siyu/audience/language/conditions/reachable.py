"""Reachable: may be written to on a channel, and can receive. The send policy asks the same when a message is planned."""

from dataclasses import dataclass
from typing import Any

from siyu.audience.language import values
from siyu.audience.language.conditions.condition import Condition
from siyu.audience.language.conditions.consent import consent_sql
from siyu.audience.language.describe import Describer
from siyu.audience.language.evaluate import EvalContext
from siyu.audience.language.parse_context import ParseContext
from siyu.audience.language.schema import ADDRESS_CHANGES, CONSENT_CHANGES, PROFILE_CHANGES, Schema
from siyu.audience.language.schema_parts import JsonSchema, labelled, obj
from siyu.audience.sql.member_sets import MEMBERS, MemberSet
from siyu.audience.sql.predicates_sql import holds_word
from siyu.audience.sql.query import QueryBuilder
from siyu.channels.catalogue import ADAPTERS, CHANNEL_LABELS, CHANNELS
from siyu.kit.text import LocalizedText


@dataclass(frozen=True)
class Reachable(Condition):
    """Agreed to the channel, not barred, and connected with an account of ours, or with the identity that the channel needs."""

    channel: str

    key = "reachable"
    label = LocalizedText("可触达", "Reachable")
    example = {"channel": ""}

    @classmethod
    def parse(cls, context: ParseContext, path: str, body: Any) -> "Reachable | None":
        """{"channel": C}"""
        fields = context.faults.keys(path, body, ("channel",))
        if fields is None:
            return None
        at = f"{path}.channel"
        channel = values.chosen(context.faults, at, fields.get("channel"), tuple(ADAPTERS), "channel", "渠道")
        return None if channel is None else cls(channel)

    @classmethod
    def json_schema(cls, schema: Schema) -> JsonSchema:
        return obj({"channel": labelled({"enum": list(ADAPTERS)}, "渠道", "Channel", "channel")}, ["channel"])

    @property
    def _connected(self) -> bool:
        """Whether somebody must have added us there first: knowing what the platform calls them is not enough."""
        return ADAPTERS[self.channel].addressed == "contact_link"

    @property
    def _identity(self) -> str | None:
        return CHANNELS[self.channel].identity

    def members(self, query: QueryBuilder) -> MemberSet:
        params = query.params
        parts = [consent_sql(params, self.channel, "given")]
        parts += [f"NOT {holds_word(params, f'{MEMBERS}.suppressed', barred)}" for barred in (self.channel, "*")]
        if self._connected:
            parts.append(holds_word(params, f"{MEMBERS}.addresses", self.channel))
        elif self._identity is not None:
            parts.append(holds_word(params, f"{MEMBERS}.identities", self._identity))
        return MemberSet(MEMBERS, f"({' AND '.join(parts)})")

    def holds(self, context: EvalContext) -> bool:
        member = context.member
        if self._connected:
            can = self.channel in member.addresses
        else:
            can = self._identity is None or self._identity in member.identities
        return can and member.consents.get(self.channel) == "given" and not member.suppressed & {self.channel, "*"}

    def watches(self) -> frozenset[str]:
        return CONSENT_CHANGES | PROFILE_CHANGES | ADDRESS_CHANGES

    def describe(self, describer: Describer) -> str:
        channel = describer.pick(CHANNEL_LABELS[self.channel])
        return describer.say(f"可通过{channel}触达", f"can be reached on {channel}")
