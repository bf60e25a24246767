"""Who enters a journey: by hand, by a fact, or a whole audience batch by batch."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, delete, select, text

from siyu.audience import queries as audiences
from siyu.channels.policy.queries import reach
from siyu.contacts.merges import queries as contacts
from siyu.facts.catalogue.journeys import JourneyEntered
from siyu.facts.lake.connection import Lake
from siyu.facts.log.actions import record_from
from siyu.journeys.enrolments.actions.exits import exit_runs
from siyu.journeys.graph.entry import Reentry
from siyu.journeys.graph.structure import parse_trigger
from siyu.journeys.models import HeldEntry, Intake, Journey, JourneyTrigger
from siyu.journeys.queries import search
from siyu.journeys.refusals import NotPublished
from siyu.journeys.steps import queries as references
from siyu.kit.db import Tx
from siyu.kit.errors import Fault, Invalid
from siyu.kit.limits import BATCH_ROWS_MAX
from siyu.platform.queries import HELD_WORKSPACES, Caller

ENROL_MEMBERS_MAX = 10_000
"""Members named in one call; more come as an audience."""

_BARS: dict[str, str] = {
    "never": "true",
    "after_finish": "e.state = 'active' OR e.ended_at > :since",
    "always": "e.entered_at > :since",
}
"""Which runs of a candidate keep it out, by re-entry rule."""
_BARRED = """
    WITH RECURSIVE family (root, id) AS (
        SELECT c.member_id, c.member_id FROM {source} AS c(member_id, key)
        UNION
        SELECT family.root, m.id FROM family JOIN member m ON m.merged_into = family.id),
    barred AS (
        SELECT DISTINCT f.root, e.key FROM family f
        JOIN enrolment e ON e.member_id = f.id AND e.journey_id = :journey_id AND ({bar}))
"""
"""What the members went through who were merged into a candidate counts as the candidate's own."""
_SAME = "e.journey_id = :journey_id AND e.member_id = c.member_id AND e.key = c.key"
_CANDIDATES = """
    {barred} SELECT DISTINCT c.member_id, c.key FROM {source} AS c(member_id, key)
    JOIN member m ON m.id = c.member_id AND m.workspace_id = :workspace_id AND m.merged_into IS NULL AND m.erased_at IS NULL
    WHERE NOT EXISTS (SELECT 1 FROM barred b WHERE b.root = c.member_id AND b.key = c.key)
"""
_ENTER = """
    INSERT INTO enrolment (workspace_id, journey_id, version, member_id, key, entry, state, node, entered_at, arrived_at, due_at)
    SELECT :workspace_id, :journey_id, :version, c.member_id, c.key,
           COALESCE((SELECT max(e.entry) FROM enrolment e WHERE e.journey_id = :journey_id AND e.member_id = c.member_id), 0)
             + row_number() OVER (PARTITION BY c.member_id ORDER BY c.key),
           'active', :start, :now, :now, :now
    FROM ({candidates}) AS c ORDER BY c.member_id
    ON CONFLICT DO NOTHING RETURNING id
"""
_OPEN_OF = """
    SELECT e.id FROM ({candidates}) AS c JOIN enrolment e ON {same} AND e.state = 'active'
"""
_ENTERED = """
    SELECT e.workspace_id, e.member_id, CAST(:now AS timestamptz), CAST(:actor AS text), NULL,
           jsonb_build_object('journey', CAST(:key AS text), 'version', e.version, 'entry', e.entry)
    FROM enrolment e WHERE e.id = ANY(CAST(:ids AS bigint[]))"""
_NEXT_MEMBERS = text("""
    SELECT m.member_id FROM audience_member m JOIN audience a ON a.id = m.audience_id
    WHERE a.workspace_id = :workspace_id AND a.name = :audience AND m.member_id > :after
    ORDER BY m.member_id LIMIT :rows
""")


_GIVEN = "unnest(CAST(:members AS bigint[]), CAST(:keys AS text[]))"
_OF_AUDIENCE = """(
        SELECT m.member_id, '' FROM audience_member m JOIN audience a ON a.id = m.audience_id
        WHERE a.workspace_id = :workspace_id AND a.name = :audience)"""
"""Where candidates (member, key) come from."""


def _candidates(rule: Reentry, source: str) -> str:
    """Those of `source` whom the re-entry rule lets in."""
    return _CANDIDATES.format(barred=_BARRED.format(source=source, bar=_BARS[rule.kind]), source=source)


@dataclass(frozen=True)
class EnrolPreview:
    """How many members are named, how many of them would enter now, how many of those would leave a run they are in, and how
    many of the named can receive messages."""

    named: int
    entering: int
    restarting: int
    reachable: int


