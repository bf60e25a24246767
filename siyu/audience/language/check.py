"""`check_tree`: a tree as JSON -> its parsed form, or a refusal that names every fault by its path."""

from dataclasses import dataclass
from typing import Any

from siyu.audience.language.conditions import catalogue
from siyu.audience.language.conditions.condition import Condition
from siyu.audience.language.faults import Faults
from siyu.audience.language.limits import CONDITIONS_MAX, DEPTH_MAX, WIDTH_MAX
from siyu.audience.language.parse_context import ParseContext
from siyu.audience.language.schema import Schema
from siyu.audience.language.tree import All, AnyOf, Not, Tree
from siyu.kit.errors import Fault, Invalid


def check_tree(tree: Any, schema: Schema, name: str | None = None) -> Tree:
    """The parsed tree; raises Invalid with the path of every fault (`all[0].did.count`).

    `name` is the audience that is being saved: it must not come to refer to itself.
    """
    draft = read_tree(tree, schema, name)
    if draft.faults or draft.tree is None:
        first = draft.faults[0]
        raise Invalid(
            f"The conditions are not right: {first.path or 'the tree'} {first.reason}",
            f"条件有误：{first.path or '整体'} {first.reason_zh}",
            draft.faults,
        )
    return draft.tree


@dataclass(frozen=True)
class Draft:
    """A tree that is being written: parsed when nothing is wrong with it, the conditions that are right, and the faults."""

    tree: Tree | None
    conditions: list[tuple[str, Condition]]
    faults: list[Fault]


def read_tree(tree: Any, schema: Schema, name: str | None = None) -> Draft:
    """As much of `tree` as is right, with every fault of the rest."""
    context = ParseContext(Faults(), schema, (name,) if name else (), _parse_whole)
    parsed = _parse_whole(context, tree)
    return Draft(parsed, context.read, context.faults.items)


def expected() -> str:
    """What may stand at a place of a tree."""
    return "all | any | not | " + " | ".join(kind.key for kind in catalogue.CONDITIONS)


def _parse_whole(context: ParseContext, tree: Any) -> Tree | None:
    return _parse_node(context, "", tree, 0)


def _parse_node(context: ParseContext, path: str, tree: Any, depth: int) -> Tree | None:
    faults = context.faults
    if not isinstance(tree, dict) or len(tree) != 1:
        faults.add(path, "must be an object with exactly one key", "应为恰有一个键的对象", expected())
        return None
    ((key, body),) = tree.items()
    inside = f"{path}.{key}" if path else str(key)[:60]
    if key in ("all", "any", "not") and depth >= DEPTH_MAX:
        faults.add(path, f"groups may be nested {DEPTH_MAX} deep", f"条件组最多嵌套 {DEPTH_MAX} 层")
        return None
    if key == "not":
        part = _parse_node(context, inside, body, depth + 1)
        return None if part is None else Not(part)
    if key in ("all", "any"):
        return _parse_group(context, inside, key, body, depth)
    kind = catalogue.by_key(key)
    if kind is None:
        faults.add(inside, "unknown condition", "未知的条件", expected())
        return None
    context.conditions += 1
    if context.conditions > CONDITIONS_MAX:
        if context.conditions == CONDITIONS_MAX + 1:
            faults.add(inside, f"at most {CONDITIONS_MAX} conditions", f"最多 {CONDITIONS_MAX} 个条件")
        return None
    before = len(faults.items)
    parsed = kind.parse(context, inside, body)
    if parsed is None or len(faults.items) > before:
        return None
    context.read.append((inside, parsed))
    return parsed


def _parse_group(context: ParseContext, path: str, key: str, body: Any, depth: int) -> Tree | None:
    # an empty `all` is everybody: the builder starts there; an empty `any` could only be a mistake
    if not isinstance(body, list) or len(body) > WIDTH_MAX or (key == "any" and not body):
        least = 1 if key == "any" else 0
        context.faults.add(
            path, f"must be a list of {least} to {WIDTH_MAX} conditions", f"应为 {least} 至 {WIDTH_MAX} 个条件的列表"
        )
        return None
    parts = [_parse_node(context, f"{path}[{index}]", part, depth + 1) for index, part in enumerate(body)]
    if any(part is None for part in parts):
        return None
    known = tuple(part for part in parts if part is not None)
    return All(known) if key == "all" else AnyOf(known)
