"""Connecting accounts, changing and dropping them; the platform token of each, renewed by one process for all."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import orjson
from sqlalchemy import delete, func, select, text

from siyu.channels.accounts import queries as accounts
from siyu.channels.accounts.models import AccessToken, ChannelAccount
from siyu.channels.accounts.rules import (
    ACCOUNT_NAME,
    HIDDEN,
    AccountInUse,
    UnknownChannel,
    check_secrets_given,
    merged,
    required_secrets,
)
from siyu.channels.catalogue import ADAPTERS
from siyu.channels.messages.models import Message
from siyu.content import queries as content
from siyu.facts.catalogue.channels import FriendRemoved
from siyu.facts.log.actions import record_from
from siyu.kit.config import Config, labels_of, parse
from siyu.kit.crypto import encrypt
from siyu.kit.db import Tx
from siyu.kit.errors import Fault, Invalid, NameTaken
from siyu.kit.ids import token
from siyu.platform.actions import audit
from siyu.platform.queries import Caller
from siyu.platform.rules import AuditChange, changes_between

DETAIL_CHARS_MAX = 500


async def connect(
    tx: Tx,
    caller: Caller,
    *,
    channel: str,
    name: str,
    config: Mapping[str, Any],
    secrets: Mapping[str, Any],
    now: datetime,
) -> tuple[ChannelAccount, str | None]:
    """A new account, and the signing secret that was made for it where none was given (shown once).

    Raises UnknownChannel, NameTaken, Invalid naming each wrong field as `config.corpid`.
    """
    if channel not in ADAPTERS:
        raise UnknownChannel(list(ADAPTERS))
    adapter, made = ADAPTERS[channel], None
    if adapter.make_secret is not None and not secrets.get("secret"):
        made = adapter.make_secret()
        secrets = {**secrets, "secret": made}
    account = ChannelAccount(
        workspace_id=caller.workspace_id,
        channel=channel,
        name=name,
        key=token(24),
        config=_checked(adapter.config, config, "config"),
        secrets=orjson.dumps(_checked(adapter.secrets, secrets, "secrets")).decode(),
        created_at=now,
    )
    await _free(tx, caller.workspace_id, channel, name, None)
    await _check_welcome(tx, account)
    tx.add(account)
    await tx.flush()
    await audit(tx, caller, "channel_account", "connected", name, now, {"channel": channel})
    return account, made


def _checked(model: type[Config], raw: Mapping[str, Any], path: str) -> dict[str, Any]:
    settings, faults = parse(model, dict(raw), path)
    if settings is None or faults:
        raise Invalid(errors=faults)
    return settings.model_dump(mode="json")


async def _check_welcome(tx: Tx, account: ChannelAccount) -> None:
    """Whoever names a template that is not in use for this channel would welcome nobody."""
    template_id = account.config.get("welcome_template_id")
    if template_id is None:
        return
    template = await content.version(tx, int(template_id), None)
    if (
        template is None
        or template.workspace_id != account.workspace_id
        or template.channel != account.channel
        or template.retired_at is not None
    ):
        fault = Fault("config.welcome_template_id", "no template in use for this channel", "不是这个渠道可用的模板")
        raise Invalid(errors=[fault])


async def _free(tx: Tx, workspace_id: int, channel: str, name: str, own: int | None) -> None:
    taken = await tx.scalar(
        select(ChannelAccount.id).where(
            ChannelAccount.workspace_id == workspace_id, ChannelAccount.channel == channel, ChannelAccount.name == name
        )
    )
    if taken is not None and taken != own:
        raise NameTaken()


async def change(
    tx: Tx,
    caller: Caller,
    account_id: int,
    *,
    name: str | None,
    config: Mapping[str, Any] | None,
    secrets: Mapping[str, Any] | None,
    now: datetime,
) -> ChannelAccount:
    """Change what is given: fields of config and secrets are merged, null takes one back to its default.

    Raises NotFound, NameTaken, Invalid, also when the address is another one and the secret is not given with it. A platform
    token of the old secret is forgotten.
    """
    row = await accounts.account_row(tx, caller.workspace_id, account_id, lock=True)
    adapter = ADAPTERS[row.channel]
    before = {"name": row.name, **row.config}
    if name is not None:
        await _free(tx, caller.workspace_id, row.channel, name, row.id)
        row.name = name
    if config is not None:
        before = row.config
        row.config = _checked(adapter.config, merged(before, config), "config")
        check_secrets_given(adapter.address, before, row.config, required_secrets(adapter.secrets), secrets or {})
        if "welcome_template_id" in config:
            await _check_welcome(tx, row)
    if secrets:
        held = orjson.loads(row.secrets)
        row.secrets = orjson.dumps(_checked(adapter.secrets, merged(held, secrets), "secrets")).decode()
    if config is not None or secrets:
        row.checked_at, row.trouble = None, None
        await tx.execute(delete(AccessToken).where(AccessToken.account_id == row.id))
    changes = changes_between(
        {"name": ACCOUNT_NAME, **labels_of(adapter.config)}, before, {"name": row.name, **row.config}
    )
    changes += [
        AuditChange(label, HIDDEN, HIDDEN)
        for key, label in labels_of(adapter.secrets).items()
        if key in (secrets or {})
    ]
    await audit(tx, caller, "channel_account", "changed", row.name, now, changes=changes)
    return row


_CONNECTED = """
    SELECT a.workspace_id, l.member_id, CAST(:now AS timestamptz), 'system', NULL,
           jsonb_build_object('staff', l.staff, 'by', 'account')
    FROM friend_link l JOIN channel_account a ON a.id = l.account_id
    WHERE l.account_id = :account_id AND l.ended_at IS NULL"""
"""Connections go with their account: whoever counts who can receive must hear of it."""


async def drop(tx: Tx, caller: Caller, account_id: int, now: datetime) -> None:
    """Disconnect an account that never sent anything; raises NotFound, AccountInUse."""
    row = await accounts.account_row(tx, caller.workspace_id, account_id, lock=True)
    used = await tx.scalar(select(func.count()).select_from(Message).where(Message.account_id == row.id))
    if used:
        raise AccountInUse(int(used))
    await record_from(tx, FriendRemoved, _CONNECTED, {"account_id": row.id, "now": now}, now)
    await tx.delete(row)
    await audit(tx, caller, "channel_account", "dropped", row.name, now)


async def checked(tx: Tx, account_id: int, trouble: str | None, now: datetime) -> None:
    """Keep how a check went."""
    await tx.execute(
        text("UPDATE channel_account SET checked_at = :now, trouble = :trouble WHERE id = :id"),
        {"id": account_id, "now": now, "trouble": trouble and trouble[:DETAIL_CHARS_MAX]},
    )


async def synced(tx: Tx, account_id: int, trouble: str | None, now: datetime) -> None:
    """Keep how a sync went."""
    await tx.execute(
        text("UPDATE channel_account SET synced_at = :now, checked_at = :now, trouble = :trouble WHERE id = :id"),
        {"id": account_id, "now": now, "trouble": trouble and trouble[:DETAIL_CHARS_MAX]},
    )


MARGIN = timedelta(minutes=5)
"""A token is renewed this long before the platform would refuse it."""

FetchToken = Callable[[], Awaitable[tuple[str, int]]]


async def read_token(tx: Tx, account_id: int, now: datetime) -> str | None:
    """The token, if it is good for a while yet."""
    row = await tx.get(AccessToken, account_id)
    return row.token if row is not None and row.expires_at > now + MARGIN else None


async def renew_token(tx: Tx, account_id: int, refused: str | None, fetch: FetchToken, now: datetime) -> str:
    """A token other than `refused`. The account's row is locked meanwhile: of many processes one fetches, the others
    wait and take its token."""
    await tx.execute(text("SELECT 1 FROM channel_account WHERE id = :id FOR UPDATE"), {"id": account_id})
    held = await read_token(tx, account_id, now)
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
