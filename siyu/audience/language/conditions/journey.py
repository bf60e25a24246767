"""Journey: what somebody did on one journey, or on any."""

from typing import Any, ClassVar

from siyu.audience.language.conditions.condition import ConditionKind
from siyu.audience.language.conditions.did import Did
from siyu.audience.language.conditions.named_facts import named_schema, parse_named
from siyu.audience.language.identity import Visit
from siyu.audience.language.parse_context import ParseContext
from siyu.audience.language.schema import JOURNEY, Schema
from siyu.audience.language.schema_parts import JsonSchema
from siyu.kit.text import LocalizedText


class Journey(ConditionKind):
    """Facts that name a journey; it is read as a Did."""

    key = "journey"
    label = LocalizedText("旅程", "Journey")
    example: ClassVar[Any] = {"did": "entered", "count": {">=": 1}}

    @classmethod
    def parse(cls, context: ParseContext, path: str, body: Any) -> Did | None:
        """{"name": N, "did": a verb, "count", window}"""
        return parse_named(context, path, body, "journey")

    @classmethod
    def map_references(cls, body: Any, visit: Visit) -> Any:
        """The journey, if it names one."""
        return {**body, "name": visit(JOURNEY, body["name"])} if isinstance(body, dict) and "name" in body else body

    @classmethod
    def json_schema(cls, schema: Schema) -> JsonSchema:
        return named_schema("journey", "哪个旅程", "Which journey")
