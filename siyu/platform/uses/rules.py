"""Things and their users as values, and the refusal to delete what is used."""

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from itertools import count
from types import MappingProxyType

from siyu.kit.errors import Conflict, Fault
from siyu.kit.text import LocalizedText


@dataclass(frozen=True, order=True)
class Thing:
    """What somebody refers to: `kind` is tag, attribute, option, audience, template or journey, `key` its identity."""

    kind: str
    key: str


@dataclass(frozen=True)
class User:
    """Who refers to things: an audience, a journey or a template, by its number and its name."""

    kind: str
    id: str
    label: str


def new_keys(names: Sequence[str], taken: AbstractSet[str]) -> dict[str, str]:
    """The key of each new thing: its name, numbered when that is the key of another that is or was."""
    return {
        name: next(key for n in count(1) if (key := name if n == 1 else f"{name}#{n}") not in taken) for name in names
    }


@dataclass(frozen=True)
class ThingNames:
    """What the things of a kind (tags, journeys) of a brand are called. `keys` leads from every name that one has or had, and from its key, to its key;
    a name that one has now goes before what others had."""

    names: Mapping[str, str] = field(default_factory=dict)
    """By key."""
    keys: Mapping[str, str] = field(default_factory=dict)

    def shown(self, key: str) -> str:
        """What a thing is called now; one that is gone by its key."""
        return self.names.get(key, key)


NO_THINGS = ThingNames()
NO_KEYS: Mapping[str, str] = MappingProxyType({})


def read_names(things: Iterable[tuple[str, str, Sequence[str]]]) -> ThingNames:
    """The names of things (key, name, former names)."""
    listed = list(things)
    keys = {former: key for key, _, formers in listed for former in formers}
    keys |= {key: key for key, _, _ in listed}
    keys |= {name: key for key, name, _ in listed}
    return ThingNames({key: name for key, name, _ in listed}, keys)


USER_LABELS: dict[str, LocalizedText] = {
    "audience": LocalizedText("人群", "audience"),
    "journey": LocalizedText("旅程", "journey"),
    "template": LocalizedText("模板", "template"),
}


USER_PAGES = {"audience": "/audiences", "journey": "/journeys", "template": "/journeys/templates"}
"""Where the console shows them."""


def option(attribute: str, key: str) -> Thing:
    """An option of an attribute."""
    return Thing("option", f"{attribute}={key}")


class InUse(Conflict):
    """Others refer to it; each fault's path is who does: `journey.12`."""

    code, title, title_zh = "in_use", "It is in use", "正在使用中"

    def __init__(self, users: Sequence[User]) -> None:
        named = [(USER_LABELS[user.kind], user) for user in users]
        super().__init__(
            f"It is used by: {', '.join(f'{kind.en} {user.label}' for kind, user in named)}",
            f"正在被使用：{'、'.join(f'{kind.zh}“{user.label}”' for kind, user in named)}",
            [
                Fault(
                    f"{user.kind}.{user.id}",
                    f"{kind.en} {user.label}",
                    f"{kind.zh}“{user.label}”",
                    href=f"{USER_PAGES[user.kind]}/{user.id}",
                )
                for kind, user in named
            ],
        )
