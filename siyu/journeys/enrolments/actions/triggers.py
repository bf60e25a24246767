"""What facts do to journeys: wake those who wait, end runs at the goal or an exit, let members in."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import attrgetter

from sqlalchemy import text

from siyu.contacts.merges import queries as contacts
from siyu.facts.log.queries import FactRecord
from siyu.journeys.enrolments import queries as tick_queries
from siyu.journeys.enrolments.actions.enrolment import enrol_candidates
from siyu.journeys.enrolments.actions.exits import ReachedGoal, exit_runs, record_goals
from siyu.journeys.enrolments.actions.held_entries import hold_entries
from siyu.journeys.enrolments.queries import Subscription
from siyu.journeys.graph.entry import timely
from siyu.journeys.queries import search
from siyu.kit.db import Tx
from siyu.platform.queries import held_workspaces

MERGED, UNMERGED, ERASED = "member_merged", "member_unmerged", "member_erased"

_MATCHED = """
    unnest(CAST(:journeys AS int[]), CAST(:versions AS int[]), CAST(:nodes AS text[]), CAST(:members AS bigint[]),
           CAST(:ats AS timestamptz[]), CAST(:withins AS float8[]), CAST(:whys AS text[]), CAST(:fens AS bigint[]))
        AS h(journey_id, version, node, member_id, at, within, why, fen)
"""
_WAKE = text(f"""
    UPDATE enrolment e SET happened_at = w.at, due_at = LEAST(e.due_at, :now)
    FROM (SELECT e.id, e.node, e.arrived_at, min(h.at) AS at FROM {_MATCHED}
          JOIN enrolment e ON e.member_id = h.member_id AND e.journey_id = h.journey_id AND e.state = 'active'
           AND e.version = h.version AND e.node = h.node AND e.arrived_at < h.at
          GROUP BY e.id) AS w
    WHERE e.id = w.id AND e.state = 'active' AND e.node = w.node AND e.arrived_at = w.arrived_at AND e.happened_at IS NULL
""")
_LEAVING = text(f"""
    SELECT DISTINCT ON (e.id) e.id, h.why, h.at, h.fen FROM {_MATCHED}
    JOIN enrolment e ON e.member_id = h.member_id AND e.journey_id = h.journey_id AND e.state = 'active'
     AND e.version = h.version AND e.entered_at < h.at
     AND (h.within IS NULL OR h.at <= e.entered_at + h.within * interval '1 second')
    ORDER BY e.id, h.at, h.why DESC
""")
_REACHED_AFTERWARDS = text(f"""
    UPDATE enrolment e SET goal_at = g.at, goal_fen = g.fen FROM (
        SELECT DISTINCT ON (e.id) e.id, h.at, h.fen FROM {_MATCHED}
        JOIN enrolment e ON e.member_id = h.member_id AND e.journey_id = h.journey_id AND e.state = 'finished'
         AND e.version = h.version AND h.why = 'goal' AND e.goal_at IS NULL AND e.entered_at < h.at AND h.at <= e.goal_until
         AND (h.within IS NULL OR h.at <= e.entered_at + h.within * interval '1 second')
        ORDER BY e.id, h.at) AS g
    WHERE e.id = g.id AND e.goal_at IS NULL RETURNING e.id
""")
_REHOME = text("""
    WITH pair AS (SELECT * FROM unnest(CAST(:losers AS bigint[]), CAST(:winners AS bigint[])) AS p(loser, winner)),
    chosen AS (
        SELECT DISTINCT ON (e.journey_id, p.winner, e.key) e.id, p.winner FROM pair p
        JOIN enrolment e ON e.member_id = p.loser AND e.state = 'active'
        WHERE NOT EXISTS (SELECT 1 FROM enrolment o WHERE o.member_id = p.winner AND o.journey_id = e.journey_id
                          AND o.key = e.key AND o.state = 'active')
        ORDER BY e.journey_id, p.winner, e.key, e.id),
    numbered AS (
        SELECT c.id, c.winner, row_number() OVER (PARTITION BY e.journey_id, c.winner ORDER BY c.id)
            + COALESCE((SELECT max(o.entry) FROM enrolment o
                        WHERE o.journey_id = e.journey_id AND o.member_id = c.winner), 0) AS entry
        FROM chosen c JOIN enrolment e ON e.id = c.id)
    UPDATE enrolment e SET merged_from = e.merged_from || e.member_id, member_id = n.winner, entry = n.entry FROM numbered n WHERE e.id = n.id AND e.state = 'active'
""")
_GIVE_BACK = text("""
    WITH pair AS (SELECT * FROM unnest(CAST(:losers AS bigint[]), CAST(:winners AS bigint[])) AS p(loser, winner)),
    numbered AS (
        SELECT e.id, p.loser, row_number() OVER (PARTITION BY e.journey_id, p.loser ORDER BY e.id)
            + COALESCE((SELECT max(o.entry) FROM enrolment o
                        WHERE o.journey_id = e.journey_id AND o.member_id = p.loser), 0) AS entry
        FROM pair p JOIN enrolment e ON e.member_id = p.winner AND e.merged_from[cardinality(e.merged_from)] = p.loser
        WHERE e.state <> 'active' OR NOT EXISTS (
            SELECT 1 FROM enrolment o WHERE o.member_id = p.loser AND o.journey_id = e.journey_id AND o.key = e.key
              AND o.state = 'active'))
    UPDATE enrolment e SET member_id = n.loser, entry = n.entry, merged_from = trim_array(e.merged_from, 1)
    FROM numbered n WHERE e.id = n.id
