"""Handling callbacks that were kept, and welcoming new friends."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import httpx

from siyu.channels.accounts import queries as accounts
from siyu.channels.accounts.connection import CALLS_AT_ONCE, adapter_context, http, public_url, worker_id
from siyu.channels.adapters import ADAPTERS
from siyu.channels.adapters.types import Account
from siyu.channels.adapters.wecom import contacts as platform_contacts
from siyu.channels.adapters.wecom.client import WeComError
from siyu.channels.adapters.wecom.contacts import Friend
from siyu.channels.adapters.wecom.events import Event
from siyu.channels.inbound.actions import callbacks, welcome_messages
from siyu.channels.inbound.actions.callbacks import Known, Waiting
from siyu.channels.messages.actions import outcomes
from siyu.kit import clock
from siyu.kit.db import Database
from siyu.kit.logs import logger

log = logger("channels")

BATCHES_MAX = 20
"""Batches of one turn; the rest is handled in the next."""


async def handle_callbacks(db: Database, _lake: Any, now: datetime) -> None:
    """Handle what waits, oldest first."""
    async with http() as client:
        for _ in range(BATCHES_MAX):
            async with db.transaction() as tx:
                waiting = await callbacks.waiting(tx)
                known = {row.id: accounts.opened(row) for row in await accounts.account_rows(tx)} if waiting else {}
            if not waiting:
                break
            for account_id in dict.fromkeys(one.account_id for one in waiting):
                mine = [one for one in waiting if one.account_id == account_id]
                await _handle(db, known[account_id], mine, client, now)
    async with db.transaction() as tx:
        await callbacks.forget(tx, now)


async def handle_now(db: Database, lake: Any) -> None:
    """The job: a friend was added who is to be welcomed within seconds."""
    await handle_callbacks(db, lake, clock.now())


async def _handle(
    db: Database, account: Account, waiting: Sequence[Waiting], client: httpx.AsyncClient, now: datetime
) -> None:
    """A batch of one account. One that fails is handled one by one, so that a bad callback holds up no other."""
    if account.channel == "wecom":
        said, unreadable = callbacks.events(waiting)
        known = await _ask(db, account, [event for _, event in said], client)
    else:
        said, unreadable, known = [], [], Known({}, frozenset())
    parts: list[Sequence[Waiting]] = [waiting]
    while parts:
        part = parts.pop(0)
        try:
            await _apply(db, account, part, said, unreadable, known, client, now)
        except Exception as error:
            if len(part) > 1:
                parts += [[one] for one in part]
                continue
            log.error("callback_failed", callback_id=part[0].id, error=type(error).__name__, exc_info=True)
            async with db.transaction() as tx:
                await callbacks.handled(tx, [part[0].id], now, type(error).__name__)


async def _apply(
    db: Database,
    account: Account,
    part: Sequence[Waiting],
    said: Sequence[tuple[Waiting, Event]],
    unreadable: Sequence[Waiting],
    known: Known,
    client: httpx.AsyncClient,
    now: datetime,
) -> None:
    async with db.transaction() as tx:
        mine = {one.id: one for one in await callbacks.take(tx, part)}
        happened = [event for one, event in said if one.id in mine]
        if account.channel == "wecom":
            await callbacks.apply(tx, account, happened, known, now)
        else:
            await callbacks.apply_reports(tx, account, list(mine.values()), now)
        bad = [one.id for one in unreadable if one.id in mine]
        await callbacks.handled(tx, [number for number in mine if number not in bad], now)
        await callbacks.handled(tx, bad, now, "unreadable")
        welcomes = await welcome_messages.begin(tx, account, happened, now, by=worker_id(), public_url=public_url())
    if welcomes:
        session = ADAPTERS[account.channel].open(adapter_context(db, account, client, clock.now))
        receipts = await asyncio.gather(*(ADAPTERS[account.channel].send(session, call.batch) for call in welcomes))
        async with db.transaction() as tx:
            await outcomes.conclude(tx, account, list(zip(welcomes, receipts, strict=True)), now)


async def _ask(db: Database, account: Account, happened: Sequence[Event], client: httpx.AsyncClient) -> Known:
    """What the platform knows about customers who were added or edited. Those it does not answer about are left out:
    they become members without a name, which the next sync fills in."""
    addresses = {event.address for event in happened if event.kind in ("added", "edited")}
    session = ADAPTERS[account.channel].open(adapter_context(db, account, client, clock.now))
    gate = asyncio.Semaphore(CALLS_AT_ONCE)

    async def ask(address: str) -> list[Friend] | None:
        async with gate:
            try:
                return await platform_contacts.customer(session, address)
            except WeComError as error:
                log.warning("customer_not_known", account_id=account.id, error=str(error))
                return None

    wanted = sorted(addresses)
    found = await asyncio.gather(*(ask(address) for address in wanted))
    return Known(
        {(friend.staff, friend.address): friend for friends in found for friend in friends or ()},
        frozenset(address for address, friends in zip(wanted, found, strict=True) if friends is not None),
    )
