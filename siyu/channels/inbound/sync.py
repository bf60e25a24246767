"""Asking WeCom for all staff and customers, so that what callbacks missed is made good."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import httpx

from siyu.channels.accounts import actions as account_actions
from siyu.channels.accounts import queries as accounts
from siyu.channels.accounts.connection import adapter_context, http
from siyu.channels.adapters import ADAPTERS
from siyu.channels.adapters.types import Account
from siyu.channels.adapters.wecom import contacts as platform_contacts
from siyu.channels.adapters.wecom.client import WeComError
from siyu.channels.adapters.wecom.contacts import Friend
from siyu.channels.inbound.actions import contact_links
from siyu.channels.messages.rules import slices
from siyu.kit import clock
from siyu.kit.db import Database
from siyu.kit.logs import logger

log = logger("channels")

SYNC_EVERY = timedelta(hours=6)
WRITE_ROWS = 2_000
"""Customers of one transaction."""


async def sync_customers(db: Database, _lake: Any, now: datetime) -> None:
    """Sync every WeCom account that was not synced for SYNC_EVERY."""
    async with db.transaction() as tx:
        rows = await accounts.account_rows(tx, channel="wecom")
        stale = [accounts.opened(row) for row in rows if row.synced_at is None or row.synced_at <= now - SYNC_EVERY]
    for account in stale:
        await sync(db, account, now)


async def sync_now(db: Database, _lake: Any, account_id: int) -> None:
    """The job: sync one account because somebody asked for it."""
    async with db.transaction() as tx:
        rows = [row for row in await accounts.account_rows(tx, channel="wecom") if row.id == account_id]
    for row in rows:
        await sync(db, accounts.opened(row), clock.now())


async def sync(db: Database, account: Account, now: datetime) -> int:
    """Sync one account; returns how many connections the platform named. What is wrong is shown at the account."""
    trouble = None
    count = 0
    async with http() as client:
        try:
            count = await _sync(db, account, client, now)
        except WeComError as error:
            trouble = str(error)
            log.warning("sync_failed", account_id=account.id, error=trouble)
    async with db.transaction() as tx:
        await account_actions.synced(tx, account.id, trouble, now)
    return count


async def _sync(db: Database, account: Account, client: httpx.AsyncClient, now: datetime) -> int:
    session = ADAPTERS[account.channel].open(adapter_context(db, account, client, clock.now))
    staff = await platform_contacts.staff(session)
    count = 0
    for part in slices(staff, platform_contacts.BATCH_STAFF_MAX):
        seen: list[str] = []
        page: list[Friend] = []
        async for found in platform_contacts.customers(session, part):
            page += found
            if len(page) >= WRITE_ROWS:
                seen += await _write(db, account, page, now)
                page = []
        seen += await _write(db, account, page, now)
        async with db.transaction() as tx:
            await contact_links.end_unseen(tx, account, part, seen, now)
        count += len(seen)
    return count


async def _write(db: Database, account: Account, found: Sequence[Friend], now: datetime) -> list[str]:
    async with db.transaction() as tx:
        await contact_links.befriend(tx, account, found, certain=True, now=now)
    return [f"{one.staff}\x1f{one.address}" for one in found]
