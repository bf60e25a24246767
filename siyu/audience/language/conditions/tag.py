"""Tag: with any, with all or with none of some tags now."""

from dataclasses import dataclass
from typing import Any, ClassVar

from siyu.audience.language import values
from siyu.audience.language.conditions.condition import Condition
from siyu.audience.language.describe import Describer
from siyu.audience.language.evaluate import EvalContext
from siyu.audience.language.identity import Visit, key_of
from siyu.audience.language.parse_context import ParseContext
from siyu.audience.language.schema import TAG, TAG_CHANGES, Schema
from siyu.audience.language.schema_parts import TEXT, JsonSchema, labelled, listed, obj
from siyu.audience.language.time_dependence import TimeDependence
from siyu.audience.sql.member_sets import MemberSet
from siyu.audience.sql.params import timestamp_literal
from siyu.audience.sql.query import QueryBuilder
from siyu.kit.text import LocalizedText

HOW = {
    "any": LocalizedText("有任一标签", "has any tag of"),
    "all": LocalizedText("同时有标签", "has all tags"),
    "none": LocalizedText("没有标签", "has no tag of"),
}
ONE = LocalizedText("有标签", "has the tag")


@dataclass(frozen=True)
class Tag(Condition):
    """`how` is any, all or none; `tags` are keys. A tag that has ended is no longer held."""

    how: str
    tags: tuple[str, ...]

    key = "tag"
    label = LocalizedText("标签", "Tags")
    example: ClassVar[Any] = {"any": []}
    narrow = True

    @classmethod
    def parse(cls, context: ParseContext, path: str, body: Any) -> "Tag | None":
        """{"any" | "all" | "none": [T...]}; each T a name, or {"key": K} as it is kept."""
        if not isinstance(body, dict) or len(body) != 1 or next(iter(body)) not in HOW:
            expected = '{"any": ["vip"]}'
            context.faults.add(path, "must have one of any, all, none", "应为 any、all、none 之一", expected)
            return None
        ((how, names),) = body.items()
        at = f"{path}.{how}"
        items = values.listed(context.faults, at, names)
        if items is None:
            return None
        read = [_key(context, f"{at}[{index}]", item) for index, item in enumerate(items)]
        keys = tuple(dict.fromkeys(key for key in read if key is not None))
        return None if None in read else cls(how, keys)

    @classmethod
    def map_references(cls, body: Any, visit: Visit) -> Any:
        """Its tags."""
        if not isinstance(body, dict):
            return body
        return {
            how: [visit(TAG, item) for item in items] if isinstance(items, list) else items
            for how, items in body.items()
        }

    @classmethod
    def json_schema(cls, schema: Schema) -> JsonSchema:
        tag = {**({"enum": sorted(schema.tags)} if schema.tags else TEXT), "format": "tag"}
        each = {how: labelled(listed(tag), text.zh, text.en) for how, text in HOW.items()}
        return obj(each, minProperties=1, maxProperties=1)

    def members(self, query: QueryBuilder) -> MemberSet:
        names = sorted(set(self.tags))
        listed_names = query.params.listed(names, "VARCHAR")
        held = f"tag IN ({listed_names}) AND (until IS NULL OR until > {timestamp_literal(query.now)})"
        rows = query.rows("tags", held)
        if self.how == "all" and len(names) > 1:
            grouped = f"SELECT member_id {rows} GROUP BY member_id HAVING count(*) = {len(names)}"
            return MemberSet(query.named(grouped))
        distinct = "" if len(names) == 1 else "DISTINCT "
        tagged = MemberSet(query.named(f"SELECT {distinct}member_id {rows}"))
        return tagged.complement() if self.how == "none" else tagged

    def holds(self, context: EvalContext) -> bool:
        tags = set(self.tags)
        held = _held(context) & tags
        return {"any": bool(held), "all": held == tags, "none": not held}[self.how]

    def watches(self) -> frozenset[str]:
        return TAG_CHANGES

    def add_time_dependence(self, dependence: TimeDependence) -> None:
        for tag in self.tags:
            dependence.tag(tag)

    def describe(self, describer: Describer) -> str:
        lead = ONE if len(self.tags) == 1 and self.how != "none" else HOW[self.how]
        names = (describer.schema.name_of(TAG, tag) for tag in self.tags)
        return f"{describer.pick(lead)} {describer.listed(names)}"

    def actual_value(self, context: EvalContext) -> tuple[Any, LocalizedText | None]:
        held = sorted(context.name_of(TAG, tag) for tag in _held(context) & set(self.tags))
        return held, LocalizedText(f"现有 {'、'.join(held)}", f"has {', '.join(held)}") if held else None


def _key(context: ParseContext, path: str, item: Any) -> str | None:
    """The key of a tag that is named or kept."""
    if (kept := key_of(item)) is not None:
        return values.text(context.faults, f"{path}.key", kept)
    name, known = values.text(context.faults, path, item), context.schema.tags
    keys = context.schema.keys_of(TAG)
    if name is not None and known is not None and name not in known and name not in keys:
        expected = " | ".join(sorted(known)[:20])
        context.faults.add(path, f"there is no tag {name}", f"没有“{name}”这个标签", expected)
    return None if name is None else keys.get(name, name)


def _held(context: EvalContext) -> set[str]:
    return {name for name, until in context.member.tags if until is None or until > context.now}
