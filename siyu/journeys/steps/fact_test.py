"""A fact of a member, with tests of its properties: what triggers listen for, steps wait for and goals are."""

from collections.abc import Mapping
from datetime import datetime
from functools import cached_property
from typing import Annotated, Any

from siyu.audience.language.faults import Faults
from siyu.audience.language.limits import WHERE_MAX
from siyu.audience.language.predicates import (
    PropertyTest,
    Test,
    matches,
    parse_property_test,
    parse_property_tests,
)
from siyu.audience.language.schema import FACTS, fact_props
from siyu.facts.catalogue import KINDS
from siyu.facts.catalogue.fact import PropSpec
from siyu.kit.config import Config, Setting, nested
from siyu.kit.errors import Fault
from siyu.kit.text import LocalizedText, same


class FactTest(Config):
    """A fact whose properties pass all of `where`, as of when it happened."""

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

    def matches(self, fact: str, props: Mapping[str, Any], occurred: datetime) -> bool:
        """Whether a fact with `props` is one."""
        if self.fact != fact:
            return False
        try:
            return matches(self._tests, props, occurred, "UTC")
        except (TypeError, AttributeError):
            return False  # an earlier check let through tests of what cannot be compared, and they never held

    def fact_label(self) -> LocalizedText:
        """What the fact is called."""
        kind = KINDS.get(self.fact)
        return kind.label if kind else same(self.fact or "…")

    def check_fact(self, path: str) -> list[Fault]:
        """What is wrong with fact and tests."""
        if not self.fact:
            return [self.fault(path, "fact")]
        if self.fact not in FACTS:
            text = LocalizedText(f"没有这个客户事件：{self.fact}", f"no such event of a member: {self.fact}")
            return [self.fault(path, "fact", text)]
        faults = Faults()
        parse_property_tests(faults, "where", self.where or [], fact_props(self.fact))
        return nested(path, faults.items)

    @cached_property
    def _tests(self) -> tuple[PropertyTest, ...]:
        """`where` as it is evaluated. A version from before a test was refused keeps the meaning that it had then."""
        props = fact_props(self.fact) if self.fact in FACTS else {}
        return tuple(
            _test(condition["prop"], operator, value, props)
            for condition in self.where or ()
            for operator, value in condition.items()
            if operator != "prop"
        )


def _test(prop: str, operator: str, value: Any, props: Mapping[str, PropSpec]) -> PropertyTest:
    test = parse_property_test(Faults(), "", {"prop": prop, operator: value}, props)
    if test is not None:
        return test
    operand = bool(value) if operator == "exists" else tuple(value) if isinstance(value, list) else value
    return PropertyTest(prop, Test(operator, operand, "text"))
