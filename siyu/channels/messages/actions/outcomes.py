"""What became of calls: the provider's answer, a lost answer, a lease that ran out, a person's word."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson
from sqlalchemy import text

from siyu.channels.adapters.types import Accepted, Account, Content, Receipt, Refused, RetryLater, Unknown
from siyu.channels.catalogue import ADAPTERS
from siyu.channels.consent.queries import generations, preference_token
from siyu.channels.consent.rules import with_token
from siyu.channels.messages import queries as message_queries
from siyu.channels.messages import rules as sending
from siyu.channels.messages.actions.plan import record_states
from siyu.channels.messages.models import Dispatch, Message
from siyu.channels.messages.queries import Call
from siyu.channels.messages.rules import NotInDoubt, Outcome
from siyu.channels.policy import queries as policy_queries
from siyu.channels.policy import rules as send_policy
from siyu.contacts.merges import queries as merges
from siyu.facts.catalogue.channels import MessageDelivered, MessageFailed, MessageInDoubt, MessageSent
from siyu.facts.catalogue.fact import Fact
from siyu.kit.db import Tx
from siyu.kit.errors import NotFound
from siyu.kit.isolation import error_class, is_infrastructure_fault
from siyu.kit.logs import logger, unforeseen
from siyu.kit.time import zone_or
from siyu.platform.actions import audit
from siyu.platform.queries import HELD_WORKSPACES, Caller

log = logger("channels")

DETAIL_CHARS_MAX = 500
NOBODY = ""
"""Who holds a call that waits to be made again."""
RESUME_ROWS_MAX = 500

FACTS: dict[str, tuple[type[Fact], ...]] = {
    "sent": (MessageSent,),
    "delivered": (MessageDelivered,),
    "failed": (MessageFailed,),
    "in_doubt": (MessageInDoubt,),
}


@dataclass(frozen=True)
class StateChange:
    """A message goes to `state`, if it is still of this call and in one of `before`."""

    message_id: int
    dispatch_id: int
    state: str
    reason: str | None = None
    due_at: datetime | None = None
    counts_at: datetime | None = None
    tried: bool = False
    detached: bool = False
    """It is of no call any more."""


_CHANGE_STATES = text("""
    UPDATE message m SET state = r.state, reason = r.reason, changed_at = :now, due_at = coalesce(r.due_at, m.due_at),
        counts_at = CASE WHEN m.counts_at IS NULL THEN NULL ELSE coalesce(r.counts_at, m.counts_at) END,
        tries = m.tries + CAST(r.tried AS int), dispatch_id = CASE WHEN r.detached THEN NULL ELSE m.dispatch_id END
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r (message_id bigint, dispatch_id bigint, state text, reason text,
        due_at timestamptz, counts_at timestamptz, tried boolean, detached boolean)
    WHERE m.id = r.message_id AND m.dispatch_id = r.dispatch_id AND m.state = ANY(CAST(:before AS text[]))
    RETURNING m.id, m.state
""")


async def change_states(
    tx: Tx, changes: Sequence[StateChange], before: Sequence[str], now: datetime
) -> dict[str, list[int]]:
    """Move messages and record the facts; returns which ones moved, by their new state."""
    if not changes:
        return {}
    rows = orjson.dumps([vars(change) for change in changes]).decode()
    moved: dict[str, list[int]] = {}
    for message_id, state in await tx.execute(_CHANGE_STATES, {"rows": rows, "before": list(before), "now": now}):
        moved.setdefault(state, []).append(message_id)
    for state, ids in moved.items():
        for kind in FACTS.get(state, ()):
            await record_states(tx, kind, state, ids, now)
    return moved


_HELD_CALLS = text(f"""
    SELECT DISTINCT m.dispatch_id FROM message m LEFT JOIN message_hold h ON h.workspace_id = m.workspace_id AND h.source = m.source
    WHERE m.dispatch_id = ANY(CAST(:ids AS bigint[])) AND m.state = 'sending'
      AND (h.source IS NOT NULL OR m.workspace_id IN {HELD_WORKSPACES})
