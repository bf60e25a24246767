"""Channel accounts: connecting, checking, syncing, and what their platforms allow."""

from datetime import datetime
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from siyu.channels.accounts import actions
from siyu.channels.accounts import queries as accounts
from siyu.channels.accounts.connection import adapter_context, http
from siyu.channels.accounts.models import ChannelAccount
from siyu.channels.accounts.rules import AccountState, NoSync, state_of
from siyu.channels.adapters.types import PlatformError
from siyu.channels.catalogue import ADAPTERS
from siyu.channels.inbound import queries as callbacks
from siyu.channels.inbound.actions import callbacks as callback_actions
from siyu.channels.inbound.rules import SYNC_ACCOUNT
from siyu.channels.messages import queries as messages
from siyu.kit import clock
from siyu.kit.db import Database
from siyu.kit.http import DEFAULT_LIMIT, Body, Id, InTx, Limit, Page, cursor_of, database, read_cursor
from siyu.kit.jobs import defer
from siyu.kit.limits import NAME_CHARS_MAX
from siyu.kit.personal_data import PersonalText
from siyu.platform.access import allow
from siyu.platform.queries import Caller

router = APIRouter()

Name = Annotated[str, Field(min_length=1, max_length=NAME_CHARS_MAX)]
Reads = Annotated[Caller, allow("accounts.read")]
Writes = Annotated[Caller, allow("accounts.write")]


class AccountOut(BaseModel):
    """`secrets` names the secrets that are set; their values are never answered. `trouble` is the platform's words."""

    id: int
    channel: str
    name: str
    config: dict[str, Any]
    secrets: list[str]
    callback_url: str | None
    created_at: datetime
    checked_at: datetime | None
    synced_at: datetime | None
    trouble: PersonalText | None
    state: AccountState


class NewAccountOut(AccountOut):
    secret: str | None
    """The signing secret that was made, shown this once."""


class AccountsOut(Page):
    items: list[AccountOut]


class AccountIn(Body):
    channel: str = Field(max_length=40)
    name: Name
    config: dict[str, Any] = {}
    secrets: dict[str, str] = {}


class AccountChange(Body):
    """Fields of config and secrets are merged; null takes one back to its default."""

    name: Name | None = None
    config: dict[str, Any] | None = None
    secrets: dict[str, str | None] | None = None


def _fields(row: ChannelAccount) -> dict[str, Any]:
    return {
        "id": row.id,
        "channel": row.channel,
        "name": row.name,
        "config": row.config,
        "secrets": sorted(name for name, value in orjson.loads(row.secrets).items() if value),
        "callback_url": f"/api/v1/callbacks/{row.channel}/{row.key}",
        "created_at": row.created_at,
        "checked_at": row.checked_at,
        "synced_at": row.synced_at,
        "trouble": row.trouble,
        "state": state_of(row.checked_at, row.trouble),
    }


@router.get("/channel-accounts")
async def listed(tx: InTx, caller: Reads) -> AccountsOut:
    """The brand's accounts."""
    items = [AccountOut(**_fields(row)) for row in await accounts.account_rows(tx, caller.workspace_id)]
    return AccountsOut(items=items, total=len(items))


@router.post("/channel-accounts", status_code=201)
async def connect(body: AccountIn, tx: InTx, caller: Writes) -> NewAccountOut:
    """Connect an account; whether it works is for `check` to say."""
    row, made = await actions.connect(
        tx,
        caller,
        channel=body.channel,
        name=body.name,
        config=body.config,
        secrets=body.secrets,
        now=clock.now(),
    )
    return NewAccountOut(**_fields(row), secret=made)


@router.patch("/channel-accounts/{account_id}")
async def change(account_id: Id, body: AccountChange, tx: InTx, caller: Writes) -> AccountOut:
    """Change an account; secrets left out stay as they are."""
    row = await actions.change(
        tx, caller, account_id, name=body.name, config=body.config, secrets=body.secrets, now=clock.now()
    )
    return AccountOut(**_fields(row))


@router.delete("/channel-accounts/{account_id}", status_code=204)
async def drop(account_id: Id, tx: InTx, caller: Writes) -> None:
    """Disconnect an account through which nothing was ever sent."""
    await actions.drop(tx, caller, account_id, clock.now())


