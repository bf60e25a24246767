"""The tick: all due runs of a journey moved in sets, one transaction a batch.

A batch claims due runs, walks them step by step until every one waits or has ended, and writes each run once. Whatever the
steps do in other rooms is in the same transaction, so a crash takes back all of it or nothing.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import text

from siyu.facts.lake.connection import Lake
from siyu.journeys.enrolments.actions.exits import Place, count, record_ends, record_held_out
from siyu.journeys.enrolments.queries import NOT_SET_ASIDE
from siyu.journeys.graph.structure import Graph
from siyu.journeys.queries import search
from siyu.journeys.steps.step import LEFT, Run, RunGroup, StepContext, StepKind
from siyu.kit.db import Tx
from siyu.platform.queries import HELD_WORKSPACES

TICK_ROWS_MAX = 10_000
"""Runs in one batch."""
WAVES_MAX = 64
"""Steps one run may pass in one batch; a longer way goes on in the next."""

_CLAIM = text(f"""
    SELECT e.id, e.member_id, e.entry, e.version, e.node, e.entered_at, e.arrived_at, COALESCE(m.zone, :zone) AS zone,
           e.happened_at, NULLIF(e.laps, '{{}}') AS loop_counts, m.erased_at IS NOT NULL AS erased
    FROM enrolment e JOIN member m ON m.id = e.member_id
    WHERE e.journey_id = :journey_id AND e.state = 'active' AND e.due_at <= :now
      AND e.workspace_id NOT IN {HELD_WORKSPACES} AND {NOT_SET_ASIDE}
      AND (CAST(:only AS bigint[]) IS NULL OR e.id = ANY(CAST(:only AS bigint[])))
    ORDER BY e.due_at LIMIT :rows FOR UPDATE OF e SKIP LOCKED
""")
_STAY = text("""
    UPDATE enrolment e SET node = g.node, arrived_at = g.arrived_at, due_at = g.due_at, happened_at = g.happened_at
    FROM unnest(CAST(:ids AS bigint[]), CAST(:places AS int[])) AS u(id, place)
    JOIN unnest(CAST(:nodes AS text[]), CAST(:arrived AS timestamptz[]), CAST(:due AS timestamptz[]),
                CAST(:happened AS timestamptz[])) WITH ORDINALITY AS g(node, arrived_at, due_at, happened_at, place)
      ON g.place = u.place
    WHERE e.id = u.id
""")
_LOOP_COUNTS = text("""
    UPDATE enrolment e SET laps = u.laps
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS u(id bigint, laps jsonb) WHERE e.id = u.id
""")
_END = text("""
    UPDATE enrolment e SET node = g.node, arrived_at = g.arrived_at, state = g.state, ended_at = :now, ended_why = g.why,
        goal_until = g.goal_until
    FROM unnest(CAST(:ids AS bigint[]), CAST(:places AS int[])) AS u(id, place)
    JOIN unnest(CAST(:nodes AS text[]), CAST(:arrived AS timestamptz[]), CAST(:states AS text[]), CAST(:whys AS text[]),
                CAST(:goals AS timestamptz[]))
      WITH ORDINALITY AS g(node, arrived_at, state, why, goal_until, place) ON g.place = u.place
    WHERE e.id = u.id
