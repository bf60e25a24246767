"""Callbacks: kept as they come, handled afterwards, in order, each once; they may be handled again."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import delete, select, text
from sqlalchemy.dialects.postgresql import insert

from siyu.channels.accounts.models import ChannelAccount
from siyu.channels.adapters.types import Adapter, Inbound
from siyu.channels.inbound.models import Callback
from siyu.channels.inbound.types import DeliveryReport, InboundValue
from siyu.facts.operation import actions as operation
from siyu.facts.operation import queries as operation_queries
from siyu.kit.crypto import decrypt
from siyu.kit.db import Tx
from siyu.kit.isolation import error_class

BATCH_ROWS_MAX = 500
CALLBACK_RETENTION = timedelta(days=30)


@dataclass(frozen=True)
class WaitingCallback:
    """A callback that has not been handled."""

    id: int
    account_id: int
    sealed: bytes
    """Its body, encrypted: one that cannot be opened must not hold up the others."""
    received_at: datetime


@dataclass(frozen=True)
class ParsedCallback:
    """What a waiting callback says; `fault`: why nobody can read it."""

    id: int
    values: Sequence[InboundValue]
    fault: Exception | None = None


async def keep(tx: Tx, account_id: int, inbound: Inbound, now: datetime) -> bool:
    """Keep what came; False when it is known already."""
    statement = (
        insert(Callback)
        .values(account_id=account_id, content_key=inbound.key, body=inbound.body, received_at=now)
        .on_conflict_do_nothing()
        .returning(Callback.id)
    )
    return (await tx.scalar(statement)) is not None


async def waiting(tx: Tx, rows_max: int = BATCH_ROWS_MAX) -> list[WaitingCallback]:
    """The oldest callbacks that wait, of all accounts."""
    rows = await tx.execute(
        text("""
            SELECT id, account_id, body, received_at FROM callback WHERE handled_at IS NULL ORDER BY id LIMIT :rows_max
        """),
        {"rows_max": rows_max},
    )
    return [WaitingCallback(row.id, row.account_id, bytes(row.body), row.received_at) for row in rows]


def parse(adapter: Adapter, callbacks: Sequence[WaitingCallback]) -> list[ParsedCallback]:
    """What each of `callbacks` says, in their order. No moment it tells is later than that at which it came."""
    return [_parsed(adapter, callback) for callback in callbacks]


def _parsed(adapter: Adapter, callback: WaitingCallback) -> ParsedCallback:
    try:
        values = adapter.parse(decrypt(callback.sealed))
    except Exception as error:
        return ParsedCallback(callback.id, (), error)
    return ParsedCallback(callback.id, [_not_after(value, callback.received_at) for value in values])


def _not_after(value: InboundValue, moment: datetime) -> InboundValue:
    return value if isinstance(value, DeliveryReport) else replace(value, at=min(value.at, moment))


async def lock(tx: Tx, ids: Sequence[int]) -> frozenset[int]:
    """Those of `ids` that nobody else handles now or has handled, locked."""
    free = await tx.scalars(
        select(Callback.id).where(Callback.id.in_(ids), Callback.handled_at.is_(None)).with_for_update(skip_locked=True)
    )
    return frozenset(free)


async def mark_handled(tx: Tx, ids: Sequence[int], now: datetime, trouble: str | None = None) -> None:
    """Mark callbacks as handled; with what was in the way, if something was."""
    await tx.execute(
        text("UPDATE callback SET handled_at = :now, trouble = :trouble WHERE id = ANY(CAST(:ids AS bigint[]))"),
        {"ids": list(ids), "now": now, "trouble": trouble},
    )


async def set_aside(tx: Tx, channel: str, callback_id: int, error: Exception, now: datetime) -> None:
    """Set one callback aside because of `error`, so that the others go on."""
    workspace_id = await tx.scalar(
        select(ChannelAccount.workspace_id)
        .join(Callback, Callback.account_id == ChannelAccount.id)
        .where(Callback.id == callback_id)
    )
    await operation.set_aside(tx, "callback", channel, str(callback_id), workspace_id, error, now)
    await mark_handled(tx, [callback_id], now, error_class(error))


async def release(tx: Tx) -> int:
    """Let the callbacks that somebody wants tried again wait like new ones; returns how many."""
    again = await operation_queries.retries(tx, "callback")
    if again:
        await tx.execute(
            text("UPDATE callback SET handled_at = NULL, trouble = NULL WHERE id = ANY(CAST(:ids AS bigint[]))"),
            {"ids": [int(item.item_key) for item in again]},
        )
        await operation.settle(tx, [item.id for item in again])
    return len(again)


async def replay(tx: Tx, account_id: int, ids: Sequence[int] | None) -> int:
    """Let callbacks of an account be handled again (all that had trouble when `ids` is None); returns how many."""
    result = await tx.execute(
        text("""
            UPDATE callback SET handled_at = NULL, trouble = NULL WHERE account_id = :account_id AND handled_at IS NOT NULL
              AND CASE WHEN CAST(:ids AS bigint[]) IS NULL THEN trouble IS NOT NULL ELSE id = ANY(CAST(:ids AS bigint[])) END
        """),
        {"account_id": account_id, "ids": None if ids is None else list(ids)},
    )
    return int(result.rowcount)  # type: ignore[attr-defined]


async def delete_expired(tx: Tx, now: datetime) -> None:
    """Delete what was handled a month ago: it is personal data."""
    await tx.execute(delete(Callback).where(Callback.handled_at < now - CALLBACK_RETENTION))
