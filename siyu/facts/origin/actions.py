"""Knowing a moved database and another key, before anybody reads or writes."""

from datetime import datetime

from cryptography.exceptions import InvalidTag
from sqlalchemy import select, text

from siyu.facts.log.queries import Position
from siyu.facts.origin.models import DatabaseMove, DatabaseOrigin, KeySeal
from siyu.kit import crypto
from siyu.kit.db import Tx
from siyu.kit.errors import Refusal
from siyu.kit.locks import Lock, lock_until_commit
from siyu.kit.logs import logger

log = logger("origin")

SEALED = "siyu"
"""What the seal says; that it opens is the proof."""


class WrongKey(Refusal):
    status, code = 409, "wrong_key"
    title = "The key is not the one this database was written with; put back keys/data.key, or set SIYU_KEY to it"
    title_zh = "密钥与写入此数据库的密钥不同：请放回 keys/data.key，或把 SIYU_KEY 设为原来的密钥"


_CURRENT = text("""
    SELECT CAST(system_identifier AS text) AS cluster,
           CAST((SELECT oid FROM pg_database WHERE datname = current_database()) AS bigint) AS database_oid,
           CAST(CAST('fact' AS regclass)::oid AS bigint) AS table_oid
    FROM pg_control_system()
""")
_LAST = text("""
    SELECT greatest(
        coalesce((SELECT txid::text::bigint FROM fact ORDER BY txid DESC, seq DESC LIMIT 1), 0),
        coalesce((SELECT max(txid::text::bigint) FROM fact_cursor), 0), CAST(:relayed AS bigint))
""")
_NEXT = text("SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint")


async def check_key(tx: Tx) -> None:
    """Seal a known value with the key at the first start; at every other open it. Raises WrongKey."""
    seal = await tx.scalar(select(KeySeal.sealed))
    if seal is None:
        await tx.execute(
            text("INSERT INTO key_seal (sealed) VALUES (:sealed) ON CONFLICT DO NOTHING"),
            {"sealed": crypto.encrypt(SEALED)},
        )
        seal = await tx.scalar(select(KeySeal.sealed))
    open_seal(seal or b"")


def open_seal(seal: bytes) -> None:
    """Raises WrongKey when the key of this process does not open `seal`."""
    try:
        if crypto.decrypt(seal) == SEALED:
            return
    except (InvalidTag, ValueError):
        pass
    raise WrongKey()


async def settle(tx: Tx, relayed: Position, now: datetime) -> bool:
    """Compare the database with the one the data were written in, and let the log go on after a move; says whether there was one.

    `relayed` is how far the lake has the log. The log's transaction ids then begin after the last that anybody knows: every
    cursor, in Postgres and in the lake, keeps its place, so that nothing is read twice and nothing is passed over. Data of
    before there was an origin have moved when somebody has read further than this cluster has counted.
    """
    await lock_until_commit(tx, Lock.ORIGIN)
    current = (await tx.execute(_CURRENT)).one()
    origin = await tx.scalar(select(DatabaseOrigin))
    last = int(await tx.scalar(_LAST, {"relayed": relayed.txid}) or 0)
    if origin is None:
        moved = last >= int(await tx.scalar(_NEXT) or 0)
        origin = DatabaseOrigin(id=1, txid_offset=0, **current._mapping)
        tx.add(origin)
        before = None
    else:
        before = origin.cluster
        moved = (origin.cluster, origin.database_oid, origin.table_oid) != tuple(current)
        origin.cluster, origin.database_oid, origin.table_oid = current
    if not moved:
        await tx.flush()
        return False
    origin.txid_offset = last
    tx.add(DatabaseMove(moved_at=now, cluster_before=before, cluster_after=current.cluster))
    await tx.flush()
    # waits for whoever still writes with the old offset
    await tx.execute(
        text(
            "ALTER TABLE fact ALTER COLUMN txid SET DEFAULT"
            f" CAST(CAST(CAST(CAST(pg_current_xact_id() AS text) AS bigint) + {last:d} AS text) AS xid8)"
        )
    )
    log.warning("database_moved", **{"from": before, "to": current.cluster, "txid_offset": last})
    return True
