"""Sending what is due, and settling calls whose lease ran out."""

import asyncio
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import httpx

from siyu.channels.actions import concluding, sending
from siyu.channels.actions.wires import CALLS_AT_ONCE, TURN_SECONDS, http, me, public_url, wire
from siyu.channels.adapters import ADAPTERS
from siyu.channels.adapters.shapes import Account, Later, Receipt, Unknown
from siyu.channels.queries import accounts, due
from siyu.channels.queries.due import Call
from siyu.channels.rules.sending import slices
from siyu.kit import clock
from siyu.kit.db import Database
from siyu.kit.logs import logger

log = logger("channels")


async def dispatch(db: Database, _lake: Any, now: datetime) -> None:
    """Send what is due, account by account, and settle calls whose lease ran out."""
    async with http() as client:
        async with db.transaction() as tx:
            again = await concluding.resume(tx, now)
            known = {row.id: accounts.opened(row) for row in await accounts.account_rows(tx)} if again else {}
        for account_id in dict.fromkeys(call.account_id for call in again):
            mine = [call for call in again if call.account_id == account_id]
            await make(db, known[account_id], mine, client, now, marked=True)
        async with db.transaction() as tx:
            ready = await due.accounts_with_due(tx, now)
        for account in ready:
            await _send_due(db, account, client, now)


async def _send_due(db: Database, account: Account, client: httpx.AsyncClient, now: datetime) -> None:
    """Claim and call until nothing is due or the turn is over. One content for everybody is claimed in larger parts."""
    ends = time.monotonic() + TURN_SECONDS
    rows_max = sending.CLAIM_ROWS_MIN
    while time.monotonic() < ends:
        async with db.transaction() as tx:
            begun = await sending.begin(tx, account, now, by=me(), public_url=public_url(), rows_max=rows_max)
        if not begun.looked_at:
            return
        rows_max = sending.CLAIM_ROWS_MAX if len(begun.calls) <= CALLS_AT_ONCE else sending.CLAIM_ROWS_MIN
        if not await make(db, account, begun.calls, client, now):
            return


async def make(
    db: Database,
    account: Account,
    calls: Sequence[Call],
    client: httpx.AsyncClient,
    now: datetime,
    *,
    marked: bool = False,
) -> bool:
    """Make calls, some at once; the answers of each wave are written down before the next. `marked`: their marks are
    committed already. False when the provider said later: the rest is given back."""
    line = ADAPTERS[account.channel].open(wire(db, account, client, clock.now))
    for wave in slices(calls, CALLS_AT_ONCE):
        if not marked:
            async with db.transaction() as tx:
                wave = await concluding.mark_called(tx, wave, now)
        receipts = await asyncio.gather(*(_call(account, line, call) for call in wave))
        async with db.transaction() as tx:
            await concluding.conclude(tx, account, list(zip(wave, receipts, strict=True)), now)
            later = [one for one in receipts if isinstance(one, Later)]
            if later and not marked:
                wait = timedelta(seconds=max(max(one.after_s for one in later), 1.0))
                reason = "account_trouble" if any(one.account for one in later) else "busy"
                await concluding.release(tx, [call.dispatch_id for call in calls], now, wait, reason)
                return False
    return True


async def _call(account: Account, line: Any, call: Call) -> Receipt:
    """One call. What an adapter does not expect is a lost answer, never a lost message."""
    try:
        receipt: Receipt = await ADAPTERS[account.channel].send(line, call.batch)
    except Exception as error:
        log.error("send_failed", dispatch_id=call.dispatch_id, error=type(error).__name__, exc_info=True)
        return Unknown(type(error).__name__)
    if not isinstance(receipt, Later | Unknown):
        return receipt
    log.warning("send_not_answered", dispatch_id=call.dispatch_id, words=receipt.words)
    return receipt
