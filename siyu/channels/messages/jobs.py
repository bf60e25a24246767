"""Sending what is due, settling calls whose lease ran out, and asking what became of calls that were carried out."""

import asyncio
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import httpx

from siyu.channels.accounts import queries as accounts
from siyu.channels.accounts.connection import CALLS_AT_ONCE, TURN_SECONDS, adapter_context, http, public_url
from siyu.channels.adapters.types import Account, DeliveryOutcome, OutcomeQuery, Receipt, RetryLater, Unknown
from siyu.channels.catalogue import ADAPTERS
from siyu.channels.messages import queries as message_queries
from siyu.channels.messages.actions import delivery_reconciliation, outcomes, send
from siyu.channels.messages.queries import Call, OpenCall
from siyu.channels.messages.rules import UNCONFIRMED_AFTER, slices
from siyu.facts.operation import actions as operation
from siyu.kit import clock
from siyu.kit.db import Database
from siyu.kit.isolation import error_class, isolate
from siyu.kit.logs import logger, unforeseen
from siyu.kit.process_life import process_name

log = logger("channels")


async def dispatch(db: Database, _lake: Any, now: datetime) -> None:
    """Send what is due, account by account, and settle calls whose lease ran out or whose worker died."""
    by = process_name()
    async with http() as client:
        async with db.transaction() as tx:
            again = await outcomes.resume(tx, now, by=by)
            known = {row.id: accounts.opened(row) for row in await accounts.account_rows(tx)} if again else {}
        failures: list[Exception] = []
        for account_id in dict.fromkeys(call.account_id for call in again):
            mine = [call for call in again if call.account_id == account_id]
            with _apart(account_id, failures):
                await make(db, known[account_id], mine, client, now, by=by, marked=True)
        async with db.transaction() as tx:
            ready = await message_queries.accounts_with_due(tx, now)
        for account in ready:
            with _apart(account.id, failures):
                await _send_due(db, account, client, now, by)
        if failures:
            raise failures[0]


@contextmanager
def _apart(account_id: int, failures: list[Exception]) -> Iterator[None]:
    """What one account is sent must not hold up the others: its failure is noted and raised at the end."""
    try:
        yield
    except Exception as failure:
        log.error("account_stuck", account_id=account_id, error=error_class(failure))
        failures.append(failure)


async def _send_due(db: Database, account: Account, client: httpx.AsyncClient, now: datetime, by: str) -> None:
    """Claim and call until nothing is due or the turn is over. One content for everybody is claimed in larger parts."""
    ends = time.monotonic() + TURN_SECONDS
    rows_max = send.CLAIM_ROWS_MIN
    while time.monotonic() < ends:
        async with db.transaction() as tx:
            prepared = await send.prepare_calls(tx, account, now, by=by, public_url=public_url(), rows_max=rows_max)
        if not prepared.claimed:
            return
        rows_max = send.CLAIM_ROWS_MAX if len(prepared.calls) <= CALLS_AT_ONCE else send.CLAIM_ROWS_MIN
        if not await make(db, account, prepared.calls, client, now, by=by):
            return


async def make(
    db: Database,
    account: Account,
    calls: Sequence[Call],
    client: httpx.AsyncClient,
    now: datetime,
    *,
    by: str,
    marked: bool = False,
) -> bool:
    """Make calls that `by` holds, some at once; the answers of each wave are written down before the next. `marked`: their
    marks are committed already. False when the provider said later: the rest is given back."""
    session = ADAPTERS[account.channel].open(adapter_context(db, account, client, clock.now))
    for wave in slices(calls, CALLS_AT_ONCE):
        if not marked:
            async with db.transaction() as tx:
                wave = await outcomes.mark_called(tx, wave, now, by=by)
        receipts = await asyncio.gather(*(send_call(account, session, call) for call in wave))
        await conclude(db, account, list(zip(wave, receipts, strict=True)), now)
        async with db.transaction() as tx:
            later = [receipt for receipt in receipts if isinstance(receipt, RetryLater)]
            if later and not marked:
                wait = timedelta(seconds=max(max(receipt.after_s for receipt in later), 1.0))
                reason = "account_trouble" if any(receipt.account for receipt in later) else "busy"
                await outcomes.release(tx, [call.dispatch_id for call in calls], now, wait, reason)
                return False
    return True


async def send_call(account: Account, session: Any, call: Call) -> Receipt:
    """One call. What an adapter does not expect is a lost answer, never a lost message."""
    try:
        receipt: Receipt = await ADAPTERS[account.channel].send(session, call.batch)
    except Exception as error:
        unforeseen(log, "send_failed", error, dispatch_id=call.dispatch_id)
        return Unknown(type(error).__name__)
    if not isinstance(receipt, RetryLater | Unknown):
        return receipt
    log.warning("send_not_answered", dispatch_id=call.dispatch_id, detail=receipt.detail)
    return receipt


