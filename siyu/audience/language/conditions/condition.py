"""What a kind of condition is, and what a condition read from a tree can answer.

A kind is one file of this package, whole: how it is written, its members in SQL, whether it holds for one member, what
changes it, and its words. To add one, write its file and name it in `catalogue.CONDITIONS`.
"""

from abc import ABC, abstractmethod
from collections.abc import Hashable, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar

from siyu.kit.text import LocalizedText

if TYPE_CHECKING:
    from siyu.audience.language.describe import Describer
    from siyu.audience.language.evaluate import EvalContext
    from siyu.audience.language.identity import Visit
    from siyu.audience.language.parse_context import ParseContext
    from siyu.audience.language.schema import Schema
    from siyu.audience.language.schema_parts import JsonSchema
    from siyu.audience.language.time_dependence import TimeDependence
    from siyu.audience.language.tree import Tree
    from siyu.audience.sql.member_sets import MemberSet
    from siyu.audience.sql.query import QueryBuilder


class ConditionKind(ABC):
    """One key of the language and what may stand under it."""

    key: ClassVar[str]
    label: ClassVar[LocalizedText]
    example: ClassVar[Any]
    """A body that a builder may start from; it need not be complete."""

    @classmethod
    @abstractmethod
    def parse(cls, context: "ParseContext", path: str, body: Any) -> "Condition | None":
        """The condition written as `body`, or None with its faults named in `context`."""

    @classmethod
    @abstractmethod
    def json_schema(cls, schema: "Schema") -> "JsonSchema":
        """What `body` may look like. A property's `format` says what it is chosen from, `x-label` what it is called."""

    @classmethod
    def strict_schema(cls, schema: "Schema") -> "JsonSchema":
        """The same where what is allowed at one place depends on another: every case written out."""
        return cls.json_schema(schema)

    @classmethod
    def map_references(cls, body: Any, _visit: "Visit") -> Any:
        """`body` with everything that it refers to by identity visited; it need not be right."""
        return body


class Condition(ConditionKind):
    """A condition of a parsed tree. `members` and `holds` share only its fields: each is the other's oracle (decision 13)."""

    narrow: ClassVar[bool] = False
    """It reads a small table of members: asked first, so that facts of those whom it leaves out are not counted up."""

    @abstractmethod
    def members(self, query: "QueryBuilder") -> "MemberSet":
        """The members for whom it is true, as SQL of the lake."""

    @abstractmethod
    def holds(self, context: "EvalContext") -> bool:
        """Whether it is true for one member."""

    @abstractmethod
    def describe(self, describer: "Describer") -> str:
        """It as a part of a sentence."""

    def describe_negated(self, describer: "Describer") -> str:
        """Its opposite as a part of a sentence."""
        inner = self.describe(describer)
        return describer.say(f"不满足“{inner}”", f"not ({inner})")

    def facts(self) -> frozenset[str]:
        """The kinds of facts that it counts."""
        return frozenset()

    def watches(self) -> frozenset[str]:
        """The kinds of facts after which it may be true of others, besides those of who there is at all."""
        return self.facts()

    def add_time_dependence(self, dependence: "TimeDependence") -> None:
        """Tell `dependence` how it may change by time alone."""
        return

    def actual_value(self, context: "EvalContext") -> tuple[Any, LocalizedText | None]:
        """The member's value (JSON-able) that decided it, and how that reads beside its words; None where there is none."""
        return None, None

    def required_window(self, query: "QueryBuilder") -> timedelta | None:
        """How far back the facts lie of which somebody must have one to be in; None when nobody must."""
        return None

    def referenced(self) -> "tuple[str, Tree] | None":
        """The name and the tree of the saved audience that it stands for."""
        return None


class RankedCondition(Condition):
    """A condition that depends on the others: a member's truth is told from its own value and one value of all."""

    def cohort_key(self) -> Hashable:
        """What conditions that need the same value of all share."""
        return self

    @abstractmethod
    def cohort_query(self, query: "QueryBuilder") -> str:
        """A SELECT of at most one row: what is needed to know of all members."""

    @abstractmethod
    def read_cohort(self, row: Sequence[Any]) -> Any:
        """The value of the row of `cohort_query`; None when it says nothing."""

    @abstractmethod
    def cohort(self, everybody: "Sequence[EvalContext]") -> Any:
        """The same value from all members in plain Python; None when nobody has one."""
