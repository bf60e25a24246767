"""Drawing a journey and its life: draft, live, paused, ended."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import orjson
from sqlalchemy import delete, select, text

from siyu.channels.messages import queries as message_queries
from siyu.channels.messages.actions import holds
from siyu.journeys.enrolments.actions.enrolment import cancel_intakes, request_intake
from siyu.journeys.enrolments.actions.exits import Place, count, drain
from siyu.journeys.graph.check import GRAPH_BYTES_MAX, check
from siyu.journeys.graph.references import GraphNames
from siyu.journeys.graph.structure import parse_trigger
from siyu.journeys.models import Enrolment, Journey, JourneyTrigger, JourneyVersion
from siyu.journeys.queries import audiences, counts, search
from siyu.journeys.refusals import JourneyNameTaken, NotPublished, StepsGone, WrongState
from siyu.journeys.steps import queries as references
from siyu.journeys.steps.step import LEFT, References, Step, StepKind, source_of
from siyu.kit.db import Tx
from siyu.kit.errors import Fault, Invalid, NotFound, check_expected
from siyu.platform.actions import audit
from siyu.platform.queries import Caller
from siyu.platform.uses.actions import forget_name, hold_names, name_thing, new_key, refuse_if_used, state_uses
from siyu.platform.uses.rules import Thing, User

WaitingMessages = Literal["send", "cancel"]
"""What becomes of the messages that a journey planned and that have not gone out."""

JOURNEY = "journey"
"""What journeys are among the things that others refer to."""
BLANK: dict[str, Any] = {"trigger": {"kind": "manual"}, "start": "", "nodes": {}, "reentry": {"kind": "never"}}


async def create(tx: Tx, caller: Caller, name: str, graph: dict[str, Any] | None, now: datetime) -> Journey:
    """A new journey; its draft need not be right yet. Raises JourneyNameTaken, Invalid."""
    await hold_names(tx, caller.workspace_id)
    await _ensure_name_free(tx, caller, name)
    journey = Journey(
        workspace_id=caller.workspace_id,
        key=await new_key(tx, caller.workspace_id, JOURNEY, name),
        name=name,
        draft=await _kept(tx, caller, graph or BLANK),
        state="draft",
        created_by=caller.actor,
        created_at=now,
        changed_at=now,
    )
    tx.add(journey)
    await tx.flush()
    await _state_uses(tx, journey)
    await audit(tx, caller, "journey", "drawn", name, now)
    return journey


async def update(
    tx: Tx, caller: Caller, journey_id: int, name: str | None, graph: dict[str, Any] | None, now: datetime
) -> Journey:
    """Change name or draft; what is published stays. Raises NotFound, JourneyNameTaken, Invalid."""
    await hold_names(tx, caller.workspace_id)
    journey = await search.locked(tx, caller.workspace_id, journey_id)
    if journey.state == "ended":
        raise WrongState("The journey has ended", "旅程已结束")
    if name is not None and name != journey.name:
        await _ensure_name_free(tx, caller, name)
        journey.name = name
    if graph is not None:
        journey.draft = await _kept(tx, caller, graph)
    journey.changed_at = now
    await tx.flush()
    await _state_uses(tx, journey)
    await audit(tx, caller, "journey", "changed", journey.name, now)
    return journey


async def _kept(tx: Tx, caller: Caller, graph: dict[str, Any]) -> dict[str, Any]:
    """A draft as it is kept: what it names by identity."""
    if len(orjson.dumps(graph)) > GRAPH_BYTES_MAX:
        kilobytes = GRAPH_BYTES_MAX // 1024
        raise Invalid(errors=[Fault("graph", f"larger than {kilobytes} KB", f"超过 {kilobytes} KB")])
    return dict(GraphNames(*await references.named_things(tx, caller.workspace_id)).kept(graph))


async def _ensure_name_free(tx: Tx, caller: Caller, name: str) -> None:
    taken = select(Journey.id).where(Journey.workspace_id == caller.workspace_id, Journey.name == name)
    if await tx.scalar(taken) is not None:
        raise JourneyNameTaken()


async def discard(tx: Tx, caller: Caller, journey_id: int, now: datetime) -> None:
    """Throw away a journey that nobody ever entered; raises NotFound, WrongState, InUse naming who refers to it."""
    journey = await search.locked(tx, caller.workspace_id, journey_id)
    await refuse_if_used(tx, caller.workspace_id, [Thing(JOURNEY, journey.key)])
    if await tx.scalar(select(Enrolment.id).where(Enrolment.journey_id == journey_id).limit(1)) is not None:
        raise WrongState("Members have been through it; end it instead", "已有客户进入过，请改为结束旅程")
    await cancel_intakes(tx, journey_id)
    await tx.execute(delete(JourneyTrigger).where(JourneyTrigger.journey_id == journey_id))
    await _release_uses(tx, journey)
    await forget_name(tx, caller.workspace_id, Thing(JOURNEY, journey.key))
    await tx.execute(delete(JourneyVersion).where(JourneyVersion.journey_id == journey_id))
    await tx.delete(journey)
    await audit(tx, caller, "journey", "discarded", journey.name, now)


async def publish(
    tx: Tx, caller: Caller, journey_id: int, existing: References, now: datetime, expected: int | None = None
) -> Journey:
    """Freeze the draft as a version that new members enter; those on the way stay on theirs.

    Raises NotFound, WrongState, Invalid with every fault of the graph, and CountMoved when others than `expected` enter at once.
    """
    await hold_names(tx, caller.workspace_id)
    journey = await search.locked(tx, caller.workspace_id, journey_id)
    if journey.state == "ended":
        raise WrongState("The journey has ended", "旅程已结束")
    draft = await _kept(tx, caller, journey.draft)
    if draft != journey.draft:
        # what it named when it was saved has been made since
        journey.draft = draft
    faults = check(draft, existing)
    if faults:
        raise Invalid("The journey is not ready", "旅程还有问题需要修正", faults)
    check_expected(expected, await audiences.publish_reach(tx, journey) or 0)
    before = await tx.get(JourneyVersion, (journey_id, journey.version)) if journey.version else None
    if before is None or before.graph != journey.draft:
        journey.version = (journey.version or 0) + 1
        tx.add(
            JourneyVersion(
                journey_id=journey_id,
                version=journey.version,
                graph=journey.draft,
                published_by=caller.actor,
                published_at=now,
            )
        )
    same = before is not None and before.graph["trigger"] == journey.draft["trigger"]
    was_live, journey.state, journey.changed_at = journey.state == "live", "live", now
    await tx.flush()
    if not (same and was_live):
        await _subscribe(tx, journey, now)
    at_once = parse_trigger(journey.draft["trigger"]).admitted_at_once()
    if not same and at_once is not None:
        await request_intake(tx, journey, at_once, caller.actor, now)
    await _state_uses(tx, journey)
    await audit(tx, caller, "journey", "published", journey.name, now, {"version": journey.version})
    return journey


async def _state_uses(tx: Tx, journey: Journey) -> None:
    """State what it is called, and what its draft and its versions refer to, so that none is deleted or changed unseen."""
    await name_thing(tx, journey.workspace_id, Thing(JOURNEY, journey.key), journey.name)
    await state_uses(tx, journey.workspace_id, await search.things_used(tx, journey), _user(journey))


def _user(journey: Journey) -> User:
    return User(JOURNEY, str(journey.id), journey.name)


async def _release_uses(tx: Tx, journey: Journey) -> None:
    await state_uses(tx, journey.workspace_id, (), _user(journey))


async def _subscribe(tx: Tx, journey: Journey, now: datetime) -> None:
    """Listen from now on for the trigger of the current version."""
    await _unsubscribe(tx, journey.id)
    version = await tx.get(JourneyVersion, (journey.id, journey.version))
    assert version is not None
    config = version.graph["trigger"]
    trigger = parse_trigger(config)
    zone = await search.zone(tx, journey.workspace_id)
    tx.add(
        JourneyTrigger(
            journey_id=journey.id,
            workspace_id=journey.workspace_id,
            kind=config["kind"],
            fact=trigger.subscribes_to(),
            config=config,
            since=now,
            next_at=trigger.next_at(now, zone),
        )
    )
    await tx.flush()


async def _unsubscribe(tx: Tx, journey_id: int) -> None:
    await tx.execute(delete(JourneyTrigger).where(JourneyTrigger.journey_id == journey_id))


async def pause(tx: Tx, caller: Caller, journey_id: int, now: datetime) -> Journey:
    """Nobody enters, nobody moves and nothing it planned goes out until it is resumed; when this returns no tick is at it.

    Raises WrongState.
    """
    journey = await _from(tx, caller, journey_id, "live", "paused", now)
    await _unsubscribe(tx, journey_id)
    held = await holds.hold(tx, journey.workspace_id, source_of(journey_id), caller.actor, now)
    await audit(tx, caller, "journey", "paused", journey.name, now, {"messages": held})
    return journey


async def resume(
    tx: Tx, caller: Caller, journey_id: int, messages: WaitingMessages, now: datetime, expected: int | None = None
) -> Journey:
    """Go on; what became due meanwhile moves with the next tick, what triggered it meanwhile does not count. The messages
    that were held go out or are cancelled, as `messages` says. Raises WrongState, CountMoved when others than `expected` wait."""
    journey = await _from(tx, caller, journey_id, "paused", "live", now)
    await _check_waiting(tx, journey, expected, now)
    await _subscribe(tx, journey, now)
    number = await _release_messages(tx, caller, journey, messages, now)
    await audit(tx, caller, "journey", "resumed", journey.name, now, {"messages": number, "are": messages})
    return journey


async def _check_waiting(tx: Tx, journey: Journey, expected: int | None, now: datetime) -> None:
    if expected is not None:
        waiting = await message_queries.waiting(tx, journey.workspace_id, source_of(journey.id), now)
        check_expected(expected, waiting.queued + waiting.held)


async def _release_messages(tx: Tx, caller: Caller, journey: Journey, messages: WaitingMessages, now: datetime) -> int:
    source, number = source_of(journey.id), 0
    if messages == "cancel":
        number = await holds.end(tx, journey.workspace_id, source, caller.actor, now)
    return number + await holds.let_go(tx, journey.workspace_id, source, now)


async def _from(tx: Tx, caller: Caller, journey_id: int, state: str, to: str, now: datetime) -> Journey:
    journey = await search.locked(tx, caller.workspace_id, journey_id)
    if journey.state != state:
        raise WrongState()
    journey.state, journey.changed_at = to, now
    await tx.flush()
    return journey


async def end(
    tx: Tx, caller: Caller, journey_id: int, messages: WaitingMessages, now: datetime, expected: int | None = None
) -> Journey:
    """End it for good: everybody leaves, a first batch at once and the rest with the next ticks. What it planned and has not
    gone out is cancelled or still sent, as `messages` says. Raises WrongState, CountMoved when others than `expected` wait."""
    journey = await search.locked(tx, caller.workspace_id, journey_id)
    if journey.state not in ("live", "paused"):
        raise WrongState()
    await _check_waiting(tx, journey, expected, now)
    journey.state, journey.changed_at = "ended", now
    await tx.flush()
    await _unsubscribe(tx, journey_id)
    await cancel_intakes(tx, journey_id)
    await _release_uses(tx, journey)
    await drain(tx, journey_id, now)
    number = await _release_messages(tx, caller, journey, messages, now)
    await audit(tx, caller, "journey", "ended", journey.name, now, {"messages": number, "are": messages})
    return journey


@dataclass(frozen=True)
class MovedRuns:
    """How many open runs now follow the other version."""

    runs: int


_MOVE = text("""
    UPDATE enrolment SET version = :to_version, due_at = :now,
        happened_at = CASE WHEN node = ANY(CAST(:same AS text[])) THEN happened_at END
    WHERE journey_id = :journey_id AND version = :from_version AND state = 'active' RETURNING node
