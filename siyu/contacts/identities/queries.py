"""From identities to members, and from merged members to the one they are now."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from sqlalchemy import text

from siyu.contacts.rules.identities import normalise
from siyu.contacts.rules.resolution import Key
from siyu.kit.crypto import HASH_BYTES, keyed_hash, keyed_hashes
from siyu.kit.db import Tx
from siyu.kit.errors import Invalid


def hash_of(workspace_id: int, kind: str, normalised: str) -> bytes:
    """What an identity is found by. It depends on the brand, so that two brands' tables cannot be matched."""
    return keyed_hash("identity", str(workspace_id), kind, normalised)


def hashes_of(workspace_id: int, kind: str) -> Callable[[str], bytes]:
    """`hash_of` of many values of one kind."""
    return keyed_hashes("identity", str(workspace_id), kind)


async def owners(tx: Tx, workspace_id: int, keys: Iterable[Key]) -> dict[Key, int]:
    """Whose the known ones among `keys` are."""
    wanted: dict[str, set[bytes]] = {}
    for kind, hashed in keys:
        wanted.setdefault(kind, set()).add(hashed)
    found: dict[Key, int] = {}
    for kind, hashes in wanted.items():
        # all hashes as one value: writing an array of a hundred thousand takes longer than looking them up
        rows = await tx.execute(
            text("""
                SELECT i.value_hash, i.member_id
                FROM (SELECT substr(CAST(:hashes AS bytea), n * :bytes + 1, :bytes) AS hash
                      FROM generate_series(0, CAST(:count AS int) - 1) AS n OFFSET 0) AS k
                JOIN identity i ON i.workspace_id = :workspace_id AND i.kind = :kind AND i.value_hash = k.hash
            """),
            {
                "workspace_id": workspace_id,
                "kind": kind,
                "hashes": b"".join(sorted(hashes)),
                "count": len(hashes),
                "bytes": HASH_BYTES,
            },
        )
        found.update({(kind, bytes(hashed)): member for hashed, member in rows})
    return found


async def held(tx: Tx, member_ids: Sequence[int]) -> dict[int, list[Key]]:
    """All identities of these members."""
    found: dict[int, list[Key]] = {member: [] for member in member_ids}
    rows = await tx.execute(
        text("SELECT member_id, kind, value_hash FROM identity WHERE member_id = ANY(CAST(:ids AS bigint[]))"),
        {"ids": list(member_ids)},
    )
    for member, kind, hashed in rows:
        found[member].append((kind, bytes(hashed)))
    return found


async def resolve(tx: Tx, workspace_id: int, kind: str, values: Iterable[str]) -> dict[str, int]:
    """The member of each value of one kind of identity (the winner, where merged); unknown and unreadable ones are left out."""
    keys: dict[str, Key] = {}
    for value in values:
        try:
            keys[value] = (kind, hash_of(workspace_id, kind, normalise(kind, value, kind)))
        except Invalid:
            continue
    found = await owners(tx, workspace_id, keys.values())
    return {value: found[key] for value, key in keys.items() if key in found}


async def canonical(tx: Tx, ids: Iterable[int]) -> dict[int, int]:
    """Who each of these members is now: itself, or the winner it was merged into. Unknown ids are left out."""
    rows = await tx.execute(
        text("SELECT id, coalesce(merged_into, id) AS winner FROM member WHERE id = ANY(CAST(:ids AS bigint[]))"),
        {"ids": list(ids)},
    )
    return {row.id: row.winner for row in rows}


async def family(tx: Tx, member_id: int) -> list[int]:
    """The member and all that were merged into it: whose facts make up its timeline."""
    rows = await tx.scalars(
        text("SELECT id FROM member WHERE id = :id OR merged_into = :id ORDER BY id"), {"id": member_id}
    )
    return list(rows)


async def families(tx: Tx, member_ids: Sequence[int]) -> Mapping[int, list[int]]:
    """`family` of many at once."""
    found: dict[int, list[int]] = {member: [member] for member in member_ids}
    rows = await tx.execute(
        text("SELECT merged_into, id FROM member WHERE merged_into = ANY(CAST(:ids AS bigint[])) ORDER BY id"),
        {"ids": list(member_ids)},
    )
    for winner, loser in rows:
        found[winner].append(loser)
    return found
