"""`check_tree`: a tree as JSON -> its parsed form, or a refusal that names every fault by its path."""

from typing import Any

from siyu.audience.language import values
from siyu.audience.language.conditions.parsers import READERS
from siyu.audience.language.faults import Faults
from siyu.audience.language.limits import CONDITIONS_MAX, DEPTH_MAX, REFERENCE_DEPTH_MAX, WIDTH_MAX
from siyu.audience.language.parse_context import ParseContext
from siyu.audience.language.schema import KINDS_OF_CONDITION, Schema
from siyu.audience.language.tree import All, AnyOf, Not, Tree
from siyu.kit.errors import Invalid

EXPECTED = "all | any | not | " + " | ".join(KINDS_OF_CONDITION)
EVERYBODY = All(())


def check_tree(tree: Any, vocabulary: Schema, name: str | None = None) -> Tree:
    """The parsed tree; raises Invalid with the path of every fault (`all[0].did.count`).

    `name` is the audience that is being saved: it must not come to refer to itself.
    """
    reading = ParseContext(Faults(), vocabulary, (name,) if name else (), _reference)
    parsed = _node(reading, "", tree, 0)
    if reading.faults.found or parsed is None:
        first = reading.faults.found[0]
        raise Invalid(
            f"The conditions are not right: {first.path or 'the tree'} {first.reason}",
            f"条件有误：{first.path or '整体'} {first.reason_zh}",
            reading.faults.found,
        )
    return parsed


def _node(reading: ParseContext, path: str, tree: Any, depth: int) -> Tree | None:
    faults = reading.faults
    if not isinstance(tree, dict) or len(tree) != 1:
        faults.add(path, "must be an object with exactly one key", "应为恰有一个键的对象", EXPECTED)
        return None
    ((key, body),) = tree.items()
    inside = f"{path}.{key}" if path else str(key)[:60]
    if key in ("all", "any", "not") and depth >= DEPTH_MAX:
        faults.add(path, f"groups may be nested {DEPTH_MAX} deep", f"条件组最多嵌套 {DEPTH_MAX} 层")
        return None
    if key == "not":
        part = _node(reading, inside, body, depth + 1)
        return None if part is None else Not(part)
    if key in ("all", "any"):
        return _group(reading, inside, key, body, depth)
    reader = READERS.get(key) if isinstance(key, str) else None
    if reader is None:
        faults.add(inside, "unknown condition", "未知的条件", EXPECTED)
        return None
    reading.conditions += 1
    if reading.conditions > CONDITIONS_MAX:
        if reading.conditions == CONDITIONS_MAX + 1:
            faults.add(inside, f"at most {CONDITIONS_MAX} conditions", f"最多 {CONDITIONS_MAX} 个条件")
        return None
    return reader(reading, inside, body)


def _group(reading: ParseContext, path: str, key: str, body: Any, depth: int) -> Tree | None:
    # an empty `all` is everybody: the builder starts there; an empty `any` could only be a mistake
    if not isinstance(body, list) or len(body) > WIDTH_MAX or (key == "any" and not body):
        least = 1 if key == "any" else 0
        reading.faults.add(
            path, f"must be a list of {least} to {WIDTH_MAX} conditions", f"应为 {least} 至 {WIDTH_MAX} 个条件的列表"
        )
        return None
    parts = [_node(reading, f"{path}[{index}]", part, depth + 1) for index, part in enumerate(body)]
    if any(part is None for part in parts):
        return None
    known = tuple(part for part in parts if part is not None)
    return All(known) if key == "all" else AnyOf(known)


def _reference(reading: ParseContext, path: str, name: Any) -> Tree | None:
    """The tree of the audience `name`, read in its turn."""
    faults, audiences = reading.faults, reading.vocabulary.audiences
    read = values.text(faults, path, name)
    if read is None:
        return None
    if read in reading.trail:
        way = " -> ".join((*reading.trail, read))
        faults.add(path, f"refers to itself: {way}", f"人群循环引用：{way}")
    elif read not in audiences:
        faults.add(path, f"there is no audience {read}", f"没有名为“{read}”的人群", " | ".join(sorted(audiences)[:20]))
    elif len(reading.trail) >= REFERENCE_DEPTH_MAX:
        faults.add(
            path,
            f"audiences may refer to each other {REFERENCE_DEPTH_MAX} deep",
            f"人群之间最多引用 {REFERENCE_DEPTH_MAX} 层",
        )
    else:
        inner = ParseContext(Faults(), reading.vocabulary, (*reading.trail, read), _reference, reading.conditions)
        tree = _node(inner, "", audiences[read].tree, 0)
        reading.conditions = inner.conditions
        if not inner.faults.found:
            return tree
        fault = inner.faults.found[0]
        faults.add(
            path,
            f"the audience {read} cannot be used: {fault.path} {fault.reason}",
            f"人群“{read}”无法使用：{fault.path} {fault.reason_zh}",
        )
    return None
