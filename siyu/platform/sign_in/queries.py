"""How tries are counted, and from where a person is known."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, text

from siyu.kit.crypto import keyed_hash
from siyu.kit.db import Tx
from siyu.platform.models import KnownDevice
from siyu.platform.queries import token_hash
from siyu.platform.sign_in import rules


def counter(kind: str, *parts: str) -> bytes:
    """What tries are counted by: nobody can read an address or a source off it."""
    return keyed_hash("sign-in", kind, *parts)


def source_hash(source: str) -> bytes:
    """What is kept of where somebody signed in from."""
    return keyed_hash("sign-in source", source)


@dataclass(frozen=True)
class KnownFrom:
    """Whether a person has signed in with this very device, or at least from this source."""

    device: bool
    source: bool


async def known_from(tx: Tx, user_id: int, device: str, source: str, now: datetime) -> KnownFrom:
    """How a try on the person's address is to be taken."""
    hashes = {"device": token_hash(device), "source": source_hash(source)}
    rows = await tx.scalars(
        select(KnownDevice).where(KnownDevice.user_id == user_id, KnownDevice.used_at > now - rules.DEVICE_LASTS)
    )
    devices = list(rows)
    return KnownFrom(
        any(row.token_hash == hashes["device"] for row in devices),
        any(row.source_hash == hashes["source"] for row in devices),
    )


@dataclass(frozen=True)
class Count:
    """Tries with this one, since when."""

    tries: int
    began_at: datetime


async def with_this_try(tx: Tx, counters: Sequence[bytes], now: datetime) -> dict[bytes, Count]:
    """Count a try on each counter; their rows stay locked until `tx` ends, so that parallel tries stand in line.

    A caller who then refuses rolls back: a try that was not made does not count.
    """
    rows = await tx.execute(
        text("""
            INSERT INTO sign_in_limit AS l (key, tries, began_at)
            SELECT key, 1, :now FROM unnest(CAST(:keys AS bytea[])) AS k (key) ORDER BY key
            ON CONFLICT (key) DO UPDATE SET
                tries = CASE WHEN l.began_at <= :over OR l.began_at > :ahead THEN 1 ELSE l.tries + 1 END,
                began_at = CASE WHEN l.began_at <= :over OR l.began_at > :ahead THEN :now ELSE l.began_at END
            RETURNING key, tries, began_at
        """),
        {
            "keys": list(counters),
            "now": now,
            "over": now - rules.TRIES_WITHIN,
            "ahead": now + rules.CLOCKS_DIFFER_MAX,
        },
    )
    return {bytes(row.key): Count(row.tries, row.began_at) for row in rows}
