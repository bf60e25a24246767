"""Whose row is it? Rows of identities, in order, against what is known: the one-identity rule (docs/decisions/009-one-identity.md).

- The most trusted known identity of a row decides whose row it is. A weak one (email, anonymous) decides only when the
  row brings nothing that tells it apart from that member.
- Other members the row names are merged into it when both sides were found by strong identities and neither has a
  different customer number or UnionID; a member known by anonymous ids only is always taken in.
- What does not fit stays where it was and is reported.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from siyu.contacts.identities.rules import KINDS, RANK, Strength

Key = tuple[str, bytes]
"""(kind, keyed hash of the normalised value)."""


@dataclass(frozen=True)
class Union:
    """Two existing members are one person; `kinds` are the identities that said so."""

    winner: int
    loser: int
    kinds: tuple[str, str]
    row: int


@dataclass(frozen=True)
class Resolution:
    """`homes[i]` is the member of row i: an existing id, or a negative number for a new one."""

    homes: list[int]
    attached: dict[Key, int]
    """Identities that are new, with their member (existing or negative)."""
    unions: list[Union]
    unattached: list[tuple[str, ...]]
    """Per row, the kinds of identity that stayed with another member."""


@dataclass
class _State:
    owner: dict[Key, int]
    holds: dict[int, dict[str, set[Key]]] = field(default_factory=dict)
    parent: dict[int, int] = field(default_factory=dict)
    attached: dict[Key, int] = field(default_factory=dict)
    news: int = 0

    def root(self, node: int) -> int:
        while node in self.parent:
            node = self.parent[node]
        return node

    def give(self, node: int, key: Key) -> None:
        self.owner[key] = node
        self.holds.setdefault(node, {}).setdefault(key[0], set()).add(key)

    def contradicts(self, node: int, keys: Iterable[Key], least: Strength) -> bool:
        """Has `node` other values than `keys` of kinds that are at least so strong?"""
        held = self.holds.get(node, {})
        return any(KINDS[key[0]].strength >= least and held.get(key[0]) and key not in held[key[0]] for key in keys)

    def anonymous(self, node: int) -> bool:
        return set(self.holds.get(node, {})) <= {"anonymous"}

    def fresh(self) -> int:
        self.news -= 1
        return self.news

    def join(self, winner: int, loser: int) -> None:
        self.parent[loser] = winner
        for kind, keys in self.holds.pop(loser, {}).items():
            self.holds.setdefault(winner, {}).setdefault(kind, set()).update(keys)


def resolve(rows: Sequence[Sequence[Key]], owner: Mapping[Key, int], held: Mapping[int, Iterable[Key]]) -> Resolution:
    """Decide for `rows` in order; `owner` knows every existing identity among them, `held` all identities of those members."""
    state = _State(dict(owner))
    for member, keys in held.items():
        for key in keys:
            state.give(member, key)
    homes: list[int] = []
    unions: list[Union] = []
    unattached: list[tuple[str, ...]] = []
    named = Counter(key for row in rows for key in row)
    for number, row in enumerate(rows):
        if _stranger(row, named, owner):
            home = state.fresh()
            state.attached.update(dict.fromkeys(row, home))
            homes.append(home)
            unattached.append(())
            continue
        keys = sorted(set(row), key=lambda key: RANK[key[0]])
        home, led_by = _home(state, keys)
        apart: list[str] = []
        for key in keys:
            home = _place_key(state, key, home, led_by, number, unions, apart)
        homes.append(home)
        unattached.append(tuple(apart))
    attached = {key: state.root(node) for key, node in state.attached.items()}
    return Resolution([state.root(home) for home in homes], attached, unions, unattached)


def _stranger(row: Sequence[Key], named: Mapping[Key, int], owner: Mapping[Key, int]) -> bool:
    """Whether neither the members nor the other rows name anything of this row: nearly every row of a first import."""
    for key in row:
        if key in owner or named[key] > 1:
            return False
    return len({kind for kind, _ in row}) == len(row)


def _home(state: _State, keys: Sequence[Key]) -> tuple[int, str | None]:
    """The member a row is about and the kind of identity that said so; a new one when nothing does."""
    for key in keys:
        if key not in state.owner:
            continue
        node, kind = state.root(state.owner[key]), key[0]
        strength = KINDS[kind].strength
        if strength is Strength.UNIQUE:
            return node, kind
        if not state.contradicts(
            node, keys, Strength.UNIQUE if strength >= Strength.STRONG else Strength.DISTINGUISHING
        ):
            return node, kind
    return state.fresh(), None


def _place_key(
    state: _State, key: Key, home: int, led_by: str | None, row: int, unions: list[Union], apart: list[str]
) -> int:
    """Give `key` to `home`, or join its owner with `home`, or leave it; returns the home afterwards."""
    kind = key[0]
    if key not in state.owner:
        if state.contradicts(home, [key], Strength.UNIQUE):
            apart.append(kind)
        else:
            state.give(home, key)
            state.attached[key] = home
        return home
    other = state.root(state.owner[key])
    if other == home:
        return home
    if not _one_person(state, home, led_by, other, kind):
        apart.append(kind)
        return home
    winner, loser = _winner(state, home, other)
    if winner > 0 and loser > 0:
        unions.append(Union(winner, loser, (led_by or kind, kind), row))
    state.join(winner, loser)
    return winner


def _one_person(state: _State, home: int, led_by: str | None, other: int, kind: str) -> bool:
    held = [key for keys in state.holds.get(other, {}).values() for key in keys]
    if state.contradicts(home, held, Strength.UNIQUE):
        return False
    if led_by is None:
        # nothing of the row was known when its home was new: what is known now was refused above, or came with it
        return False
    if state.anonymous(other) or state.anonymous(home):
        return True
    return all(KINDS[name].strength >= Strength.STRONG for name in (led_by, kind))


def _winner(state: _State, first: int, second: int) -> tuple[int, int]:
    """An existing member before a new one, an identified one before an anonymous one, the older before the younger."""

    def order(node: int) -> tuple[bool, bool, int]:
        return (node < 0, state.anonymous(node), abs(node))

    return (first, second) if order(first) <= order(second) else (second, first)
