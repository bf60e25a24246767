"""Callbacks: kept as they come, handled afterwards, in order, each once; they may be handled again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select, text
from sqlalchemy.dialects.postgresql import insert

from siyu.channels.adapters.types import Adapter, Inbound, Unreadable
from siyu.channels.inbound.types import InboundValue
from siyu.channels.models import Callback
from siyu.kit.db import Tx

BATCH_ROWS_MAX = 500
CALLBACK_RETENTION = timedelta(days=30)


@dataclass(frozen=True)
class WaitingCallback:
    """A callback that has not been handled."""

    id: int
    account_id: int
    body: str
    received_at: datetime


@dataclass(frozen=True)
class ParsedCallback:
    """What a waiting callback says; `values` None: nobody can read it."""

    id: int
    values: Sequence[InboundValue] | None


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
    rows = await tx.scalars(select(Callback).where(Callback.handled_at.is_(None)).order_by(Callback.id).limit(rows_max))
    return [WaitingCallback(row.id, row.account_id, row.body, row.received_at) for row in rows]


def parse(adapter: Adapter, callbacks: Sequence[WaitingCallback]) -> list[ParsedCallback]:
    """What each of `callbacks` says, in their order."""
    parsed = []
    for callback in callbacks:
        try:
            parsed.append(ParsedCallback(callback.id, adapter.parse(callback.body)))
        except Unreadable:
            parsed.append(ParsedCallback(callback.id, None))
    return parsed


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
