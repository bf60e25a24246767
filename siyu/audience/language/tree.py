"""The parsed tree: groups of conditions, small frozen values."""

from collections.abc import Iterator
from dataclasses import dataclass

from siyu.audience.language.conditions.condition import Condition


@dataclass(frozen=True)
class All:
    parts: "tuple[Tree, ...]"


@dataclass(frozen=True)
class AnyOf:
    parts: "tuple[Tree, ...]"


@dataclass(frozen=True)
class Not:
    part: "Tree"


Tree = All | AnyOf | Not | Condition
EVERYBODY = All(())


def outer_parts(tree: Tree) -> list[tuple[str, Tree]]:
    """The parts that all must hold, each with its path; the tree itself when it is no `all`."""
    return [(f"all[{i}]", part) for i, part in enumerate(tree.parts)] if isinstance(tree, All) else [("", tree)]


def walk(tree: Tree, path: str = "") -> Iterator[tuple[str, Condition]]:
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


def deep(tree: Tree) -> Iterator[Condition]:
    """Every condition, those of referenced audiences too."""
    for _, condition in walk(tree):
        yield condition
        if (reference := condition.referenced()) is not None:
            yield from deep(reference[1])


def references(tree: Tree) -> set[str]:
    """The names of audiences that `tree` names, directly or through others."""
    return {reference[0] for condition in deep(tree) if (reference := condition.referenced()) is not None}


def conjuncts(tree: Tree) -> list[Tree]:
    """What must all be true, through groups inside groups and referenced audiences."""
    if isinstance(tree, All):
        return [inner for part in tree.parts for inner in conjuncts(part)]
    if isinstance(tree, Condition) and (reference := tree.referenced()) is not None:
        return conjuncts(reference[1])
    return [tree]