""")
_OPEN_OF = text("SELECT id FROM enrolment WHERE member_id = ANY(CAST(:members AS bigint[])) AND state = 'active'")


@dataclass(frozen=True)
class _Match:
    subscription: Subscription
    member_id: int
    at: datetime
    fen: int | None


async def consume(tx: Tx, batch: Sequence[FactRecord], now: datetime) -> None:
    """Take in a batch of facts, in the transaction that moves the reader's cursor."""
    await _merges_and_erasures(tx, batch, now)
    names = {fact.name for fact in batch}
    subscriptions, triggers = await tick_queries.subscriptions(tx, names, now), await tick_queries.triggers(tx, names)
    if not subscriptions and not triggers:
        return
    members = await _winners(tx, batch)
    waking, leaving = _matches_of(batch, subscriptions, members)
    coming = _newcomers(batch, triggers, members)
    # whoever holds runs holds their journey first: a journey that is being ended or moved would else wait crosswise
    await tick_queries.lock_shared(tx, {match.subscription.journey_id for match in (*waking, *leaving)} | coming.keys())
    if waking:
        await tx.execute(_WAKE, {**_columns(waking), "now": now})
    if leaving:
        columns = _columns(leaving)
        rows = (await tx.execute(_LEAVING, columns)).all()
        goals = {row.id: ReachedGoal(row.at, row.fen) for row in rows}
        await exit_runs(tx, {row.id: row.why for row in rows}, now, goals)
        await record_goals(tx, (await tx.scalars(_REACHED_AFTERWARDS, columns)).all(), now)
    held = await held_workspaces(tx) if coming else set()
    for journey_id, who in sorted(coming.items()):
        journey = await search.live_or_none(tx, journey_id)
        if journey is not None and journey.workspace_id in held:
            await hold_entries(tx, journey_id, list(who), now)
        elif journey is not None:
            await enrol_candidates(tx, journey, list(who), now)


def _matches_of(
    batch: Sequence[FactRecord], subscriptions: tick_queries.Subscriptions, members: Mapping[int, int]
) -> tuple[list[_Match], list[_Match]]:
    """Who may be woken, and who may have to leave."""
    waking: list[_Match] = []
    leaving: list[_Match] = []
    for fact in batch:
        for subscription in subscriptions.get((fact.workspace_id, fact.name), ()) if fact.member_id is not None else ():
            if subscription.test.matches(fact.name, fact.props, fact.occurred_at):
                fen = fact.props.get("amount")
                match = _Match(subscription, members[fact.member_id or 0], fact.occurred_at, fen)
                (waking if subscription.why is None else leaving).append(match)
    return waking, leaving


def _newcomers(
    batch: Sequence[FactRecord], triggers: tick_queries.Triggers, members: Mapping[int, int]
) -> dict[int, dict[tuple[int, str], None]]:
    """By journey, the (member, key) that its trigger lets in, in the order of their facts."""
    coming: dict[int, dict[tuple[int, str], None]] = defaultdict(dict)
    for fact in batch:
        for trigger in triggers.get((fact.workspace_id, fact.name), ()):
            admits = timely(trigger.trigger, fact.props, fact.occurred_at, fact.recorded_at, trigger.since)
            if fact.member_id is not None and admits:
                key = trigger.trigger.key_of(fact.props)
                coming[trigger.journey_id][(members[fact.member_id], key)] = None
    return coming


def _columns(matched: Sequence[_Match]) -> dict[str, list[object]]:
    return {
        "journeys": [match.subscription.journey_id for match in matched],
        "versions": [match.subscription.version for match in matched],
        "nodes": [match.subscription.node for match in matched],
        "members": [match.member_id for match in matched],
        "ats": [match.at for match in matched],
        "withins": [match.subscription.within for match in matched],
        "whys": [match.subscription.why for match in matched],
        "fens": [match.fen for match in matched],
    }


async def _winners(tx: Tx, batch: Sequence[FactRecord]) -> dict[int, int]:
    """A fact keeps the member it was recorded with; journeys know the winner of a merge."""
    ids = sorted({fact.member_id for fact in batch if fact.member_id is not None})
    canonical = await contacts.canonical(tx, ids)
    return {member: canonical.get(member, member) for member in ids}


async def _merges_and_erasures(tx: Tx, batch: Sequence[FactRecord], now: datetime) -> None:
    """The loser's open runs go on as the winner's, unless the winner has one, and go back when the merge is undone; an erased
    member leaves everything."""
    moves = [fact for fact in batch if fact.name in (MERGED, UNMERGED)]
    erased = [fact.member_id for fact in batch if fact.name == ERASED and fact.member_id is not None]
    if not moves and not erased:
        return
    touched = {int(fact.props["other_id"]) for fact in moves} | {fact.member_id or 0 for fact in moves} | set(erased)
    await tick_queries.lock_shared(tx, await tick_queries.journeys_of(tx, sorted(touched)))
    # in their order: a merge may be undone and made again in one batch
    for name, facts in groupby(moves, key=attrgetter("name")):
        pairs = {fact.props["other_id"]: fact.member_id for fact in facts}
        params = {"losers": list(pairs), "winners": list(pairs.values())}
        if name == UNMERGED:
            await tx.execute(_GIVE_BACK, params)
            continue
        await tx.execute(_REHOME, params)
        left_over = (await tx.scalars(_OPEN_OF, {"members": list(pairs)})).all()
        await exit_runs(tx, dict.fromkeys(left_over, "merged"), now)
    if erased:
        await exit_runs(tx, dict.fromkeys((await tx.scalars(_OPEN_OF, {"members": erased})).all(), "erased"), now)