""")


async def move(tx: Tx, caller: Caller, journey_id: int, from_version: int, to_version: int, now: datetime) -> MovedRuns:
    """Put everybody who is on one version at the step of the same id in another; what they wait for is reckoned anew from
    when they came there. Raises NotFound, WrongState, and StepsGone with the steps that the other version lacks.
    """
    journey = await search.locked(tx, caller.workspace_id, journey_id)
    if journey.state not in ("live", "paused"):
        raise NotPublished()
    old, new = await search.raw_graphs(tx, journey_id, [from_version, to_version])
    if old is None or new is None or from_version == to_version:
        raise NotFound("There is no such version", "没有这个版本")
    standing = await counts.runs_by_step(tx, journey_id, from_version)
    faults = [
        Fault(f"nodes.{node}", f"{number} stand here", f"有 {number} 位客户停在这里", old["nodes"][node]["kind"])
        for node, number in sorted(standing.items())
        if new["nodes"].get(node, {}).get("kind") != old["nodes"][node]["kind"]
    ]
    if faults:
        raise StepsGone(errors=faults)
    graphs = await search.graphs(tx, journey_id, [from_version, to_version])
    before, after = graphs[from_version].steps, graphs[to_version].steps
    same = [node for node in before if _waits_alike(before[node], after.get(node))]
    params = {
        "journey_id": journey_id,
        "from_version": from_version,
        "to_version": to_version,
        "same": same,
        "now": now,
    }
    numbers: dict[Place, int] = {}
    nodes = (await tx.scalars(_MOVE, params)).all()
    for node in nodes:
        place = (journey_id, from_version, node, f"{LEFT}moved")
        numbers[place] = numbers.get(place, 0) + 1
    await count(tx, numbers)
    detail = {"from": from_version, "to": to_version, "runs": len(nodes)}
    await audit(tx, caller, "journey", "moved", journey.name, now, detail)
    return MovedRuns(len(nodes))


def _waits_alike(old: Step[StepKind], new: Step[StepKind] | None) -> bool:
    """Both wait for the same fact, or for none."""
    if new is None:
        return False
    first, second = old.settings.awaits(), new.settings.awaits()
    if first is None or second is None:
        return first is second
    return (first.fact, first.where or []) == (second.fact, second.where or [])
