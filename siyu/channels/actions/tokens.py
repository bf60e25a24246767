"""The platform token of an account, kept for all processes and renewed by one of them."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from sqlalchemy import text

from siyu.channels.models import AccessToken
from siyu.kit.crypto import encrypt
from siyu.kit.db import Tx

MARGIN = timedelta(minutes=5)
"""A token is renewed this long before the platform would refuse it."""

Fetch = Callable[[], Awaitable[tuple[str, int]]]


async def read(tx: Tx, account_id: int, now: datetime) -> str | None:
    """The token, if it is good for a while yet."""
    row = await tx.get(AccessToken, account_id)
    return row.token if row is not None and row.expires_at > now + MARGIN else None


async def renew(tx: Tx, account_id: int, refused: str | None, fetch: Fetch, now: datetime) -> str:
    """A token other than `refused`. The account's row is locked meanwhile: of many processes one fetches, the others
    wait and take its token."""
    await tx.execute(text("SELECT 1 FROM channel_account WHERE id = :id FOR UPDATE"), {"id": account_id})
    held = await read(tx, account_id, now)
    if held is not None and held != refused:
        return held
    token, life_s = await fetch()
    await tx.execute(
        text("""
            INSERT INTO access_token (account_id, token, expires_at) VALUES (:id, :token, :expires_at)
            ON CONFLICT (account_id) DO UPDATE SET token = excluded.token, expires_at = excluded.expires_at
        """),
        {"id": account_id, "token": encrypt(token), "expires_at": now + timedelta(seconds=life_s)},
    )
    return token
