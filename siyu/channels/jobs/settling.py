"""Asking what became of calls that were carried out."""

import asyncio
import time
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from siyu.channels.actions import settling
from siyu.channels.actions.wires import CALLS_AT_ONCE, TURN_SECONDS, http, wire
from siyu.channels.adapters import ADAPTERS
from siyu.channels.adapters.shapes import Account, Asked, Settled
from siyu.channels.queries import accounts, due
from siyu.channels.queries.due import OpenCall
from siyu.channels.rules.sending import UNCONFIRMED_AFTER, slices
from siyu.kit import clock
from siyu.kit.db import Database

SETTLE_CALLS_MAX = 1_000


async def settle(db: Database, _lake: Any, now: datetime) -> None:
    """Ask what became of calls that were carried out."""
    async with db.transaction() as tx:
        calls = await due.open_calls(tx, now, SETTLE_CALLS_MAX)
        if not calls:
            return
        known = {row.id: accounts.opened(row) for row in await accounts.account_rows(tx)}
    ends = time.monotonic() + TURN_SECONDS
    async with http() as client:
        lines = {
            account_id: ADAPTERS[known[account_id].channel].open(wire(db, known[account_id], client, clock.now))
            for account_id in {call.account_id for call in calls}
        }
        for part in slices(calls, 8 * CALLS_AT_ONCE):
            await _settle_part(db, part, known, lines, now)
            if time.monotonic() > ends:
                return


async def _settle_part(
    db: Database, part: Sequence[OpenCall], known: dict[int, Account], lines: dict[int, Any], now: datetime
) -> None:
    gate = asyncio.Semaphore(CALLS_AT_ONCE)

    async def results(call: OpenCall) -> list[Settled] | None:
        ask = ADAPTERS[known[call.account_id].channel].results
        async with gate:
            return await ask(lines[call.account_id], Asked(call.provider_id, call.staff)) if ask else None

    async def cancel(call: OpenCall) -> bool:
        stop = ADAPTERS[known[call.account_id].channel].cancel
        async with gate:
            return stop is not None and await stop(lines[call.account_id], Asked(call.provider_id, call.staff))

    late = [call for call in part if now - call.started_at >= UNCONFIRMED_AFTER]
    stopped = await asyncio.gather(*(cancel(call) for call in late))
    # asked after the cancelling, so that what was confirmed until then is not called a failure
    found = await asyncio.gather(*(results(call) for call in part))
    heard = {call.dispatch_id: (call, one) for call, one in zip(part, found, strict=True) if one is not None}
    async with db.transaction() as tx:
        await settling.settle(tx, heard, now)
        await settling.looked(tx, [call.dispatch_id for call in part], now)
        over = [call for call, done in zip(late, stopped, strict=True) if done and call.dispatch_id in heard]
        await settling.give_up(tx, over, now)
