"""Welcome messages: a new contact is answered within the seconds the platform gives, once.

A welcome is the answer to what the person just did, so neither quiet hours nor caps hold it; an opt-out does.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import text

from siyu.channels.adapters.types import Account, Addressee, Batch
from siyu.channels.catalogue import CHANNELS
from siyu.channels.inbound.types import InboundValue, WelcomeDue
from siyu.channels.messages import rules as sending
from siyu.channels.messages.actions.render import Renderer, values_of
from siyu.channels.messages.queries import Call
from siyu.channels.policy import queries as policy_queries
from siyu.contacts.identities import queries as contact_identities
from siyu.contacts.members import queries as contact_members
from siyu.content import queries as content
from siyu.content.queries import TemplateContent
from siyu.kit.crypto import encrypt
from siyu.kit.db import Tx
from siyu.platform import queries as platform

_MESSAGE = text("""
    INSERT INTO message (workspace_id, intent_key, member_id, channel, account_id, purpose, source, template_id,
        template_version, address, staff, content, state, planned_at, due_at, changed_at)
    VALUES (:workspace_id, :intent_key, :member_id, :channel, :account_id, 'service', 'welcome', :template_id,
        :template_version, :address, :staff, CAST(:content AS jsonb), 'sending', :now, :now, :now)
    ON CONFLICT (workspace_id, intent_key) DO NOTHING RETURNING id
""")
_DISPATCH = text("""
    INSERT INTO dispatch (account_id, key, kind, staff, leased_by, started_at, lease_until, called_at)
    VALUES (:account_id, :key, 'welcome', :staff, :by, :now, :lease_until, :now)
    ON CONFLICT (key) DO NOTHING RETURNING id
""")


async def prepare(
    tx: Tx, account: Account, values: Sequence[InboundValue], now: datetime, *, by: str, public_url: str
) -> list[Call]:
    """The welcomes to send for those who may be answered, written down; none when the account has no template."""
    template_id = account.config.get("welcome_template_id")
    due = {value.code: value for value in values if isinstance(value, WelcomeDue)}
    kind = CHANNELS[account.channel].identity
    if template_id is None or kind is None or not due:
        return []
    template = await content.version(tx, int(template_id), None)
    if template is None or await platform.held_since(tx, account.workspace_id) is not None:
        return []
    members = await contact_identities.resolve(
        tx, account.workspace_id, kind, {welcome.address for welcome in due.values()}
    )
    stands = await policy_queries.eligibility(
        tx, account.workspace_id, account.channel, set(members.values()), [account.id], (), now
    )
    cards = await contact_members.cards(tx, account.workspace_id, set(members.values()))
    shop = (await platform.workspace(tx, account.workspace_id)).name
    writer = Renderer(tx, account, public_url, now)
    links = await writer.links(cards)
    calls = []
    for welcome in due.values():
        member_id = members.get(welcome.address)
        stand = stands.get(member_id or 0)
        if member_id is None or stand is None or stand.suppressed or stand.consent == "withdrawn" or stand.erased:
            continue
        made = writer.render(member_id, template, values_of(cards[member_id], shop, links[member_id], now))
        if isinstance(made, str):
            continue
        kept, payload = made
        call = await _trace(tx, account, welcome, member_id, kept, payload, template, by, now)
        if call is not None:
            calls.append(call)
    return calls


async def _trace(
    tx: Tx,
    account: Account,
    welcome: WelcomeDue,
    member_id: int,
    kept: dict[str, Any],
    payload: dict[str, Any],
    template: TemplateContent,
    by: str,
    now: datetime,
) -> Call | None:
    """The written trace of one welcome; None when this code was answered before. The code itself is not kept."""
    key = "welcome:" + hashlib.sha256(f"{account.id}:{welcome.code}".encode()).hexdigest()
    message_id = await tx.scalar(
        _MESSAGE,
        {
            "workspace_id": account.workspace_id,
            "intent_key": key,
            "member_id": member_id,
            "channel": account.channel,
            "account_id": account.id,
            "template_id": template.template_id,
            "template_version": template.version,
            "address": encrypt(welcome.address),
            "staff": welcome.staff,
            "content": orjson.dumps(kept).decode(),
            "now": now,
        },
    )
    if message_id is None:
        return None
    dispatch_id = await tx.scalar(
        _DISPATCH,
        {
            "account_id": account.id,
            "key": key,
            "staff": welcome.staff,
            "by": by,
            "now": now,
            "lease_until": now + sending.LEASE,
        },
    )
    await tx.execute(text("UPDATE message SET dispatch_id = :d WHERE id = :m"), {"d": dispatch_id, "m": message_id})
    batch = Batch(
        key, "welcome", welcome.staff, payload, (Addressee(message_id, member_id, welcome.address),), now, welcome.code
    )
    return Call(dispatch_id, account.id, batch)
