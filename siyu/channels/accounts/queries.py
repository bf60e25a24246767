"""Accounts of a brand, or of all brands."""

import orjson
from sqlalchemy import select

from siyu.channels.accounts.models import ChannelAccount
from siyu.channels.adapters.types import Account
from siyu.kit.db import Tx
from siyu.kit.errors import NotFound


def opened(row: ChannelAccount) -> Account:
    """The account with its secrets in clear."""
    return Account(
        row.id, row.workspace_id, row.channel, row.name, row.key, dict(row.config), dict(orjson.loads(row.secrets))
    )


async def account_row(tx: Tx, workspace_id: int, account_id: int, *, lock: bool = False) -> ChannelAccount:
    """One account of a brand; raises NotFound."""
    row = await tx.get(ChannelAccount, account_id, with_for_update=True if lock else None)
    if row is None or row.workspace_id != workspace_id:
        raise NotFound()
    return row


async def account_rows(tx: Tx, workspace_id: int | None = None, channel: str | None = None) -> list[ChannelAccount]:
    """The accounts of a brand (of all), oldest first."""
    query = select(ChannelAccount).order_by(ChannelAccount.id)
    if workspace_id is not None:
        query = query.where(ChannelAccount.workspace_id == workspace_id)
    if channel is not None:
        query = query.where(ChannelAccount.channel == channel)
    return list((await tx.scalars(query)).all())


async def account_by_key(tx: Tx, channel: str, key: str) -> ChannelAccount | None:
    """The account a callback address belongs to."""
    account: ChannelAccount | None = await tx.scalar(
        select(ChannelAccount).where(ChannelAccount.key == key, ChannelAccount.channel == channel)
    )
    return account
