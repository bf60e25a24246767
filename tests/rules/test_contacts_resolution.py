"""The one-identity rule, as a table of cases: rows of identities in, members out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from siyu.contacts.identities.resolution import Key, Resolution, resolve
from siyu.contacts.identities.rules import KINDS, Strength

UNIQUE = frozenset(name for name, kind in KINDS.items() if kind.strength is Strength.UNIQUE)

Known = dict[int, list[str]]


def key(text: str) -> Key:
    """`phone:1` -> ("phone", b"1")."""
    kind, _, value = text.partition(":")
    return kind, value.encode()


def run(rows: list[str], known: Known) -> Resolution:
    held = {member: [key(text) for text in its] for member, its in known.items()}
    owner = {identity: member for member, its in held.items() for identity in its}
    keys = [[key(text) for text in row.split()] for row in rows]
    named = {identity for row in keys for identity in row}
    members = {member for identity, member in owner.items() if identity in named}
    return resolve(keys, {k: m for k, m in owner.items() if k in named}, {m: held[m] for m in members})


CASES: list[tuple[str, list[str], Known, list[int], list[tuple[int, int]], list[tuple[str, ...]]]] = [
    ("a stranger is new", ["phone:1"], {}, [-1], [], [()]),
    ("two rows of one person are one", ["phone:1", "phone:1 email:a"], {}, [-1, -1], [], [(), ()]),
    ("a known phone leads home", ["phone:1 email:a"], {7: ["phone:1"]}, [7], [], [()]),
    (
        "two strong identities join two members",
        ["phone:1 unionid:u"],
        {3: ["phone:1"], 5: ["unionid:u"]},
        [3],
        [(3, 5)],
        [()],
    ),
    ("the older one wins", ["phone:1 unionid:u"], {9: ["phone:1"], 5: ["unionid:u"]}, [5], [(5, 9)], [()]),
    ("an email alone joins nobody", ["phone:1 email:a"], {3: ["phone:1"], 5: ["email:a"]}, [3], [], [("email",)]),
    (
        "two customer numbers stay two, whatever they share",
        ["external_id:B phone:1"],
        {3: ["external_id:A", "phone:1"]},
        [-1],
        [],
        [("phone",)],
    ),
    (
        "two known customer numbers are never merged by themselves",
        ["external_id:B phone:1"],
        {3: ["external_id:A", "phone:1"], 5: ["external_id:B"]},
        [5],
        [],
        [("phone",)],
    ),
    (
        "a second customer number is not attached",
        ["unionid:u external_id:B"],
        {3: ["unionid:u", "external_id:A"]},
        [3],
        [],
        [("external_id",)],
    ),
    (
        "who was only a visitor is taken in",
        ["phone:1 anonymous:x"],
        {2: ["anonymous:x"], 6: ["phone:1"]},
        [6],
        [(6, 2)],
        [()],
    ),
    (
        "a shared tablet does not make two people one",
        ["phone:2 anonymous:x"],
        {2: ["anonymous:x", "phone:1"]},
        [-1],
        [],
        [("anonymous",)],
    ),
    ("a visitor who gives a phone stays who they are", ["phone:1 anonymous:x"], {2: ["anonymous:x"]}, [2], [], [()]),
    (
        "a shared mailbox does not make two people one",
        ["phone:2 email:a"],
        {2: ["email:a", "phone:1"]},
        [-1],
        [],
        [("email",)],
    ),
    ("rows in one call chain", ["phone:1", "unionid:u", "phone:1 unionid:u"], {}, [-1, -1, -1], [], [(), (), ()]),
    (
        "a new member found to be an old one becomes it",
        ["phone:1", "phone:1 external_id:A"],
        {4: ["external_id:A"]},
        [4, 4],
        [],
        [(), ()],
    ),
]


@pytest.mark.parametrize(("_why", "rows", "known", "homes", "unions", "apart"), CASES, ids=[case[0] for case in CASES])
def test_whose_row_it_is(
    _why: str,
    rows: list[str],
    known: Known,
    homes: list[int],
    unions: list[tuple[int, int]],
    apart: list[tuple[str, ...]],
) -> None:
    outcome = run(rows, known)
    assert outcome.homes == homes
    assert [(union.winner, union.loser) for union in outcome.unions] == unions
    assert outcome.unattached == apart


KEYS = st.sampled_from([f"{kind}:{value}" for kind in KINDS for value in "ab"])


@given(
    st.lists(st.lists(KEYS, min_size=1, max_size=4).map(" ".join), min_size=1, max_size=8),
    st.dictionaries(KEYS, st.integers(1, 4), max_size=8),
)
def test_every_identity_has_one_member_and_sole_ones_are_never_joined(rows: list[str], owner: dict[str, int]) -> None:
    known: Known = {}
    for text, member in owner.items():
        held = known.setdefault(member, [])
        # what exists already keeps the rule: one customer number, one UnionID a member
        if not any(text.split(":")[0] in UNIQUE and text.split(":")[0] == other.split(":")[0] for other in held):
            held.append(text)
    outcome = run(rows, known)
    merged = {union.loser: union.winner for union in outcome.unions}

    def now(member: int) -> int:
        while member in merged:
            member = merged[member]
        return member

    final: dict[Key, int] = {key(text): now(member) for member, its in known.items() for text in its}
    for identity, member in outcome.attached.items():
        assert identity not in final
        assert now(member) == member
        final[identity] = member
    for row, home, apart in zip(rows, outcome.homes, outcome.unattached, strict=True):
        for identity in {key(text) for text in row.split()}:
            assert final.get(identity) == home or identity[0] in apart
    for member in set(final.values()):
        for kind in UNIQUE:
            assert sum(1 for identity, its in final.items() if its == member and identity[0] == kind) <= 1
