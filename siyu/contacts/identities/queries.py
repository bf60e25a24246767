"""From identities to members."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from sqlalchemy import select, text

from siyu.contacts.identities.resolution import Key
from siyu.contacts.identities.rules import looks_like, normalise
from siyu.contacts.models import ErasedIdentity
from siyu.kit.crypto import HASH_BYTES, keyed_hash, keyed_hashes
from siyu.kit.db import Tx
from siyu.kit.errors import Invalid
from siyu.kit.text import like_pattern


def hash_of(workspace_id: int, kind: str, normalised: str) -> bytes:
    """What an identity is found by. It depends on the brand, so that two brands' tables cannot be matched."""
    return keyed_hash("identity", str(workspace_id), kind, normalised)


def hashes_of(workspace_id: int, kind: str) -> Callable[[str], bytes]:
    """`hash_of` of many values of one kind."""
    return keyed_hashes("identity", str(workspace_id), kind)


async def erased(tx: Tx) -> Sequence[ErasedIdentity]:
    """Identities of erased members that may still stand in files, of all brands."""
    return (await tx.scalars(select(ErasedIdentity).order_by(ErasedIdentity.id))).all()


async def owners(tx: Tx, workspace_id: int, keys: Iterable[Key]) -> dict[Key, int]:
    """Whose the known ones among `keys` are."""
    hashes_by_kind: dict[str, set[bytes]] = {}
    for kind, hashed in keys:
        hashes_by_kind.setdefault(kind, set()).add(hashed)
    owner_by_key: dict[Key, int] = {}
    for kind, hashes in hashes_by_kind.items():
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
        owner_by_key.update({(kind, bytes(hashed)): member for hashed, member in rows})
    return owner_by_key


async def keys_of_members(tx: Tx, member_ids: Sequence[int]) -> dict[int, list[Key]]:
    """All identities of these members."""
    keys: dict[int, list[Key]] = {member: [] for member in member_ids}
    rows = await tx.execute(
        text("SELECT member_id, kind, value_hash FROM identity WHERE member_id = ANY(CAST(:ids AS bigint[]))"),
        {"ids": list(member_ids)},
    )
    for member, kind, hashed in rows:
        keys[member].append((kind, bytes(hashed)))
    return keys


async def resolve(tx: Tx, workspace_id: int, kind: str, values: Iterable[str]) -> dict[str, int]:
    """The member of each value of one kind of identity (the winner, where merged); unknown and unreadable ones are left out."""
    keys: dict[str, Key] = {}
    for value in values:
        try:
            keys[value] = (kind, hash_of(workspace_id, kind, normalise(kind, value, kind)))
        except Invalid:
            continue
    known = await owners(tx, workspace_id, keys.values())
    return {value: known[key] for value, key in keys.items() if key in known}


PHONE_END_DIGITS = 4
"""How much of the end of a mobile number its masked form shows, and people search by."""

SEARCHED = """(m.name ILIKE :like OR m.id = :number OR m.id IN (
    SELECT i.member_id FROM unnest(CAST(:kinds AS text[]), CAST(:hashes AS bytea[])) AS k (kind, hash)
    JOIN identity i ON i.workspace_id = :workspace_id AND i.kind = k.kind AND i.value_hash = k.hash
    UNION ALL SELECT i.member_id FROM identity i
    WHERE i.workspace_id = :workspace_id AND i.kind = 'phone' AND right(i.masked, 4) = :phone_end))"""
"""Whether `member m` is meant by a searched text, of which `search_params` are the values: every list of people asks so."""


def search_params(workspace_id: int, searched: str) -> dict[str, Any]:
    """The values that SEARCHED names."""
    keys = [(kind, hash_of(workspace_id, kind, value)) for kind, value in looks_like(searched)]
    digits = searched.isascii() and searched.isdigit()
    number = int(searched) if digits and len(searched) <= 10 else None
    return {
        "workspace_id": workspace_id,
        "like": like_pattern(searched),
        "number": number,
        "phone_end": searched if digits and len(searched) == PHONE_END_DIGITS else None,
        "kinds": [kind for kind, _ in keys],
        "hashes": [hashed for _, hashed in keys],
    }
