"""Planning: an intent becomes a message that is queued, deferred or withheld, once."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import text

from siyu.channels.accounts import queries as accounts
from siyu.channels.catalogue import ADAPTERS
from siyu.channels.policy import queries as policy_queries
from siyu.channels.policy import rules as send_policy
from siyu.channels.policy.queries import Eligibility
from siyu.channels.policy.rules import Candidate, CountedMessage, Decision, Defer, WhenBlocked, Withhold
from siyu.contacts.merges import queries as contacts
from siyu.facts.catalogue.channels import MessageQueued, MessageWithheld
from siyu.facts.catalogue.fact import Fact
from siyu.facts.log.actions import record_from
from siyu.kit.db import Tx
from siyu.kit.errors import Fault, Invalid

INTENTS_MAX = 50_000
"""Intents of one call."""
INTENT_KEY_CHARS_MAX = 300


@dataclass(frozen=True)
class Intent:
    """The wish to send one message to one member.

    `intent_key` is unique in the brand: a second intent with it changes nothing and is answered with the first's state.
    `source` says what asked (`journey:7`, `manual`, `test`), `origin` its ids. `on_cap` and `on_quiet`: `defer` or `drop`.
    `values` are added to the member's own when the template is rendered.
    """

    workspace_id: int
    intent_key: str
    member_id: int
    channel: str
    template_id: int
    purpose: str
    source: str
    origin: Mapping[str, Any] = field(default_factory=dict)
    on_cap: WhenBlocked = "defer"
    on_quiet: WhenBlocked = "defer"
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Planned:
    """What became of an intent. `reason` is set when it is withheld or deferred; `due_at` is when it is looked at next."""

    intent_key: str
    message_id: int
    state: str
    reason: str | None
    due_at: datetime


class UnknownMember(Invalid):
    """An intent is for somebody who is not a member of the brand."""

    def __init__(self, member_id: int) -> None:
        super().__init__(errors=[Fault("member_id", f"no member {member_id} here", f"没有客户 {member_id}")])


async def plan(tx: Tx, intents: Sequence[Intent], now: datetime) -> list[Planned]:
    """Plan `intents`, in their order; the answer is in the same order. Raises Invalid for an intent that makes no sense.

    The members are locked for the rest of `tx` (in the order of their ids), so that caps hold whoever else plans.
    """
    check(intents)
    answers: dict[tuple[int, str], Planned] = {}
    for workspace_id in dict.fromkeys(intent.workspace_id for intent in intents):
        own = [intent for intent in intents if intent.workspace_id == workspace_id]
        for planned in await _plan_brand(tx, workspace_id, own, now):
            answers[(workspace_id, planned.intent_key)] = planned
    return [answers[(intent.workspace_id, intent.intent_key)] for intent in intents]


def check(intents: Sequence[Intent]) -> None:
    """Raises Invalid naming the first intents with an unknown channel, purpose or wish, or too many of them."""
    if len(intents) > INTENTS_MAX:
        raise Invalid(errors=[Fault("intents", f"at most {INTENTS_MAX}", f"最多 {INTENTS_MAX} 条")])
    faults = [
        Fault(f"intents[{place}].{name}", "not one of these", "不在可选范围内", " | ".join(allowed))
        for place, intent in enumerate(intents)
        for name, value, allowed in (
            ("channel", intent.channel, ADAPTERS),
            ("purpose", intent.purpose, send_policy.PURPOSES),
            ("on_cap", intent.on_cap, ("defer", "drop")),
            ("on_quiet", intent.on_quiet, ("defer", "drop")),
        )
        if value not in allowed
    ]
    faults += [
        Fault(
            f"intents[{place}].intent_key",
            f"1 to {INTENT_KEY_CHARS_MAX} characters",
            f"应为 1 至 {INTENT_KEY_CHARS_MAX} 个字符",
        )
        for place, intent in enumerate(intents)
        if not 0 < len(intent.intent_key) <= INTENT_KEY_CHARS_MAX
    ]
    if faults:
        raise Invalid(errors=faults[:20])


async def _plan_brand(tx: Tx, workspace_id: int, intents: Sequence[Intent], now: datetime) -> Iterable[Planned]:
    canonical = await contacts.canonical(tx, sorted({intent.member_id for intent in intents}))
    strangers = {intent.member_id for intent in intents} - canonical.keys()
    if strangers:
        raise UnknownMember(min(strangers))
    await policy_queries.lock_members(tx, canonical.values())
    keys = [intent.intent_key for intent in intents]
    known = await _known(tx, workspace_id, keys)
    fresh = list({intent.intent_key: intent for intent in reversed(intents) if intent.intent_key not in known}.values())
    fresh.reverse()
    if fresh:
        rows = await _decide(tx, workspace_id, fresh, canonical, now)
        await _insert(tx, workspace_id, rows, now)
        known |= await _known(tx, workspace_id, [intent.intent_key for intent in fresh])
        ids = [known[intent.intent_key].message_id for intent in fresh]
        await record_states(tx, MessageQueued, "queued", ids, now)
        await record_states(tx, MessageWithheld, "withheld", ids, now)
    return known.values()


async def _known(tx: Tx, workspace_id: int, keys: Collection[str]) -> dict[str, Planned]:
    rows = await tx.execute(
        text(
            "SELECT intent_key, id AS message_id, state, reason, due_at FROM message"
            " WHERE workspace_id = :workspace_id AND intent_key = ANY(CAST(:keys AS text[]))"
        ),
        {"workspace_id": workspace_id, "keys": list(keys)},
    )
    return {row.intent_key: Planned(*row) for row in rows}


async def _decide(
    tx: Tx, workspace_id: int, intents: Sequence[Intent], canonical: Mapping[int, int], now: datetime
) -> list[dict[str, Any]]:
    """The rows to write, in the order of `intents`: of two to one member the first is let through first."""
    policy = await policy_queries.send_policy(tx, workspace_id)
    versions = await policy_queries.template_versions(tx, workspace_id, {intent.template_id for intent in intents})
    stands: dict[str, dict[int, Eligibility]] = {}
    defaults: dict[str, int | None] = {}
    for channel in {intent.channel for intent in intents}:
        own = [row.id for row in await accounts.account_rows(tx, workspace_id, channel)]
        defaults[channel] = own[0] if own else None
        ids = {canonical[intent.member_id] for intent in intents if intent.channel == channel}
        stands[channel] = await policy_queries.eligibility(tx, workspace_id, channel, ids, own, policy.caps, now)
        strangers = ids - stands[channel].keys()
        if strangers:
            raise UnknownMember(min(strangers))
    through: dict[int, list[CountedMessage]] = {}
    rows = []
    for intent in intents:
        member_id = canonical[intent.member_id]
        stands_so = stands[intent.channel][member_id]
        version = versions.get(intent.template_id)
        account_id = stands_so.address.account_id if stands_so.address else defaults[intent.channel]
        candidate = candidate_of(
            stands_so,
            account=account_id is not None,
            channel=intent.channel,
            purpose=intent.purpose,
            planned_at=now,
            counted=(*stands_so.counted, *through.get(member_id, ())),
            on_cap=intent.on_cap,
            on_quiet=intent.on_quiet,
        )
        decision = (
            Withhold("template_retired" if intent.template_id in versions else "template_failed")
            if version is None
            else send_policy.decide(candidate, policy, now)
        )
        row = _row(intent, member_id, account_id, version, decision, now)
        if row["counts_at"] is not None:
            through.setdefault(member_id, []).append(CountedMessage(intent.channel, now, open=True))
        rows.append(row)
    return rows


def candidate_of(stands: Eligibility, **message: Any) -> Candidate:
    """A message of a member who stands so."""
    return Candidate(
        erased=stands.erased,
        address=stands.address is not None,
        suppressed=stands.suppressed,
        consent=stands.consent,
        zone=stands.zone,
        **message,
    )


def _row(
    intent: Intent, member_id: int, account_id: int | None, version: int | None, decision: Decision, now: datetime
) -> dict[str, Any]:
    row: dict[str, Any] = {
        "intent_key": intent.intent_key,
        "member_id": member_id,
        "channel": intent.channel,
        "account_id": account_id,
        "purpose": intent.purpose,
        "source": intent.source,
        "origin": intent.origin,
        "template_id": intent.template_id if version is not None else None,
        "template_version": version,
        "values": intent.values,
        "on_cap": intent.on_cap,
        "on_quiet": intent.on_quiet,
        "state": "queued",
        "reason": None,
        "due_at": now,
        "counts_at": None,
    }
    if isinstance(decision, Withhold):
        row |= {"state": "withheld", "reason": decision.reason}
    elif isinstance(decision, Defer):
        row |= {"due_at": decision.until, "reason": decision.reason}
    elif send_policy.PURPOSES[intent.purpose].caps:
        row["counts_at"] = now
    return row


_INSERT = text("""
    INSERT INTO message (workspace_id, intent_key, member_id, channel, account_id, purpose, source, origin, template_id,
        template_version, "values", on_cap, on_quiet, state, reason, planned_at, due_at, changed_at, counts_at)
    SELECT :workspace_id, intent_key, member_id, channel, account_id, purpose, source, origin, template_id,
        template_version, "values", on_cap, on_quiet, state, reason, :now, due_at, :now, counts_at
    FROM ROWS FROM (jsonb_to_recordset(CAST(:rows AS jsonb)) AS (
        intent_key text, member_id bigint, channel text, account_id int, purpose text, source text, origin jsonb,
        template_id int, template_version int, "values" jsonb, on_cap text, on_quiet text, state text, reason text,
        due_at timestamptz, counts_at timestamptz)) WITH ORDINALITY
    ORDER BY ordinality
    ON CONFLICT (workspace_id, intent_key) DO NOTHING
""")


async def _insert(tx: Tx, workspace_id: int, rows: list[dict[str, Any]], now: datetime) -> None:
    await tx.execute(_INSERT, {"workspace_id": workspace_id, "rows": orjson.dumps(rows).decode(), "now": now})


async def record_states(
    tx: Tx, kind: type[Fact], state: str, ids: Collection[int], now: datetime, actor: str = "system"
) -> None:
    """Record a fact of `kind` for those of the messages that are in `state` now; with the reason where the kind has one."""
    reason = ", 'reason', coalesce(m.reason, '')" if "reason" in kind.model_fields else ""
    await record_from(
        tx,
        kind,
        f"""
            SELECT m.workspace_id, m.member_id, CAST(:happened_at AS timestamptz), CAST(:actor AS text), CAST(NULL AS text),
                   jsonb_build_object('message_id', m.id, 'channel', m.channel, 'source', m.source{reason})
            FROM message m WHERE m.id = ANY(CAST(:ids AS bigint[])) AND m.state = :state ORDER BY m.id
        """,
        {"ids": list(ids), "state": state, "happened_at": now, "actor": actor},
        now,
    )
