"""A fact of a member, with tests of its properties: what triggers listen for, steps wait for and goals are."""

from collections.abc import Mapping
from typing import Annotated, Any

from siyu.facts.catalogue import KINDS
from siyu.journeys.steps import property_filters
from siyu.kit.config import Config, Setting, nested
from siyu.kit.errors import Fault
from siyu.kit.text import LocalizedText

WHERE_MAX = 10


class FactTest(Config):
    """A fact whose properties satisfy all of `where`."""

    fact: Annotated[
        str,
        Setting(LocalizedText("行为", "Event"), fault=LocalizedText("请选择事件", "choose an event"), format="fact"),
    ] = ""
    where: Annotated[
        list[Any] | None,
        Setting(
            LocalizedText("并且", "And"),
            fault=LocalizedText(f"应为列表，最多 {WHERE_MAX} 条", f"must be a list of at most {WHERE_MAX}"),
            format="property_tests",
            of="fact",
        ),
    ] = None

    def matches(self, fact: str, props: Mapping[str, Any]) -> bool:
        """Whether a fact with `props` is one."""
        return self.fact == fact and property_filters.matches(self.where, props)

    def check_fact(self, path: str) -> list[Fault]:
        """What is wrong with fact and tests."""
        if not self.fact:
            return [self.fault(path, "fact")]
        kind = KINDS.get(self.fact)
        if kind is None or kind.about != "member":
            text = LocalizedText(f"没有这个客户事件：{self.fact}", f"no such event of a member: {self.fact}")
            return [self.fault(path, "fact", text)]
        if len(self.where or ()) > WHERE_MAX:
            return [self.fault(path, "where")]
        return nested(path, property_filters.check("where", self.where or (), set(kind.model_fields)))