""")


async def mark_called(tx: Tx, calls: Sequence[Call], now: datetime, *, by: str) -> list[Call]:
    """Those of `calls` that may be made now: still held by `by`, not made yet, and nobody in them was put on hold since they were
    prepared (such a call is taken back whole). Commit before making them."""
    held = await tx.scalars(_HELD_CALLS, {"ids": [call.dispatch_id for call in calls]})
    await release(tx, held.all(), now, timedelta(0), None)
    rows = await tx.execute(
        text("""
            UPDATE dispatch SET called_at = :now, lease_until = :lease_until
            WHERE id = ANY(CAST(:ids AS bigint[])) AND called_at IS NULL AND closed_at IS NULL AND leased_by = :by
            RETURNING id
        """),
        {"ids": [call.dispatch_id for call in calls], "now": now, "lease_until": now + sending.LEASE, "by": by},
    )
    ours = {row.id for row in rows}
    return [call for call in calls if call.dispatch_id in ours]


async def release(tx: Tx, dispatch_ids: Sequence[int], now: datetime, after: timedelta, reason: str | None) -> None:
    """Take calls back that were never made: their messages are queued again, `after` from now."""
    rows = await tx.execute(
        text("""
            UPDATE dispatch SET closed_at = :now WHERE id = ANY(CAST(:ids AS bigint[])) AND called_at IS NULL
              AND closed_at IS NULL RETURNING id
        """),
        {"ids": list(dispatch_ids), "now": now},
    )
    await tx.execute(
        text("""
            UPDATE message SET state = 'queued', reason = :reason, due_at = :due_at, changed_at = :now, dispatch_id = NULL
            WHERE dispatch_id = ANY(CAST(:ids AS bigint[])) AND state = 'sending'
        """),
        {"ids": [row.id for row in rows], "now": now, "due_at": now + after, "reason": reason},
    )


async def conclude(tx: Tx, account: Account, answers: Sequence[tuple[Call, Receipt]], now: datetime) -> None:
    """Write down what the provider answered. An answer that comes after its lease ran out still settles the doubt."""
    changes: list[StateChange] = []
    dispatches: list[dict[str, Any]] = []
    keyed = ADAPTERS[account.channel].takes_key
    for call, receipt in answers:
        more, change = _concluded(call, receipt, keyed, now)
        changes += more
        dispatches.append({"id": call.dispatch_id, "detail": getattr(receipt, "detail", None), **change})
        if isinstance(receipt, Accepted) and receipt.final:
            await record_sent(tx, call.message_ids, now)
    await change_states(tx, changes, ("sending", "in_doubt"), now)
    await _close(tx, dispatches, now)
    await _account_trouble(tx, account.id, [receipt for _, receipt in answers], now)


async def record_sent(tx: Tx, ids: Sequence[int], now: datetime) -> None:
    """A message delivered at once was sent too."""
    await record_states(tx, MessageSent, "sending", ids, now)


def _concluded(call: Call, receipt: Receipt, keyed: bool, now: datetime) -> tuple[list[StateChange], dict[str, Any]]:
    """(the changes of a call's messages, what changes of the call itself)."""
    ids, at = call.message_ids, call.dispatch_id
    if isinstance(receipt, Accepted):
        state = "delivered" if receipt.final else "sent"
        changes = [
            StateChange(message_id, at, "failed", receipt.refused[message_id])
            if message_id in receipt.refused
            else StateChange(message_id, at, state)
            for message_id in ids
        ]
        done = receipt.final or len(receipt.refused) == len(ids)
        return changes, {"provider_id": receipt.provider_id, "answered": True, "closed": done}
    if isinstance(receipt, Refused):
        return [StateChange(message_id, at, "failed", receipt.reason) for message_id in ids], {
            "answered": True,
            "closed": True,
        }
    if keyed and call.tries >= sending.KEYED_TRIES_MAX:
        return [StateChange(message_id, at, "in_doubt", "lost") for message_id in ids], {
            "answered": False,
            "closed": True,
        }
    if keyed and (isinstance(receipt, Unknown) or call.tries > 0):
        # perhaps carried out by this try or an earlier one: the same key again, later
        wait = sending.backoff(call.tries, getattr(receipt, "after_s", 0.0))
        return [], {"answered": False, "closed": False, "tries": max(call.tries, 1), "lease_until": now + wait}
    if isinstance(receipt, RetryLater):
        reason = "account_trouble" if receipt.account else "busy"
        due_at = now + timedelta(seconds=max(receipt.after_s, 1.0))
        return (
            [
                StateChange(message_id, at, "queued", reason, due_at=due_at, tried=True, detached=True)
                for message_id in ids
            ],
            {"answered": False, "closed": True},
        )
    return [StateChange(message_id, at, "in_doubt", "lost") for message_id in ids], {"answered": False, "closed": True}


_CLOSE = text("""
    UPDATE dispatch d SET provider_id = coalesce(r.provider_id, d.provider_id), trouble = r.detail,
        answered_at = CASE WHEN r.answered THEN CAST(:now AS timestamptz) ELSE d.answered_at END,
        closed_at = CASE WHEN r.closed THEN CAST(:now AS timestamptz) END,
        tries = coalesce(r.tries, d.tries), lease_until = coalesce(r.lease_until, d.lease_until),
        -- a call that waits to be made again is held by nobody: it waits whoever lives
        leased_by = CASE WHEN r.lease_until IS NULL THEN d.leased_by ELSE '' END
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r (id bigint, provider_id text, detail text, answered boolean,
        closed boolean, tries int, lease_until timestamptz)
    WHERE d.id = r.id
""")


async def _close(tx: Tx, dispatches: Sequence[Mapping[str, Any]], now: datetime) -> None:
    rows = [{**dispatch, "detail": (dispatch["detail"] or "")[:DETAIL_CHARS_MAX] or None} for dispatch in dispatches]
    await tx.execute(_CLOSE, {"rows": orjson.dumps(rows).decode(), "now": now})


async def close_done(tx: Tx, dispatch_ids: Sequence[int], now: datetime) -> None:
    """Close those of the calls that have no message left open."""
    await tx.execute(
        text("""
            UPDATE dispatch d SET closed_at = :now WHERE d.id = ANY(CAST(:ids AS bigint[])) AND d.closed_at IS NULL
              AND NOT EXISTS (SELECT 1 FROM message m WHERE m.dispatch_id = d.id AND m.state IN ('sent', 'sending', 'in_doubt'))
        """),
        {"ids": list(dispatch_ids), "now": now},
    )


async def _account_trouble(tx: Tx, account_id: int, receipts: Sequence[Receipt], now: datetime) -> None:
    """Show what is wrong with an account; an answer that is well takes it back."""
    trouble = next(
        (receipt.detail for receipt in receipts if isinstance(receipt, RetryLater) and receipt.account), None
    )
    if trouble is None and not any(isinstance(receipt, Accepted) for receipt in receipts):
        return
    await tx.execute(
        text(
            "UPDATE channel_account SET trouble = :trouble, checked_at = :now"
            " WHERE id = :id AND trouble IS DISTINCT FROM CAST(:trouble AS text)"
        ),
        {"id": account_id, "trouble": trouble and trouble[:DETAIL_CHARS_MAX], "now": now},
    )


async def resume(tx: Tx, now: datetime, *, by: str) -> list[Call]:
    """Settle calls whose lease ran out or whose worker died: never made ones are queued again; of the others, those to a provider that takes
    a key are returned to be made again with it (when it is not quiet where the member is, and their source is not on hold), the rest
    are in doubt."""
    lost = await message_queries.past_lease(tx, now, RESUME_ROWS_MAX)
    await release(tx, [call.id for call in lost if call.called_at is None], now, timedelta(0), None)
    called = {call.id: call for call in lost if call.called_at is not None}
    keyed = await message_queries.keyed_accounts(tx)
    of_call: dict[int, list[Message]] = {}
    for message in await message_queries.messages_of(tx, list(called), ("sending",)):
        of_call.setdefault(message.dispatch_id or 0, []).append(message)
    # what was erased meanwhile cannot be said again
    again = {
        number
        for number, call in called.items()
        if call.account_id in keyed and number in of_call and all(m.content for m in of_call[number])
    }
    held = set((await tx.scalars(_HELD_CALLS, {"ids": sorted(again)})).all())
    for number in held:
        called[number].lease_until, called[number].leased_by = now + sending.LEASE, NOBODY
    again -= held
    doubtful = [call for number, call in called.items() if number not in again | held]
    changes = [StateChange(m.id, call.id, "in_doubt", "lost") for call in doubtful for m in of_call.get(call.id, ())]
    await change_states(tx, changes, ("sending",), now)
    for call in doubtful:
        call.closed_at, call.trouble = now, "no answer before the lease ran out or its worker died"
    awake = await _awake(tx, [m for number in again for m in of_call[number]], now)
    tokens = await _tokens(tx, [(called[number], of_call[number][0]) for number in again])
    calls = []
    for number in sorted(again):
        call, until = called[number], max(awake[m.id] for m in of_call[number])
        if until > now:
            call.lease_until, call.leased_by = until, NOBODY
            continue
        try:
            again_call = _again(call, of_call[number], keyed[call.account_id], tokens[number], now)
        except Exception as error:
            if is_infrastructure_fault(error):
                raise
            await _give_up(tx, call, of_call[number], error, now)
            continue
        call.called_at, call.leased_by = now, by
        calls.append(again_call)
    return calls


async def _give_up(tx: Tx, call: Dispatch, messages: Sequence[Message], error: Exception, now: datetime) -> None:
    """A call that may have been made and cannot be written once more: its messages are in doubt, and hold up no others."""
    unforeseen(log, "call_not_written_again", error, dispatch_id=call.id)
    await change_states(tx, [StateChange(m.id, call.id, "in_doubt", "lost") for m in messages], ("sending",), now)
    call.closed_at, call.trouble = now, f"cannot be written again: {error_class(error)}"


async def _awake(tx: Tx, messages: Sequence[Message], now: datetime) -> dict[int, datetime]:
    """When each message may be sent again: now, or when it is not quiet any more where its member is."""
    zones = await message_queries.zones(tx, [message.member_id for message in messages])
    policies = {
        brand: await policy_queries.send_policy(tx, brand) for brand in {message.workspace_id for message in messages}
    }
    moments = {}
    for message in messages:
        policy = policies[message.workspace_id]
        zone = zone_or(zones.get(message.member_id), policy.zone)
        quiet = policy.quiet if send_policy.PURPOSES[message.purpose].quiet else None
        moments[message.id] = now if quiet is None else send_policy.next_allowed(now, quiet, zone)
    return moments


async def _tokens(tx: Tx, of: Sequence[tuple[Dispatch, Message]]) -> dict[int, str]:
    """By call the token that its link was made with when it was begun; what is kept of a message does not hold it."""
    canonical = await merges.canonical(tx, sorted({message.member_id for _, message in of}))
    revoked = await generations(tx, canonical.values())
    made = {}
    for dispatch, message in of:
        member_id = canonical[message.member_id]
        made[dispatch.id] = preference_token(member_id, revoked[member_id], dispatch.started_at)
    return made


def _again(dispatch: Dispatch, messages: list[Message], account: Account, token: str, now: datetime) -> Call:
    """The very same call once more, under a new lease."""
    dispatch.tries, dispatch.lease_until = dispatch.tries + 1, now + sending.LEASE
    content = with_token(messages[0].content or {}, token)
    rendered = Content(content.get("text", ""), tuple(content.get("attachments", ())))
    payload = ADAPTERS[account.channel].render(rendered, account.config)
    return Call(dispatch.id, dispatch.account_id, message_queries.batch_of(dispatch, messages, payload), dispatch.tries)


async def erase(tx: Tx, member_ids: Collection[int], now: datetime) -> None:
    """Empty the messages of erased members and of those merged into them, and end what is queued: what they were sent
    and where they were reached goes, the count of it stays."""
    await tx.execute(
        text("""
            UPDATE message SET address = NULL, content = NULL, "values" = '{}', changed_at = :now,
                state = CASE WHEN state IN ('queued', 'held') THEN 'withheld' ELSE state END,
                reason = CASE WHEN state IN ('queued', 'held') THEN 'erased' ELSE reason END
            WHERE member_id IN (
                SELECT id FROM member WHERE id = ANY(CAST(:ids AS bigint[])) OR merged_into = ANY(CAST(:ids AS bigint[])))
        """),
        {"ids": list(member_ids), "now": now},
    )


async def resolve(tx: Tx, caller: Caller, message_id: int, outcome: Outcome, now: datetime) -> Message:
    """Settle a message in doubt: it was `delivered`, it `failed`, or it is `queued` to be sent again.

    Sent again, it is decided about anew; its place under the caps it keeps. Raises NotFound, NotInDoubt.
    """
    row = await tx.get(Message, message_id, with_for_update=True)
    if row is None or row.workspace_id != caller.workspace_id:
        raise NotFound()
    if row.state != "in_doubt":
        raise NotInDoubt(row.state)
    dispatch_id = row.dispatch_id
    row.state, row.changed_at = outcome, now
    row.reason = "not_received" if outcome == "failed" else None
    if outcome == "queued":
        row.due_at, row.dispatch_id = now, None
    await tx.flush()
    for kind in FACTS.get(outcome, ()):
        await record_states(tx, kind, outcome, [row.id], now, caller.actor)
    if dispatch_id is not None:
        await close_done(tx, [dispatch_id], now)
    await audit(tx, caller, "message", "resolved", str(row.id), now, {"outcome": outcome})
    return row
