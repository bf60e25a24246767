"""What members said about being contacted, and whom nobody may contact."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import text

from siyu.contacts.members.queries import lock_winners
from siyu.facts.catalogue.contacts import ConsentGiven, ConsentWithdrawn, MemberUpdated
from siyu.facts.log.actions import Entry, record, record_from
from siyu.kit.db import Tx

_WRITTEN = """
    written AS (
        INSERT INTO consent (member_id, channel, state, purpose, source, proof, changed_at)
        SELECT w.member_id, w.channel, CAST(:state AS text), :purpose, :source, CAST(:proof AS text), :now
        FROM unnest(CAST(:members AS bigint[]), CAST(:channels AS text[])) AS w (member_id, channel)
        ORDER BY w.member_id, w.channel
        ON CONFLICT (member_id, channel) DO UPDATE
        SET state = EXCLUDED.state, purpose = EXCLUDED.purpose, source = EXCLUDED.source, proof = EXCLUDED.proof,
            changed_at = EXCLUDED.changed_at
        WHERE consent.state <> EXCLUDED.state AND (:revive OR EXCLUDED.state = 'withdrawn')
        RETURNING member_id, channel)
"""
_FACTS = """
    SELECT CAST(:workspace_id AS int), member_id, CAST(:now AS timestamptz), CAST(:actor AS text), NULL,
        jsonb_build_object('channel', channel, 'source', CAST(:source AS text))
    FROM written
"""

Choice = tuple[int, str, bool]
"""(member, channel, opted in)."""


async def consent(
    tx: Tx,
    workspace_id: int,
    member_ids: Iterable[int],
    channel: str,
    opted_in: bool,
    *,
    purpose: str,
    source: str,
    actor: str,
    now: datetime,
    proof: str | None = None,
) -> None:
    """Keep what these members said about `channel`, for what `purpose`, where they said it and what proves it; facts for those
    who changed.

    Erased members are left out: nobody can speak for them any more. Raises NoSuchMember. A channel is a name here; which there are, the channels room knows.
    """
    locked = (await lock_winners(tx, workspace_id, member_ids)).values()
    choices = [(member, channel, opted_in) for member in sorted({row.id for row in locked if not row.erased})]
    await write(tx, workspace_id, choices, purpose=purpose, source=source, actor=actor, now=now, proof=proof)


async def write(
    tx: Tx,
    workspace_id: int,
    choices: Sequence[Choice],
    *,
    purpose: str,
    source: str,
    actor: str,
    now: datetime,
    revive: bool = True,
    proof: str | None = None,
) -> None:
    """Write choices of members already locked; without `revive` a withdrawn consent stays withdrawn."""
    for opted_in, kind in ((True, ConsentGiven), (False, ConsentWithdrawn)):
        chosen = [(member, channel) for member, channel, choice in choices if choice is opted_in]
        if chosen:
            params = {
                "members": [member for member, _ in chosen],
                "channels": [channel for _, channel in chosen],
                "state": "given" if opted_in else "withdrawn",
                "purpose": purpose,
                "source": source,
                "proof": proof,
                "now": now,
                "revive": revive,
                "workspace_id": workspace_id,
                "actor": actor,
            }
            await record_from(tx, kind, _FACTS, params, now, writing=_WRITTEN, keyed=False)


async def suppress(
    tx: Tx, workspace_id: int, member_ids: Iterable[int], channel: str, reason: str, *, actor: str, now: datetime
) -> None:
    """Nobody may contact these members on `channel` (`*`: on any), whatever they said; a known suppression keeps its reason.

    It is no word of the members' own, so their consent stays as it is; the fact is a change of the profile.
    """
    members = await _winners(tx, workspace_id, member_ids)
    rows = await tx.scalars(
        text("""
            INSERT INTO suppression (member_id, channel, reason, since)
            SELECT m, :channel, :reason, :now FROM unnest(CAST(:members AS bigint[])) AS m ORDER BY m
            ON CONFLICT (member_id, channel) DO NOTHING RETURNING member_id
        """),
        {"members": members, "channel": channel, "reason": reason, "now": now},
    )
    fact = MemberUpdated(fields=[f"suppressed.{channel}"])
    await record(tx, [Entry(workspace_id, fact, now, member, actor) for member in rows], now)


async def unsuppress(
    tx: Tx, workspace_id: int, member_ids: Iterable[int], channel: str, *, actor: str, now: datetime
) -> None:
    """Lift a suppression; what the members said themselves holds again. Does nothing where there is none."""
    members = await _winners(tx, workspace_id, member_ids)
    rows = await tx.scalars(
        text("""
            DELETE FROM suppression WHERE member_id = ANY(CAST(:members AS bigint[])) AND channel = :channel
            RETURNING member_id
        """),
        {"members": members, "channel": channel},
    )
    fact = MemberUpdated(fields=[f"suppressed.{channel}"])
    await record(tx, [Entry(workspace_id, fact, now, member, actor) for member in rows], now)


async def _winners(tx: Tx, workspace_id: int, member_ids: Iterable[int]) -> list[int]:
    return sorted({row.id for row in (await lock_winners(tx, workspace_id, member_ids)).values()})