async def conclude(db: Database, account: Account, answers: Sequence[tuple[Call, Receipt]], now: datetime) -> None:
    """Write down what the provider answered. An answer that cannot be written is set aside, and its messages are in doubt
    once the lease is over."""

    async def write(part: Sequence[tuple[Call, Receipt]]) -> int:
        async with db.transaction() as tx:
            await outcomes.conclude(tx, account, part, now)
        return len(part)

    async def set_aside(answer: tuple[Call, Receipt], error: Exception) -> None:
        async with db.transaction() as tx:
            await operation.set_aside(
                tx, "receipt", account.channel, str(answer[0].dispatch_id), account.workspace_id, error, now
            )

    await isolate(answers, write, set_aside)


RECONCILE_CALLS_MAX = 1_000


async def reconcile(db: Database, _lake: Any, now: datetime) -> None:
    """Ask what became of calls that were carried out."""
    async with db.transaction() as tx:
        calls = await message_queries.open_calls(tx, now, RECONCILE_CALLS_MAX)
        if not calls:
            return
        known = {row.id: accounts.opened(row) for row in await accounts.account_rows(tx)}
    ends = time.monotonic() + TURN_SECONDS
    async with http() as client:
        sessions = {
            account_id: ADAPTERS[known[account_id].channel].open(
                adapter_context(db, known[account_id], client, clock.now)
            )
            for account_id in {call.account_id for call in calls}
        }
        for part in slices(calls, 8 * CALLS_AT_ONCE):
            await _reconcile_part(db, part, known, sessions, now)
            if time.monotonic() > ends:
                return


async def _reconcile_part(
    db: Database, part: Sequence[OpenCall], known: dict[int, Account], sessions: dict[int, Any], now: datetime
) -> None:
    gate = asyncio.Semaphore(CALLS_AT_ONCE)

    async def results(call: OpenCall) -> list[DeliveryOutcome] | None:
        ask = ADAPTERS[known[call.account_id].channel].results
        async with gate:
            try:
                return await ask(sessions[call.account_id], OutcomeQuery(call.provider_id, call.staff)) if ask else None
            except Exception as error:
                log.error("outcome_not_read", dispatch_id=call.dispatch_id, error=error_class(error))
                return None

    async def cancel(call: OpenCall) -> bool:
        stop = ADAPTERS[known[call.account_id].channel].cancel
        async with gate:
            try:
                return stop is not None and await stop(
                    sessions[call.account_id], OutcomeQuery(call.provider_id, call.staff)
                )
            except Exception as error:
                log.error("not_cancelled", dispatch_id=call.dispatch_id, error=error_class(error))
                return False

    late = [call for call in part if now - call.started_at >= UNCONFIRMED_AFTER]
    stopped = await asyncio.gather(*(cancel(call) for call in late))
    # asked after the cancelling, so that what was confirmed until then is not called a failure
    answers = await asyncio.gather(*(results(call) for call in part))
    heard = {
        call.dispatch_id: (call, call_outcomes)
        for call, call_outcomes in zip(part, answers, strict=True)
        if call_outcomes is not None
    }
    await _write_outcomes(db, part, known, heard, now)
    async with db.transaction() as tx:
        over = [call for call, done in zip(late, stopped, strict=True) if done and call.dispatch_id in heard]
        await delivery_reconciliation.expire_unconfirmed(tx, over, now)


async def _write_outcomes(
    db: Database,
    part: Sequence[OpenCall],
    known: dict[int, Account],
    heard: dict[int, tuple[OpenCall, list[DeliveryOutcome]]],
    now: datetime,
) -> None:
    """Write down what was `heard`; an answer that cannot be written is set aside and taken out of it."""

    async def write(calls: Sequence[OpenCall]) -> int:
        async with db.transaction() as tx:
            answers = {call.dispatch_id: heard[call.dispatch_id] for call in calls if call.dispatch_id in heard}
            await delivery_reconciliation.reconcile(tx, answers, now)
            await delivery_reconciliation.mark_checked(tx, [call.dispatch_id for call in calls], now)
        return len(calls)

    async def set_aside(call: OpenCall, error: Exception) -> None:
        account = known[call.account_id]
        heard.pop(call.dispatch_id, None)
        async with db.transaction() as tx:
            await operation.set_aside(
                tx, "receipt", account.channel, str(call.dispatch_id), account.workspace_id, error, now
            )
            await delivery_reconciliation.mark_checked(tx, [call.dispatch_id], now)

    await isolate(part, write, set_aside)
