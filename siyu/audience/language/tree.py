"""The parsed tree: small frozen values that compile, evaluate and sentence read."""

from collections.abc import Iterator
from dataclasses import dataclass

from siyu.audience.language.predicates import PropertyTest, Test
from siyu.audience.language.time_windows import Span, Window

EVER = Window()


@dataclass(frozen=True)
class All:
    parts: "tuple[Tree, ...]"


@dataclass(frozen=True)
class AnyOf:
    parts: "tuple[Tree, ...]"


@dataclass(frozen=True)
class Not:
    part: "Tree"


@dataclass(frozen=True)
class Profile:
    """A test on a built-in field or an attribute of the member."""

    field: str
    test: Test


@dataclass(frozen=True)
class Tag:
    """`how` is any, all or none."""

    how: str
    tags: tuple[str, ...]


@dataclass(frozen=True)
class Did:
    """The member's facts of one kind in a window that pass every `where`: how many, how much, how varied, from when to when.

    Without `count` there must be at least one. `kind` is the key it was written under (did, order, journey, campaign, group).
    """

    fact: str
    where: tuple[PropertyTest, ...] = ()
    window: Window = EVER
    count: Test | None = None
    sum: PropertyTest | None = None
    distinct: PropertyTest | None = None
    first: Test | None = None
    last: Test | None = None
    kind: str = "did"


@dataclass(frozen=True)
class Sequence_:
    """Steps that happened one strictly after the other (or, unordered, all), from the first to the last in under `within`."""

    steps: tuple[Did, ...]
    within: Span
    ordered: bool


@dataclass(frozen=True)
class Rfm:
    """Scores 1-5 that are wanted on each axis; None: any."""

    r: tuple[int, ...] | None
    f: tuple[int, ...] | None
    m: tuple[int, ...] | None


@dataclass(frozen=True)
class Stage:
    stages: tuple[str, ...]


@dataclass(frozen=True)
class Reference:
    """Another saved audience, by name, with its tree as it is now."""

    name: str
    tree: "Tree"


@dataclass(frozen=True)
class InGroup:
    """In the customer group `name` (None: in any) now: joined it after leaving it last."""

    name: str | None


@dataclass(frozen=True)
class Consent:
    """`state` is given, withdrawn or unknown (never asked)."""

    channel: str
    state: str


@dataclass(frozen=True)
class Reachable:
    channel: str


@dataclass(frozen=True)
class Sample:
    """A share of the members that depends on their number and `salt` alone. `threshold` is the share of 2**32."""

    percent: float
    salt: str

    @property
    def threshold(self) -> int:
        return round(self.percent * 2**32 / 100)


@dataclass(frozen=True)
class Top:
    """The `n` members with the most: `measure` is count, sum or distinct over the facts of `by`; ties go to the older member."""

    n: int
    by: Did
    measure: str
    prop: str | None


Leaf = Profile | Tag | Did | Sequence_ | Rfm | Stage | Reference | Consent | Reachable | Sample | Top | InGroup
Tree = All | AnyOf | Not | Leaf


def walk(tree: Tree, path: str = "") -> Iterator[tuple[str, Leaf]]:
    """Every condition with its path as it was written (`all[0].not`), references not followed."""
    match tree:
        case All(parts) | AnyOf(parts):
            key = "all" if isinstance(tree, All) else "any"
            for index, part in enumerate(parts):
                yield from walk(part, _join(path, f"{key}[{index}]"))
        case Not(part):
            yield from walk(part, _join(path, "not"))
        case _:
            yield path, tree


def _join(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key


def deep(tree: Tree) -> Iterator[Leaf]:
    """Every condition, those of referenced audiences too."""
    for _, leaf in walk(tree):
        yield leaf
        if isinstance(leaf, Reference):
            yield from deep(leaf.tree)


def references(tree: Tree) -> set[str]:
    """The names of audiences that `tree` names, directly or through others."""
    return {leaf.name for leaf in deep(tree) if isinstance(leaf, Reference)}
