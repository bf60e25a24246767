"""What a kind of fact is: a frozen pydantic model, its properties fields annotated with `Prop` (label and unit)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Literal, get_args

from pydantic import BaseModel, ConfigDict

from siyu.kit.text import LocalizedText


@dataclass(frozen=True)
class Prop:
    """What a property is called, and its unit where it has one (`fen`, `member`)."""

    zh: str
    en: str
    unit: str | None = None
    listed: bool = True
    """False for plumbing that nobody would filter by."""
    lasting: bool = False
    """True for what stays when the member is erased: together with the moment it must not tell who it was."""
    names: str | None = None
    """What it is the name of (`journey`), where conditions ask what happened with one of these."""
    refers: str | None = None
    """What it holds the identity of (`tag`): conditions keep that, people type and read the name."""

    @property
    def label(self) -> LocalizedText:
        return LocalizedText(self.zh, self.en)


FactSection = Literal["purchase", "contact", "brand", "record"]
FACT_SECTIONS: dict[FactSection, LocalizedText] = {
    "purchase": LocalizedText("消费", "Purchases"),
    "contact": LocalizedText("互动", "Contact with us"),
    "brand": LocalizedText("我们的触达与运营", "What we did"),
    "record": LocalizedText("系统记录", "Records of the system"),
}
"""Whose doing a fact is, in the order in which operators choose: what members do first, plumbing last."""


class Fact(BaseModel):
    """A fact of one kind; subclasses give `name`, labels and properties, and their `section` where another fits."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: ClassVar[str]
    label: ClassVar[LocalizedText]
    about: ClassVar[Literal["member", "workspace"]] = "member"
    section: ClassVar[FactSection] = "contact"


PropType = Literal["text", "number", "money", "boolean", "time", "list"]


@dataclass(frozen=True)
class PropSpec:
    """A property as the audience language and the docs see it."""

    name: str
    type: PropType
    label: LocalizedText
    names: str | None = None
    refers: str | None = None


def props_of(kind: type[Fact]) -> list[PropSpec]:
    """The listed properties of `kind`, in the order they are written."""
    return [
        PropSpec(name, _prop_type(field.annotation, prop), prop.label, prop.names, prop.refers)
        for name, field in kind.model_fields.items()
        for prop in field.metadata
        if isinstance(prop, Prop) and prop.listed
    ]


def _prop_type(annotation: Any, prop: Prop) -> PropType:
    if prop.unit == "fen":
        return "money"
    types = set(get_args(annotation) or (annotation,)) - {type(None)}
    table: dict[Any, PropType] = {str: "text", int: "number", float: "number", bool: "boolean", datetime: "time"}
    return table.get(types.pop(), "list") if len(types) == 1 else "list"