@router.post("/channel-accounts/{account_id}/check")
async def check(account_id: Id, caller: Writes, db: Annotated[Database, Depends(database)]) -> AccountOut:
    """Ask the platform whether the account works; what it says is kept in `trouble`."""
    async with db.transaction() as tx:
        account = accounts.opened(await accounts.account_row(tx, caller.workspace_id, account_id))
    adapter, trouble = ADAPTERS[account.channel], None
    async with http() as client:
        try:
            await adapter.check(adapter.open(adapter_context(db, account, client, clock.now)))
        except PlatformError as error:
            trouble = str(error)
    async with db.transaction() as tx:
        await actions.checked(tx, account_id, trouble, clock.now())
        return AccountOut(**_fields(await accounts.account_row(tx, caller.workspace_id, account_id)))


@router.post("/channel-accounts/{account_id}/sync", status_code=202)
async def sync(account_id: Id, tx: InTx, caller: Writes) -> AccountOut:
    """Fetch staff and contacts from the platform, soon and in the background; raises NoSync where there are none."""
    row = await accounts.account_row(tx, caller.workspace_id, account_id)
    if ADAPTERS[row.channel].contacts is None:
        raise NoSync()
    await defer(tx, SYNC_ACCOUNT, account_id=row.id)
    return AccountOut(**_fields(row))


class QuotaOut(BaseModel):
    """`used` is null where it is not counted; `dated` is the day of the platform's page, empty where it gives none."""

    name: str
    zh: str
    en: str
    limit: int
    used: int | None
    unit: str
    dated: str


class AccountQuotas(BaseModel):
    account_id: int
    name: str
    channel: str
    quotas: list[QuotaOut]


class QuotasOut(Page):
    items: list[AccountQuotas]


@router.get("/channel-quotas")
async def quotas(tx: InTx, caller: Reads) -> QuotasOut:
    """What each account's platform allows, and how much of it is used."""
    items = []
    now = clock.now()
    for row in await accounts.account_rows(tx, caller.workspace_id):
        limits = ADAPTERS[row.channel].quotas(row.config, now)
        used = await messages.quota_usage(tx, row.id, limits)
        quotas = [
            QuotaOut(
                name=quota.name,
                zh=quota.label.zh,
                en=quota.label.en,
                limit=quota.limit,
                used=used.get(quota.name),
                unit=quota.unit,
                dated=quota.dated,
            )
            for quota in limits
        ]
        items.append(AccountQuotas(account_id=row.id, name=row.name, channel=row.channel, quotas=quotas))
    return QuotasOut(items=items, total=len(items))


class CallbackOut(BaseModel):
    id: int
    received_at: datetime
    handled_at: datetime | None
    trouble: PersonalText | None


class CallbacksOut(Page):
    items: list[CallbackOut]


@router.get("/channel-accounts/{account_id}/callbacks")
async def kept(
    account_id: Id,
    tx: InTx,
    caller: Reads,
    trouble: bool | None = None,
    before: str | None = None,
    limit: Limit = DEFAULT_LIMIT,
) -> CallbacksOut:
    """Callbacks of the last month, newest first, without their content; `trouble` true: those that failed."""
    await accounts.account_row(tx, caller.workspace_id, account_id)
    start = read_cursor(before, int, name="before")
    rows, total = await callbacks.listed(tx, account_id, trouble, start[0] if start else None, limit)
    items = [CallbackOut(**row) for row in rows]
    return CallbacksOut(items=items, total=total, next=cursor_of(items[-1].id) if len(items) == limit else None)


class ReplayIn(Body):
    """`ids` null: all that had trouble."""

    ids: list[Id] | None = Field(None, max_length=1_000)


class ReplayOut(BaseModel):
    queued: int


@router.post("/channel-accounts/{account_id}/callbacks/replay")
async def replay(account_id: Id, body: ReplayIn, tx: InTx, caller: Writes) -> ReplayOut:
    """Handle callbacks once more. What they did already is not done twice."""
    await accounts.account_row(tx, caller.workspace_id, account_id)
    return ReplayOut(queued=await callback_actions.replay(tx, account_id, body.ids))
