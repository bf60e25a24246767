"""Handling callbacks that were kept, welcoming new contacts, and asking platforms for all contacts now and then."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import httpx

from siyu.channels.accounts import actions as account_actions
from siyu.channels.accounts import queries as accounts
from siyu.channels.accounts.connection import CALLS_AT_ONCE, adapter_context, http, public_url
from siyu.channels.adapters.types import Account, ContactSource, PlatformError
from siyu.channels.catalogue import ADAPTERS
from siyu.channels.inbound.actions import callbacks, contact_links, welcome_messages
from siyu.channels.inbound.actions.apply import apply
from siyu.channels.inbound.actions.callbacks import ParsedCallback, WaitingCallback
from siyu.channels.inbound.types import NO_SNAPSHOT, ContactAdded, ContactChanged, ContactSnapshot, PlatformContact
from siyu.channels.messages.jobs import conclude, send_call
from siyu.channels.messages.rules import slices
from siyu.kit import clock
from siyu.kit.db import Database
from siyu.kit.isolation import error_class, is_infrastructure_fault, isolate
from siyu.kit.logs import logger
from siyu.kit.process_life import process_name

log = logger("channels")

BATCHES_MAX = 20
"""Batches of one turn; the rest is handled in the next."""
SYNC_EVERY = timedelta(hours=6)
WRITE_ROWS = 2_000
"""Contacts of one transaction."""


async def handle_callbacks(db: Database, _lake: Any, now: datetime) -> None:
    """Handle what waits, oldest first."""
    async with db.transaction() as tx:
        await callbacks.release(tx)
    async with http() as client:
        for _ in range(BATCHES_MAX):
            async with db.transaction() as tx:
                waiting = await callbacks.waiting(tx)
                known = {row.id: accounts.opened(row) for row in await accounts.account_rows(tx)} if waiting else {}
            if not waiting:
                break
            for account_id in dict.fromkeys(callback.account_id for callback in waiting):
                own = [callback for callback in waiting if callback.account_id == account_id]
                await _handle(db, known[account_id], own, client, now)
    async with db.transaction() as tx:
        await callbacks.delete_expired(tx, now)


async def handle_now(db: Database, lake: Any) -> None:
    """The job: a contact was added who is to be welcomed within seconds."""
    await handle_callbacks(db, lake, clock.now())


async def _handle(
    db: Database, account: Account, waiting: Sequence[WaitingCallback], client: httpx.AsyncClient, now: datetime
) -> None:
    """A batch of one account. Callbacks that nobody can read or that cannot be worked on are set aside, each alone."""
    parsed = callbacks.parse(ADAPTERS[account.channel], waiting)
    snapshot = await _ask(db, account, parsed, client)

    async def apply_part(part: Sequence[ParsedCallback]) -> int:
        await _apply(db, account, part, snapshot, client, now)
        return len(part)

    async def set_aside(callback: ParsedCallback, error: Exception) -> None:
        async with db.transaction() as tx:
            await callbacks.set_aside(tx, account.channel, callback.id, error, now)

    for callback in parsed:
        if callback.fault is not None:
            await set_aside(callback, callback.fault)
    await isolate([callback for callback in parsed if callback.fault is None], apply_part, set_aside)


async def _apply(
    db: Database,
    account: Account,
    part: Sequence[ParsedCallback],
    snapshot: ContactSnapshot,
    client: httpx.AsyncClient,
    now: datetime,
) -> None:
    async with db.transaction() as tx:
        free = await callbacks.lock(tx, [callback.id for callback in part])
        own = [callback for callback in part if callback.id in free]
        values = [value for callback in own for value in callback.values]
        await apply(tx, account, values, snapshot, now)
        await callbacks.mark_handled(tx, [callback.id for callback in own], now)
        welcomes = await welcome_messages.prepare(tx, account, values, now, by=process_name(), public_url=public_url())
    if welcomes:
        session = ADAPTERS[account.channel].open(adapter_context(db, account, client, clock.now))
        receipts = await asyncio.gather(*(send_call(account, session, call) for call in welcomes))
        await conclude(db, account, list(zip(welcomes, receipts, strict=True)), now)


async def _ask(
    db: Database, account: Account, parsed: Sequence[ParsedCallback], client: httpx.AsyncClient
) -> ContactSnapshot:
    """What the platform knows about contacts who were added or edited. Those it does not answer about are left out:
    they become members without a name, which the next sync fills in."""
    adapter = ADAPTERS[account.channel]
    source = adapter.contacts
    addresses = sorted(
        {
            value.address
            for callback in parsed
            for value in callback.values
            if isinstance(value, ContactAdded | ContactChanged)
        }
    )
    if source is None or not addresses:
        return NO_SNAPSHOT
    find = source.find
    session = adapter.open(adapter_context(db, account, client, clock.now))
    gate = asyncio.Semaphore(CALLS_AT_ONCE)

    async def ask(address: str) -> list[PlatformContact] | None:
        async with gate:
            try:
                return await find(session, address)
            except PlatformError as error:
                log.warning("contact_not_known", account_id=account.id, error=str(error))
            except Exception as error:
                if is_infrastructure_fault(error) and not isinstance(error, httpx.HTTPError):
                    raise
                # an answer that nobody foresaw is no answer
                log.error("contact_not_read", account_id=account.id, error=error_class(error))
            return None

    answers = dict(zip(addresses, await asyncio.gather(*(ask(address) for address in addresses)), strict=True))
    return ContactSnapshot(
        {(contact.staff, contact.address): contact for contacts in answers.values() for contact in contacts or ()},
        frozenset(address for address, contacts in answers.items() if contacts is not None),
    )


async def sync_contacts(db: Database, _lake: Any, now: datetime) -> None:
    """Sync every account that has contacts and was not synced for SYNC_EVERY."""
    async with db.transaction() as tx:
        rows = await accounts.account_rows(tx)
        stale = [accounts.opened(row) for row in rows if clock.is_over(row.synced_at, SYNC_EVERY, now)]
    for account in stale:
        await sync(db, account, now)


async def sync_now(db: Database, _lake: Any, account_id: int) -> None:
    """The job: sync one account because somebody asked for it."""
    async with db.transaction() as tx:
        rows = [row for row in await accounts.account_rows(tx) if row.id == account_id]
    for row in rows:
        await sync(db, accounts.opened(row), clock.now())


async def sync(db: Database, account: Account, now: datetime) -> int:
    """Ask for all staff and contacts of one account, so that what callbacks missed is made good; returns how many
    connections the platform named, 0 where it keeps none. What is wrong is shown at the account."""
    source = ADAPTERS[account.channel].contacts
    if source is None:
        return 0
    trouble = None
    count = 0
    async with http() as client:
        try:
            count = await _sync(db, account, source, client, now)
        except PlatformError as error:
            trouble = str(error)
            log.warning("sync_failed", account_id=account.id, error=trouble)
        except Exception as error:
            if is_infrastructure_fault(error) and not isinstance(error, httpx.HTTPError):
                raise
            # what this platform told must not keep the other accounts from being synced
            trouble = error_class(error)
            log.error("sync_failed", account_id=account.id, error=trouble)
    async with db.transaction() as tx:
        await account_actions.synced(tx, account.id, trouble, now)
    return count


async def _sync(db: Database, account: Account, source: ContactSource, client: httpx.AsyncClient, now: datetime) -> int:
    session = ADAPTERS[account.channel].open(adapter_context(db, account, client, clock.now))
    count = 0
    for part in slices(await source.staff(session), source.staff_max):
        seen: list[str] = []
        page: list[PlatformContact] = []
        async for contacts in source.of_staff(session, part):
            page += contacts
            if len(page) >= WRITE_ROWS:
                seen += await _write(db, account, page, now)
                page = []
        seen += await _write(db, account, page, now)
        async with db.transaction() as tx:
            await contact_links.end_missing(tx, account, part, seen, now)
        count += len(seen)
    return count


async def _write(db: Database, account: Account, contacts: Sequence[PlatformContact], now: datetime) -> list[str]:
    async with db.transaction() as tx:
        await contact_links.connect(tx, account, contacts, certain=True, now=now)
    return [contact_links.link_key(contact.staff, contact.address) for contact in contacts]
