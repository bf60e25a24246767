"""Sending: due messages become calls, written down before they are made; then what the provider answered.

The caller commits between `begin` and the call, and between the call and `conclude`: a crash anywhere detached a trace
that `resume` finds once its lease is over.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import text

from siyu.channels.adapters.types import Account, Addressee, Batch
from siyu.channels.catalogue import ADAPTERS
from siyu.channels.messages import queries as message_queries
from siyu.channels.messages import rules as sending
from siyu.channels.messages.actions.plan import candidate_of, record_states
from siyu.channels.messages.actions.render import Renderer
from siyu.channels.messages.queries import Call, DueMessage
from siyu.channels.messages.rules import RenderedMessage
from siyu.channels.policy import queries as policy_queries
from siyu.channels.policy import rules as send_policy
from siyu.channels.policy.queries import Eligibility
from siyu.channels.policy.rules import CountedMessage, Defer, Withhold
from siyu.contacts.merges import queries as contacts
from siyu.facts.catalogue.channels import MessageWithheld
from siyu.kit.crypto import encrypt
from siyu.kit.db import Tx
from siyu.kit.ids import token

CLAIM_ROWS_MIN = 2_000
CLAIM_ROWS_MAX = 10_000
"""Messages of one transaction: the larger number when few calls carry them all."""


@dataclass
class PreparedCalls:
    """What one transaction did with due messages: the calls to make, and how many were looked at."""

    calls: list[Call] = field(default_factory=list)
    claimed: int = 0


async def prepare_calls(
    tx: Tx, account: Account, now: datetime, *, by: str, public_url: str, rows_max: int
) -> PreparedCalls:
    """Claim due messages of `account`, decide about each once more, write the rest, and leave the trace of the calls.

    Those let through become `sending`, with what the member gets kept; `by` names the process that holds the lease.
    """
    claimed = await message_queries.claim(tx, account.id, now, rows_max)
    if not claimed:
        return PreparedCalls()
    canonical = await contacts.canonical(tx, sorted({message.member_id for message in claimed}))
    await policy_queries.lock_members(tx, canonical.values())
    policy = await policy_queries.send_policy(tx, account.workspace_id)
    stands = await policy_queries.eligibility(
        tx, account.workspace_id, account.channel, set(canonical.values()), [account.id], policy.caps, now
    )
    holds = await message_queries.holds(tx, account.workspace_id, {message.source for message in claimed})
    stopped = {message.id: _stopped(holds[message.source], now) for message in claimed if message.source in holds}
    due = [message for message in claimed if message.id not in stopped]
    changed, through = _decide(due, canonical, stands, policy, now)
    changed |= stopped
    writer = Renderer(tx, account, public_url, now)
    written: list[RenderedMessage] = []
    for message, made in await writer.write([(message, canonical[message.member_id]) for message in through], stands):
        if isinstance(made, str):
            changed[message.id] = {"state": "withheld", "reason": made, "due_at": now, "counts_at": None}
        else:
            written.append(made)
            # a service message neither counts nor is held by a cap
            counts_at = message.counts_at or now if send_policy.PURPOSES[message.purpose].caps else None
            changed[message.id] = {"state": "sending", "reason": None, "due_at": now, "counts_at": counts_at}
    calls = await _trace(tx, account, written, changed, by, now)
    await _change(tx, changed, now)
    await record_states(tx, MessageWithheld, "withheld", list(changed), now)
    return PreparedCalls(calls, len(claimed))


def _stopped(effect: str, now: datetime) -> dict[str, Any]:
    """What becomes of a due message whose source may not send."""
    if effect == "cancel":
        return {"state": "withheld", "reason": "cancelled", "due_at": now, "counts_at": None}
    return {"state": "held", "reason": None, "due_at": now, "counts_at": None}


def _decide(
    claimed: Sequence[DueMessage],
    canonical: Mapping[int, int],
    stands: Mapping[int, Eligibility],
    policy: send_policy.Policy,
    now: datetime,
) -> tuple[dict[int, dict[str, Any]], list[DueMessage]]:
    """(what is withheld or deferred again, by message; what is let through)."""
    changed: dict[int, dict[str, Any]] = {}
    through: list[DueMessage] = []
    for message in claimed:
        stand = stands[canonical[message.member_id]]
        candidate = candidate_of(
            stand,
            account=True,
            channel=message.channel,
            purpose=message.purpose,
            planned_at=message.planned_at,
            counted=tuple(stand.counted),
            reserved=message.counts_at is not None,
            on_cap=message.on_cap,
            on_quiet=message.on_quiet,
        )
        decision = send_policy.decide(candidate, policy, now)
        if isinstance(decision, Withhold):
            changed[message.id] = {"state": "withheld", "reason": decision.reason, "due_at": now, "counts_at": None}
        elif isinstance(decision, Defer):
            # it gives its place back: another may be let through before it
            changed[message.id] = {
                "state": "queued",
                "reason": decision.reason,
                "due_at": decision.until,
                "counts_at": None,
            }
        else:
            through.append(message)
            if message.counts_at is None and send_policy.PURPOSES[message.purpose].caps:
                stand.counted.append(CountedMessage(message.channel, now, open=True))
    return changed, through


async def _trace(
    tx: Tx,
    account: Account,
    written: Sequence[RenderedMessage],
    changed: dict[int, dict[str, Any]],
    by: str,
    now: datetime,
) -> list[Call]:
    """Write a dispatch a call, and into `changed` what each message is sent as."""
    adapter = ADAPTERS[account.channel]
    batches = [
        Batch(
            key=token(18),
            kind="message",
            sender=group[0].staff,
            payload=group[0].payload,
            to=tuple(Addressee(message.message_id, message.member_id, message.address) for message in group),
            started_at=now,
        )
        for group in sending.calls(written, adapter.batch_max)
    ]
    if not batches:
        return []
    rows = [{"key": batch.key, "staff": batch.sender} for batch in batches]
    result = await tx.execute(
        text("""
            INSERT INTO dispatch (account_id, key, kind, staff, leased_by, started_at, lease_until, tries)
            SELECT :account_id, key, 'message', staff, :by, :now, :lease_until, 0
            FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r (key text, staff text)
            RETURNING key, id
        """),
        {
            "account_id": account.id,
            "by": by,
            "now": now,
            "lease_until": now + sending.LEASE,
            "rows": orjson.dumps(rows).decode(),
        },
    )
    ids = {row.key: row.id for row in result}
    contents = {message.message_id: message for message in written}
    for batch in batches:
        for to in batch.to:
            changed[to.message_id] |= {
                "dispatch_id": ids[batch.key],
                "staff": batch.sender,
                "template_version": contents[to.message_id].template_version,
                "address": encrypt(to.address).hex(),
                "content": contents[to.message_id].content,
            }
    return [Call(ids[batch.key], account.id, batch) for batch in batches]


_CHANGE = text("""
    UPDATE message m SET state = r.state, reason = r.reason, due_at = r.due_at, counts_at = r.counts_at, changed_at = :now,
        dispatch_id = r.dispatch_id, template_version = coalesce(r.template_version, m.template_version), staff = coalesce(r.staff, m.staff), content = coalesce(r.content, m.content),
        address = coalesce(decode(r.address, 'hex'), m.address)
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r (id bigint, state text, reason text, due_at timestamptz,
        counts_at timestamptz, dispatch_id bigint, template_version int, staff text, content jsonb, address text)
    WHERE m.id = r.id
""")


async def _change(tx: Tx, changed: Mapping[int, Mapping[str, Any]], now: datetime) -> None:
    rows = [{"id": message_id, **values} for message_id, values in changed.items()]
    await tx.execute(_CHANGE, {"rows": orjson.dumps(rows).decode(), "now": now})