@dataclass(frozen=True)
class Enrolled:
    """How many entered at once, and whether an audience is on its way in."""

    entered: int
    coming: bool = False


async def enrol(tx: Tx, caller: Caller, journey_id: int, member_ids: Sequence[int], now: datetime) -> Enrolled:
    """Enrol members by hand, as the re-entry rule allows; raises NotFound, NotPublished, Invalid."""
    if len(member_ids) > ENROL_MEMBERS_MAX:
        most = f"at most {ENROL_MEMBERS_MAX} at a time"
        raise Invalid(errors=[Fault("member_ids", most, f"一次最多 {ENROL_MEMBERS_MAX} 位客户")])
    journey = await search.live(tx, caller.workspace_id, journey_id)
    winners = await contacts.canonical(tx, list(member_ids))
    entered = await enrol_candidates(
        tx, journey, [(winners.get(member, member), "") for member in member_ids], now, actor=caller.actor
    )
    return Enrolled(entered)


async def enrol_audience(tx: Tx, caller: Caller, journey_id: int, audience: str, now: datetime) -> Enrolled:
    """Let a saved audience in, batch by batch with the next ticks; raises NotFound, NotPublished, Invalid."""
    journey = await search.live(tx, caller.workspace_id, journey_id)
    await _ensure_audience(tx, caller, audience)
    await request_intake(tx, journey, audience, caller.actor, now)
    return Enrolled(0, coming=True)


async def _ensure_audience(tx: Tx, caller: Caller, audience: str) -> None:
    if audience not in await references.audience_names(tx, caller.workspace_id):
        raise Invalid(errors=[Fault("audience", "there is no such audience", "没有这个人群")])


async def preview(
    tx: Tx,
    lake: Lake,
    caller: Caller,
    journey_id: int,
    member_ids: Sequence[int],
    audience: str | None,
    now: datetime,
) -> EnrolPreview:
    """What enrolling these members, or an audience as it is now, would do; raises NotFound, NotPublished."""
    journey = await search.live(tx, caller.workspace_id, journey_id)
    if audience is not None:
        await _ensure_audience(tx, caller, audience)
    rule = (await search.graph(tx, journey.id, journey.version or 0)).reentry
    winners = await contacts.canonical(tx, list(member_ids))
    members = sorted({winners.get(member, member) for member in member_ids})
    source = _OF_AUDIENCE if audience is not None else _GIVEN
    params: dict[str, Any] = {
        "workspace_id": journey.workspace_id,
        "journey_id": journey.id,
        "since": now - timedelta(days=rule.days_between),
    }
    params |= {"members": members, "keys": [""] * len(members)} if audience is None else {"audience": audience}
    candidates = _candidates(rule, source)
    named = await tx.scalar(text(f"SELECT count(*) FROM {source} AS c(member_id, key)"), params)
    entering = await tx.scalar(text(f"SELECT count(*) FROM ({candidates}) AS c"), params)
    restarting = 0
    if rule.kind == "always":
        restarting = len((await tx.scalars(text(_OPEN_OF.format(candidates=candidates, same=_SAME)), params)).all())
    if audience is not None:
        can = await audiences.reachable(tx, lake, caller.workspace_id, now, {"audience": audience})
    else:
        each = await reach(tx, caller.workspace_id, members, now)
        can = sum(None in by_channel.values() for by_channel in each.values())
    return EnrolPreview(int(named or 0), int(entering or 0), restarting, can)


async def request_intake(tx: Tx, journey: Journey, audience: str, actor: str, now: datetime) -> None:
    """Put an audience on its way into a journey."""
    tx.add(Intake(journey_id=journey.id, audience=audience, asked_by=actor, asked_at=now))
    await tx.flush()


async def enrol_candidates(
    tx: Tx, journey: Journey, candidates: Sequence[tuple[int, str]], now: datetime, *, actor: str = "system"
) -> int:
    """Open a run for each (member, key) that the re-entry rule lets in, at the first step of the current version.

    Unknown, merged and erased members are passed over. Returns how many entered; raises NotPublished.
    """
    if journey.version is None:
        raise NotPublished()
    if not candidates:
        return 0
    graph = await search.graph(tx, journey.id, journey.version)
    rule = graph.reentry
    params: dict[str, Any] = {
        "workspace_id": journey.workspace_id,
        "journey_id": journey.id,
        "members": [member for member, _ in candidates],
        "keys": [key for _, key in candidates],
        "since": now - timedelta(days=rule.days_between),
    }
    allowed = _candidates(rule, _GIVEN)
    await _restart(tx, rule, allowed, params, now)
    result = await tx.scalars(
        text(_ENTER.format(candidates=allowed)),
        {**params, "version": journey.version, "start": graph.start, "now": now},
    )
    ids = list(result.all())
    if ids:
        facts = {"ids": ids, "now": now, "actor": actor, "key": journey.key}
        await record_from(tx, JourneyEntered, _ENTERED, facts, now)
    return len(ids)


