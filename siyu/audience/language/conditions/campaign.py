"""Campaign: what somebody did on one campaign, or on any."""

from typing import Any, ClassVar

from siyu.audience.language.conditions.condition import ConditionKind
from siyu.audience.language.conditions.did import Did
from siyu.audience.language.conditions.named_facts import named_schema, parse_named
from siyu.audience.language.parse_context import ParseContext
from siyu.audience.language.schema import Schema
from siyu.audience.language.schema_parts import JsonSchema
from siyu.kit.text import LocalizedText


class Campaign(ConditionKind):
    """Facts that name a campaign; it is read as a Did."""

    key = "campaign"
    label = LocalizedText("活动", "Campaign")
    example: ClassVar[Any] = {"did": "sent", "count": {">=": 1}}

    @classmethod
    def parse(cls, context: ParseContext, path: str, body: Any) -> Did | None:
        """{"name": N, "did": a verb, "count", window}"""
        return parse_named(context, path, body, "campaign")

    @classmethod
    def json_schema(cls, schema: Schema) -> JsonSchema:
        return named_schema("campaign", "哪个活动", "Which campaign")
