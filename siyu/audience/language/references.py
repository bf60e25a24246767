"""What a tree refers to: its form as it is kept, as it is shown, and the things it uses."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from siyu.audience.language.conditions import catalogue
from siyu.audience.language.identity import Visit, by_key, key_of
from siyu.audience.language.schema import OPTION, Schema
from siyu.platform.uses.rules import Thing, option

GROUPS = ("all", "any")


def map_tree(tree: Any, visit: Visit) -> Any:
    """`tree` with everything that it refers to visited; what is no tree stays as it is."""
    if not isinstance(tree, dict) or len(tree) != 1:
        return tree
    ((key, body),) = tree.items()
    if key in GROUPS and isinstance(body, list):
        return {key: [map_tree(part, visit) for part in body]}
    if key == "not":
        return {key: map_tree(body, visit)}
    kind = catalogue.by_key(key)
    return tree if kind is None else {key: kind.map_references(body, visit)}


def keeper(schema: Schema) -> Visit:
    """Turns the names that people type into what is kept. A name of nothing stays: the check of the tree refuses it."""

    def keep(thing: str, value: Any) -> Any:
        key = schema.keys_of(thing).get(value) if isinstance(value, str) else None
        return value if key is None else by_key(key)

    return keep


def shower(schema: Schema) -> Visit:
    """Turns what is kept into names; the thing that is gone is shown by its key."""

    def show(thing: str, value: Any) -> Any:
        key = key_of(value)
        return value if key is None else schema.name_of(thing, key)

    return show


def things_met(walk: Callable[[Visit], Any]) -> set[Thing]:
    """The things that `walk` shows to the visit it is handed."""
    things: set[Thing] = set()

    def note(kind: str, value: Any) -> Any:
        key = key_of(value) or (value if isinstance(value, str) else None)
        if key:
            head, _, attribute = kind.partition(":")
            things.add(option(attribute, key) if head == OPTION else Thing(kind, key))
        return value

    walk(note)
    return things


def things_used(tree: Any) -> set[Thing]:
    """What a kept tree refers to; audiences and journeys by what trees call them."""
    return things_met(partial(map_tree, tree))


def kept(tree: Any, schema: Schema) -> Any:
    """A tree as it is kept: what it refers to by identity."""
    return map_tree(tree, keeper(schema))


def shown(tree: Mapping[str, Any], schema: Schema) -> Any:
    """A kept tree as people read and type it."""
    return map_tree(tree, shower(schema))
