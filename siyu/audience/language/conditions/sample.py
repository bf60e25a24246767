"""Sample: a random share of the members, always the same ones for the same key."""

import hashlib
from dataclasses import dataclass
from typing import Any

from siyu.audience.language import values
from siyu.audience.language.conditions.condition import Condition
from siyu.audience.language.describe import Describer
from siyu.audience.language.evaluate import EvalContext
from siyu.audience.language.limits import PERCENT_MIN, TEXT_CHARS_MAX
from siyu.audience.language.parse_context import ParseContext
from siyu.audience.language.schema import Schema
from siyu.audience.language.schema_parts import JsonSchema, labelled, obj
from siyu.audience.sql.member_sets import ANY_TABLE, EVERYBODY, MemberSet
from siyu.audience.sql.query import QueryBuilder
from siyu.kit.text import LocalizedText


@dataclass(frozen=True)
class Sample(Condition):
    """A share of the members that depends on their number and `salt` alone."""

    percent: float
    salt: str

    key = "sample"
    label = LocalizedText("随机抽样", "Random sample")
    example = {"percent": 10, "salt": "a"}

    @property
    def threshold(self) -> int:
        """The share of 2**32."""
        return round(self.percent * 2**32 / 100)

    @classmethod
    def parse(cls, context: ParseContext, path: str, body: Any) -> "Sample | None":
        """{"percent": 10, "salt": S}"""
        faults, fields = context.faults, context.faults.keys(path, body, ("percent", "salt"))
        if fields is None:
            return None
        percent = values.number(faults, f"{path}.percent", fields.get("percent"))
        if percent is not None and not PERCENT_MIN <= percent <= 100:
            faults.add(f"{path}.percent", f"must be {PERCENT_MIN} to 100", f"应在 {PERCENT_MIN} 与 100 之间", "10")
            percent = None
        salt = fields.get("salt", "")
        if not isinstance(salt, str) or len(salt) > TEXT_CHARS_MAX or "\x00" in salt:
            faults.add(f"{path}.salt", "must be text", "应为文本")
            return None
        return None if percent is None else cls(percent, salt)

    @classmethod
    def json_schema(cls, schema: Schema) -> JsonSchema:
        percent = {"type": "number", "minimum": PERCENT_MIN, "maximum": 100}
        salt = {"type": "string", "maxLength": TEXT_CHARS_MAX}
        return obj(
            {
                "percent": labelled(percent, "比例（%）", "Percent", "percent"),
                "salt": labelled(
                    salt, "抽样编号（同一编号抽中的人相同）", "Sample key (the same key draws the same people)"
                ),
            },
            ["percent"],
        )

    def members(self, query: QueryBuilder) -> MemberSet:
        if self.threshold >= 2**32:
            return EVERYBODY
        salt = query.params.add(f"{self.salt}:", "VARCHAR")
        digest = f"left(md5({salt} || CAST(member_id AS VARCHAR)), 8)"
        return MemberSet(ANY_TABLE, f"({digest} < '{self.threshold:08x}')")

    def holds(self, context: EvalContext) -> bool:
        digest = hashlib.md5(f"{self.salt}:{context.member.id}".encode(), usedforsecurity=False).hexdigest()
        return int(digest[:8], 16) < self.threshold

    def describe(self, describer: Describer) -> str:
        return describer.say(f"随机抽取的 {self.percent:g}%", f"a random {self.percent:g}%")