async def _restart(tx: Tx, rule: Reentry, allowed: str, params: dict[str, Any], now: datetime) -> None:
    """With re-entry `always` a new entry ends the open run."""
    if rule.kind == "always":
        open_runs = await tx.scalars(text(_OPEN_OF.format(candidates=allowed, same=_SAME)), params)
        await exit_runs(tx, dict.fromkeys(open_runs.all(), "restarted"), now)


async def enrol_next_batch(tx: Tx, intake_id: int, now: datetime) -> bool:
    """Let the next batch of an audience in; False when there is nothing more to do for now."""
    intake = await tx.scalar(
        select(Intake)
        .join(Journey, Journey.id == Intake.journey_id)
        .where(Intake.id == intake_id, Journey.workspace_id.not_in(text(HELD_WORKSPACES)))
        .with_for_update(of=Intake, skip_locked=True)
    )
    if intake is None:
        return False
    journey = await search.live_or_none(tx, intake.journey_id)
    if journey is None:
        return False
    params = {
        "workspace_id": journey.workspace_id,
        "audience": intake.audience,
        "after": intake.after_member,
        "rows": BATCH_ROWS_MAX,
    }
    members = (await tx.scalars(_NEXT_MEMBERS, params)).all()
    await enrol_candidates(tx, journey, [(member, "") for member in members], now, actor=intake.asked_by)
    if len(members) < BATCH_ROWS_MAX:
        await tx.delete(intake)
        return False
    intake.after_member = members[-1]
    return True


def _due_triggers(now: datetime) -> Select[JourneyTrigger, Journey]:
    return (
        select(JourneyTrigger, Journey)
        .join(Journey, Journey.id == JourneyTrigger.journey_id)
        .where(
            JourneyTrigger.next_at <= now,
            Journey.state == "live",
            Journey.workspace_id.not_in(text(HELD_WORKSPACES)),
        )
        .order_by(Journey.id)
    )


async def due_schedules(tx: Tx, now: datetime) -> list[int]:
    """The journeys whose schedule is due."""
    return [row.Journey.id for row in await tx.execute(_due_triggers(now))]


async def fire_schedule(tx: Tx, journey_id: int, now: datetime) -> bool:
    """Put the audience of a due schedule on its way in; one missed many times fires once. False when somebody else has."""
    locked = _due_triggers(now).where(Journey.id == journey_id).with_for_update(of=JourneyTrigger, skip_locked=True)
    due = (await tx.execute(locked)).one_or_none()
    if due is None:
        return False
    row, journey = due.JourneyTrigger, due.Journey
    trigger = parse_trigger(row.config)
    await request_intake(tx, journey, trigger.audience_named() or "", "system", now)
    row.next_at = trigger.next_at(now, await search.zone(tx, journey.workspace_id))
    return True


async def cancel_intakes(tx: Tx, journey_id: int) -> None:
    """Nobody more comes in."""
    await tx.execute(delete(Intake).where(Intake.journey_id == journey_id))
    await tx.execute(delete(HeldEntry).where(HeldEntry.journey_id == journey_id))


async def cancel_due(tx: Tx, caller: Caller, now: datetime) -> int:
    """End the runs of a brand that would move now, and let nobody in who was on the way; returns how many runs."""
    workspace = {"workspace_id": caller.workspace_id, "now": now}
    rows = await tx.scalars(
        text("""
            SELECT e.id FROM enrolment e JOIN journey j ON j.id = e.journey_id
            WHERE j.workspace_id = :workspace_id AND j.state = 'live' AND e.state = 'active' AND e.due_at <= :now
            FOR UPDATE OF e
        """),
        workspace,
    )
    ended = await exit_runs(tx, dict.fromkeys(rows.all(), "moved_database"), now)
    own = select(Journey.id).where(Journey.workspace_id == caller.workspace_id)
    await tx.execute(delete(Intake).where(Intake.journey_id.in_(own)))
    await tx.execute(delete(HeldEntry).where(HeldEntry.journey_id.in_(own)))
    late = await tx.scalars(
        select(JourneyTrigger)
        .where(JourneyTrigger.next_at <= now, JourneyTrigger.journey_id.in_(own))
        .with_for_update()
    )
    zone = await search.zone(tx, caller.workspace_id)
    for trigger in late.all():
        trigger.next_at = parse_trigger(trigger.config).next_at(now, zone)
    return ended