""")


@dataclass
class TickResult:
    """One batch: runs claimed, steps passed, and whether some wait for the lake to learn what this batch did."""

    claimed: int = 0
    steps: int = 0
    parked: int = 0


@dataclass
class _Batch:
    context: StepContext
    graphs: dict[int, Graph]
    result: TickResult
    numbers: dict[Place, int] = field(default_factory=lambda: defaultdict(int))
    staying: list[tuple[Run, datetime]] = field(default_factory=list)
    ended: list[tuple[Run, str, str]] = field(default_factory=list)
    looped: dict[int, Run] = field(default_factory=dict)
    held_out: dict[int, str] = field(default_factory=dict)

    def goal_until(self, run: Run, state: str) -> datetime | None:
        """How long the goal of a run that ends now still counts; one that leaves early has lost it."""
        goal = self.graphs[run.version].goal
        return self.context.now + goal.counts_after if goal is not None and state == "finished" else None

    def passed(self, version: int, node: str, exit: str, number: int) -> None:
        self.numbers[(self.context.journey_id, version, node, exit)] += number
        self.result.steps += number

    def leave(self, runs: Iterable[Run], why: str) -> None:
        for run in runs:
            self.ended.append((run, "exited", why))
            self.numbers[(self.context.journey_id, run.version, run.node, LEFT + why)] += 1


async def move_batch(
    tx: Tx,
    lake: Lake,
    journey_id: int,
    now: datetime,
    rows_max: int = TICK_ROWS_MAX,
    only: Sequence[int] | None = None,
) -> TickResult:
    """Move the next batch of due runs of a live journey, of those in `only` if given; two ticks at once share the runs between
    them.

    The lake must know all facts from before `now` that branches ask about (see jobs.tick).
    """
    journey = await search.live_or_none(tx, journey_id)
    if journey is None:
        return TickResult()
    zone = await search.zone(tx, journey.workspace_id)
    context = StepContext(tx, lake, journey.workspace_id, zone, journey.id, journey.name, now)
    params = {"journey_id": journey_id, "now": now, "zone": zone, "rows": rows_max}
    params["only"] = None if only is None else list(only)
    rows = (await tx.execute(_CLAIM, params)).all()
    if not rows:
        return TickResult()
    graphs = await search.graphs(tx, journey_id, {row.version for row in rows})
    batch = _Batch(context, graphs, TickResult(len(rows)))
    moving = await _leave_early(batch, [(Run(*row[:-1]), row[-1]) for row in rows])
    for wave in range(WAVES_MAX):
        if not moving:
            break
        moving = await _wave(batch, moving, fresh=wave == 0)
    batch.staying += [(run, now) for run in moving]
    await _save(batch)
    return batch.result


async def _leave_early(batch: _Batch, claimed: Sequence[tuple[Run, bool]]) -> list[Run]:
    """Erased members, and those in the tree of an exit condition, leave before they move."""
    staying: list[Run] = []
    batch.leave((run for run, erased in claimed if erased), "erased")
    for version, group in _by_version(run for run, erased in claimed if not erased).items():
        for exit in batch.graphs[version].exits:
            if exit.tree is not None and group:
                inside = await batch.context.members_in(exit.tree, group)
                batch.leave((run for run in group if run.member_id in inside), "condition")
                group = [run for run in group if run.member_id not in inside]
        staying += group
    return staying


def _by_version(runs: Iterable[Run]) -> dict[int, list[Run]]:
    groups: dict[int, list[Run]] = defaultdict(list)
    for run in runs:
        groups[run.version].append(run)
    return groups


async def _wave(batch: _Batch, runs: Sequence[Run], *, fresh: bool) -> list[Run]:
    """Pass every run through the step it stands at, kind by kind; returns those that came to a further step."""
    places: dict[tuple[int, str], list[Run]] = defaultdict(list)
    for run in runs:
        places[(run.version, run.node)].append(run)
    kinds: dict[type[StepKind], list[RunGroup[StepKind]]] = defaultdict(list)
    for (version, node), standing in places.items():
        graph = batch.graphs[version]
        step = graph.steps[node]
        if not fresh and step.settings.needs_fresh_lake:
            batch.staying += [(run, batch.context.now) for run in standing]
            batch.result.parked += len(standing)
        else:
            kinds[type(step.settings)].append(RunGroup(version, step, standing, node in graph.in_loop))
    arrived: list[Run] = []
    for kind, groups in kinds.items():
        answers = await kind.apply(batch.context, groups)
        for group, answer in zip(groups, answers, strict=True):
            outcome = group.step.decide(group.runs, answer, batch.context.now)
            batch.staying += outcome.staying
            batch.ended += [(run, "finished", outcome.why) for run in outcome.ended]
            if outcome.ended:
                batch.passed(group.version, group.step.id, kind.kind, len(outcome.ended))
            for exit, leaving in outcome.left.items():
                if exit in group.step.settings.holdout_exits():
                    batch.held_out |= dict.fromkeys((run.id for run in leaving), exit)
                arrived += _move(batch, group, exit, leaving)
    return arrived


def _move(batch: _Batch, group: RunGroup[StepKind], exit: str, runs: list[Run]) -> list[Run]:
    batch.passed(group.version, group.step.id, exit, len(runs))
    target, now = group.step.next[exit], batch.context.now
    for run in runs:
        if group.in_loop:
            run.count_loop()
            batch.looped[run.id] = run
        run.node, run.arrived_at, run.happened_at = target, now, None
    return runs


async def _save(batch: _Batch) -> None:
    """Write each run once, then the facts, then the counts: rows that all ticks share are locked last and shortly."""
    tx, now = batch.context.tx, batch.context.now
    if batch.staying:
        where = [((run.node, run.arrived_at, due, run.happened_at), run.id) for run, due in batch.staying]
        await tx.execute(_STAY, _gathered(where, ("nodes", "arrived", "due", "happened")))
    if batch.looped:
        rows = [{"id": run.id, "laps": run.loop_counts} for run in batch.looped.values()]
        await tx.execute(_LOOP_COUNTS, {"rows": orjson.dumps(rows).decode()})
    if batch.ended:
        ends = [
            ((run.node, run.arrived_at, state, why, batch.goal_until(run, state)), run.id)
            for run, state, why in batch.ended
        ]
        await tx.execute(_END, {**_gathered(ends, ("nodes", "arrived", "states", "whys", "goals")), "now": now})
        await record_ends(tx, [run.id for run, _, _ in batch.ended], now)
    await record_held_out(tx, batch.held_out, now)
    await count(tx, batch.numbers)


def _gathered(rows: Iterable[tuple[tuple[Any, ...], int]], names: Sequence[str]) -> dict[str, Any]:
    """(what is to be written, run) as few distinct values and one number a run: most runs of a batch go the same way."""
    places: dict[tuple[Any, ...], int] = {}
    ids: list[str] = []
    numbers: list[str] = []
    for values, run_id in rows:
        ids.append(str(run_id))
        numbers.append(str(places.setdefault(values, len(places) + 1)))
    columns = dict(zip(names, (list(column) for column in zip(*places, strict=True)), strict=True))
    # arrays of numbers are written as text here: a driver that adapts them one by one takes longer than the statement
    return {"ids": f"{{{','.join(ids)}}}", "places": f"{{{','.join(numbers)}}}"} | columns
