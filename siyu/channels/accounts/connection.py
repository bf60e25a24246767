"""What timers and routes reach a platform with."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime

import httpx

from siyu.channels.accounts import actions as account_actions
from siyu.channels.adapters.types import Account, AdapterContext, Tokens
from siyu.kit.db import Database
from siyu.kit.outbound import guarded_client
from siyu.kit.settings import settings

CALLS_AT_ONCE = 8
"""Calls in flight to one provider; a crash detached at most so many in doubt."""
CALL_SECONDS_MAX = 20.0
CONNECT_SECONDS_MAX = 5.0
TURN_SECONDS = 5.0
"""How long one timer may hold up the round; what is left is done in the next."""

TIMEOUT = httpx.Timeout(CALL_SECONDS_MAX, connect=CONNECT_SECONDS_MAX)


def public_url() -> str:
    """The address members reach this installation at."""
    installation = settings()
    return installation.public_url or f"http://{installation.host}:{installation.port}"


@asynccontextmanager
async def http() -> AsyncIterator[httpx.AsyncClient]:
    """The client of all calls to platforms: it goes no further than the installation lets it."""
    async with guarded_client(settings().outbound, TIMEOUT, 2 * CALLS_AT_ONCE) as client:
        yield client


def adapter_context(
    db: Database, account: Account, client: httpx.AsyncClient, time: Callable[[], datetime]
) -> AdapterContext:
    """What `account`'s adapter may use; `time` tells it the time. Its token is read and renewed in transactions of its own."""

    async def read() -> str | None:
        async with db.transaction() as tx:
            return await account_actions.read_token(tx, account.id, time())

    async def renew(refused: str | None, fetch: account_actions.FetchToken) -> str:
        async with db.transaction() as tx:
            return await account_actions.renew_token(tx, account.id, refused, fetch, time())

    return AdapterContext(account, client, Tokens(read, renew), time)
