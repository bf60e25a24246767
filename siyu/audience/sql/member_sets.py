"""Sets of members as the compiler joins them: a test on the rows of a table, or everybody else.

A condition that few satisfy stays a small set all the way; only "everybody but" needs all members, and only at the end.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

MEMBERS = "members"
ANY_TABLE = "*"
"""The table of a test on nothing but the member's number: it is asked wherever the members come from."""


@dataclass(frozen=True)
class MemberSet:
    """The members with a row in `table` that passes `test`; with `outside`, all members but those."""

    table: str
    test: str = "TRUE"
    outside: bool = False

    def complement(self) -> "MemberSet":
        """Everybody else."""
        if self.table in (MEMBERS, ANY_TABLE):
            return replace(self, test=f"(NOT {self.test})")
        return replace(self, outside=not self.outside)

    def select(self) -> str:
        """The ids of those inside, outside or not."""
        where = "" if self.test == "TRUE" else f" WHERE {self.test}"
        return f"SELECT member_id FROM {MEMBERS if self.table == ANY_TABLE else self.table}{where}"


EVERYBODY = MemberSet(MEMBERS)
Named = Callable[[str], str]
"""Gives a SELECT of member ids a name of its own and answers that name."""


def intersect(parts: Sequence[MemberSet], named: Named) -> MemberSet:
    """The members in all of `parts`."""
    inside = _by_table([members for members in parts if not members.outside], " AND ")
    outside = _by_table([members for members in parts if members.outside], " OR ")
    anywhere = " AND ".join(members.test for members in inside if members.table == ANY_TABLE)
    sets = [members for members in inside if members.table != ANY_TABLE and members != EVERYBODY]
    if anywhere and not sets and not outside:
        return MemberSet(ANY_TABLE, anywhere)
    if not sets and not anywhere:
        if not outside:
            return EVERYBODY
        inner = (
            outside[0] if len(outside) == 1 else union([replace(members, outside=False) for members in outside], named)
        )
        return replace(inner, outside=True)
    # a test on all members comes last: whatever else there is leaves fewer
    sets.sort(key=lambda members: members.table == MEMBERS)
    if len(sets) == 1 and not outside and not anywhere:
        return sets[0]
    first = sets[0].select() if sets else EVERYBODY.select()
    joins = "".join(f" SEMI JOIN ({members.select()}) AS s{n} USING (member_id)" for n, members in enumerate(sets[1:]))
    joins += "".join(f" ANTI JOIN ({members.select()}) AS o{n} USING (member_id)" for n, members in enumerate(outside))
    chosen = f"SELECT member_id FROM ({first}) AS first{joins}"
    return MemberSet(named(f"SELECT member_id FROM ({chosen}) AS chosen WHERE {anywhere}" if anywhere else chosen))


def union(parts: Sequence[MemberSet], named: Named) -> MemberSet:
    """The members in any of `parts`."""
    if any(members.outside for members in parts):
        return intersect([members.complement() for members in parts], named).complement()
    of_profiles = [replace(members, table=MEMBERS) if members.table == ANY_TABLE else members for members in parts]
    inside = _by_table(of_profiles, " OR ")
    if len(inside) == 1:
        return inside[0]
    return MemberSet(named(" UNION ".join(members.select() for members in inside)))


def _by_table(parts: Sequence[MemberSet], joined: str) -> list[MemberSet]:
    """Tests on one table made one."""
    ordered = sorted(dict.fromkeys(parts), key=lambda members: members.table)
    merged = []
    for table, group in groupby(ordered, key=lambda members: members.table):
        tests = [members.test for members in group]
        whole = "TRUE" if (joined == " OR " and "TRUE" in tests) else ""
        tests = tests if joined == " OR " else [test for test in tests if test != "TRUE"] or ["TRUE"]
        merged.append(MemberSet(table, whole or (tests[0] if len(tests) == 1 else f"({joined.join(tests)})")))
    return merged
