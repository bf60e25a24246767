"""The tick moves everybody who is due, in sets, once."""

import asyncio
import time
from datetime import timedelta

import httpx
import pytest
from sqlalchemy import text

from siyu.channels.catalogue import ADAPTERS
from siyu.contacts.merges import actions as contacts
from siyu.facts.catalogue.commerce import CouponRedeemed
from siyu.facts.catalogue.contacts import ConsentWithdrawn, Tagged
from siyu.facts.log.subscribers import consume_new
from siyu.journeys import jobs
from siyu.journeys.actions import authoring
from siyu.journeys.enrolments.actions import tick
from siyu.journeys.queries import counts, search
from siyu.journeys.steps.step import References
from tests.rooms.journeys.world import enrol, furnish, graph, live, places, round_at, rows, send, tag, wait, wait_until
from tests.world import NOON, Shop

KNOWN = References(
    templates={"你好": "webhook"},
    audiences=frozenset({"a"}),
    tags={"甲": None, "乙": None},
    channels=frozenset(ADAPTERS),
)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


async def test_members_walk_step_by_step(shop: Shop) -> None:
    await furnish(shop, "甲")
    ids = await shop.members(30, opted_in="webhook")
    journey = await live(shop, graph(n1=send("n2"), n2=wait(3_600, "n3"), n3=tag("甲", "n4"), n4=send()), KNOWN)
    assert await enrol(shop, journey, ids) == 30
    await round_at(shop, NOON)
    assert await places(shop, journey) == {"n2": 30}
    await round_at(shop, NOON + HOUR - timedelta(seconds=1))
    assert await places(shop, journey) == {"n2": 30}
    await round_at(shop, NOON + HOUR)
    assert await places(shop, journey) == {"finished:完成": 30}
    assert await rows(
        shop, "SELECT origin->>'step', count(*), count(DISTINCT member_id) FROM message GROUP BY 1 ORDER BY 1"
    ) == [
        ("n1", 30, 30),
        ("n4", 30, 30),
    ]
    assert await rows(shop, "SELECT count(*) FROM member_tag") == [(30,)]
    assert await rows(shop, "SELECT name, count(*) FROM fact WHERE name LIKE 'journey%' GROUP BY 1 ORDER BY 1") == [
        ("journey_entered", 30),
        ("journey_exited", 30),
    ]
    async with shop.db.transaction() as tx:
        numbers = await counts.step_counts(tx, journey.id, 1)
    assert {node: (figures.waiting, figures.passed, figures.exits) for node, figures in numbers.items()} == {
        "n1": (0, 30, {"sent": 30}),
        "n2": (0, 30, {"done": 30}),
        "n3": (0, 30, {"done": 30}),
        "n4": (0, 30, {"sent": 30}),
        "end": (0, 30, {"exit": 30}),
    }


async def test_what_happens_after_arrival_wakes_those_who_wait(shop: Shop) -> None:
    await furnish(shop, "甲", "乙")
    early, late, other, small = await shop.members(4, opted_in="webhook")
    big = [{"prop": "amount", ">=": 5_000}]
    drawn = graph(n1=wait_until("order_paid", 86_400, "n2", "n3", where=big), n2=tag("甲"), n3=tag("乙"))
    journey = await live(shop, drawn, KNOWN)
    await shop.paid((early, NOON - HOUR))
    await enrol(shop, journey, [early, late, other, small])
    await round_at(shop, NOON)
    await shop.paid((late, NOON + HOUR))
    await shop.paid((small, NOON + HOUR), amount=100)
    await shop.happen((other, NOON + HOUR, CouponRedeemed(coupon="c")))
    await round_at(shop, NOON + HOUR + timedelta(seconds=1))
    assert await places(shop, journey) == {"n1": 3, "finished:完成": 1}
    await round_at(shop, NOON + DAY)
    assert await places(shop, journey) == {"finished:完成": 4}
    tagged = await rows(shop, "SELECT t.name, m.member_id FROM member_tag m JOIN tag t ON t.id = m.tag_id ORDER BY 2")
    assert {member: name for name, member in tagged} == {early: "乙", late: "甲", other: "乙", small: "乙"}


async def test_a_fact_inside_the_time_counts_although_the_tick_is_late(shop: Shop) -> None:
    await furnish(shop)
    inside, outside = await shop.members(2, opted_in="webhook")
    drawn = graph(n1=wait_until("order_paid", 3_600, "n2", "end"), n2=wait(86_400))
    journey = await live(shop, drawn, KNOWN)
    await enrol(shop, journey, [inside, outside])
    await round_at(shop, NOON)
    await shop.paid((inside, NOON + HOUR))
    await shop.paid((outside, NOON + HOUR + timedelta(seconds=1)))
    await round_at(shop, NOON + 2 * HOUR)
    assert await places(shop, journey) == {"n2": 1, "finished:完成": 1}


async def test_what_no_reader_has_read_yet_still_counts_before_patience_ends(shop: Shop) -> None:
    """A long transaction elsewhere holds all readers back; a reminder must not go to somebody who has just bought."""
    await furnish(shop)
    bought, idle = await shop.members(2, opted_in="webhook")
    journey = await live(shop, graph(n1=wait_until("order_paid", 3_600, "n2", "end"), n2=wait(86_400)), KNOWN)
    await enrol(shop, journey, [bought, idle])
    await round_at(shop, NOON)
    async with shop.db.transaction() as slow:
        await slow.execute(text("SELECT pg_current_xact_id()"))
        await shop.paid((bought, NOON + HOUR / 2))
        assert await consume_new(shop.db, jobs.TRIGGERS, NOON + HOUR) == 0
        await jobs.tick(shop.db, shop.lake, NOON + HOUR)
    assert await places(shop, journey) == {"n2": 1, "finished:完成": 1}


async def test_goal_and_exit_conditions_end_runs_at_once(shop: Shop) -> None:
    await furnish(shop)
    goal, late, out, elsewhere, stays = await shop.members(5, opted_in="webhook")
    drawn = graph(n1=wait(30 * 86_400)) | {
        "goal": {"fact": "order_paid", "where": [{"prop": "amount", ">": 5_000}], "within": 86_400},
        "exits": [{"fact": "consent_withdrawn", "where": [{"prop": "channel", "is": "webhook"}]}],
    }
    journey = await live(shop, drawn, KNOWN)
    await enrol(shop, journey, [goal, late, out, elsewhere, stays])
    await round_at(shop, NOON)
    await shop.paid((goal, NOON + HOUR))
    await shop.paid((late, NOON + DAY + HOUR))
    await shop.paid((stays, NOON + HOUR), amount=10)
    await shop.happen((out, NOON + HOUR, ConsentWithdrawn(channel="webhook", source="test")))
    await shop.happen((elsewhere, NOON + HOUR, ConsentWithdrawn(channel="wecom", source="test")))
    await round_at(shop, NOON + 2 * DAY)
    assert await places(shop, journey) == {"finished:goal": 1, "exited:condition": 1, "n1": 3}
    assert await rows(shop, "SELECT member_id FROM fact WHERE name = 'journey_goal_reached'") == [(goal,)]
    async with shop.db.transaction() as tx:
        numbers = await counts.step_counts(tx, journey.id, 1)
    assert (numbers["n1"].waiting, numbers["n1"].passed, numbers["n1"].left) == (3, 0, {"condition": 1, "goal": 1})


async def test_two_ticks_at_once_share_the_runs(shop: Shop) -> None:
    await furnish(shop, "甲")
    ids = await shop.members(400, opted_in="webhook")
    journey = await live(shop, graph(n1=tag("甲", "n2"), n2=send("n3"), n3=wait(3_600)), KNOWN)
    await enrol(shop, journey, ids)

    async def some() -> int:
        moved = 0
        while True:
            async with shop.db.transaction() as tx:
                ticked = await tick.move_batch(tx, shop.lake, journey.id, NOON, rows_max=40)
                await asyncio.sleep(0.01)
            moved += ticked.claimed
            if ticked.claimed == 0:
                return moved

    moved = await asyncio.gather(some(), some(), some())
    assert sum(moved) == 400
    assert sum(1 for count in moved if count) >= 2
    assert await places(shop, journey) == {"n3": 400}
    assert await rows(shop, "SELECT count(*), count(DISTINCT member_id) FROM message") == [(400, 400)]
    assert await rows(shop, "SELECT node, exit, passed FROM step_count ORDER BY node") == [
        ("n1", "done", 400),
        ("n2", "sent", 400),
    ]


async def test_a_loop_sends_each_lap_once(shop: Shop) -> None:
    await furnish(shop)
    [member] = await shop.members(1, opted_in="webhook")
    journey = await live(
        shop,
        graph(n1=send("n2"), n2=wait(86_400, "n1")) | {"nodes": {"n1": send("n2"), "n2": wait(86_400, "n1")}},
        KNOWN,
    )
    await enrol(shop, journey, [member])
    for day in range(4):
        await round_at(shop, NOON + day * DAY)
        await round_at(shop, NOON + day * DAY)
    assert await rows(shop, "SELECT count(*), count(DISTINCT intent_key) FROM message") == [(4, 4)]


async def test_a_paused_journey_stands_still_and_goes_on(shop: Shop) -> None:
    await furnish(shop)
    ids = await shop.members(3, opted_in="webhook")
    journey = await live(
        shop, graph(n1=wait(3_600, "n2"), n2=wait_until("order_paid", 7_200, "end", "n3"), n3=wait(60)), KNOWN
    )
    await enrol(shop, journey, ids)
    await round_at(shop, NOON)
    async with shop.db.transaction() as tx:
        await authoring.pause(tx, shop.caller, journey.id, NOON)
    await round_at(shop, NOON + DAY)
    assert await places(shop, journey) == {"n1": 3}
    async with shop.db.transaction() as tx:
        await authoring.resume(tx, shop.caller, journey.id, "send", NOON + DAY)
    await round_at(shop, NOON + DAY)
    assert await places(shop, journey) == {"n2": 3}


async def test_an_ended_journey_lets_everybody_go(shop: Shop) -> None:
    await furnish(shop)
    ids = await shop.members(5, opted_in="webhook")
    journey = await live(shop, graph(n1=wait(3_600)), KNOWN)
    await enrol(shop, journey, ids)
    async with shop.db.transaction() as tx:
        await authoring.end(tx, shop.caller, journey.id, "cancel", NOON)
    await round_at(shop, NOON)
    assert await places(shop, journey) == {"exited:ended": 5}


async def test_a_journey_in_trouble_does_not_hold_up_the_others(shop: Shop) -> None:
    await furnish(shop)
    ids = await shop.members(2, opted_in="webhook")
    broken = await live(shop, graph(n1=wait(60)), KNOWN, "甲")
    well = await live(shop, graph(n1=wait(60)), KNOWN, "乙")
    await enrol(shop, broken, ids)
    await enrol(shop, well, ids)
    async with shop.db.transaction() as tx:
        version = (await search.versions(tx, broken.id))[0][0]
        version.graph = version.graph | {"nodes": {"n1": {"kind": "wait", "seconds": None, "next": {}}}}
    with pytest.raises(AssertionError, match="a wait has one or the other"):
        await jobs.tick(shop.db, shop.lake, NOON)
    assert (
        await rows(shop, "SELECT due_at > :now FROM enrolment WHERE journey_id = :id", id=well.id, now=NOON)
        == [(True,)] * 2
    )


async def test_a_run_that_no_step_can_work_on_is_set_aside_alone_and_tried_again(
    shop: Shop, client: httpx.AsyncClient
) -> None:
    await furnish(shop)
    ids = await shop.members(30)
    journey = await live(shop, graph(n1=wait(60, "n2"), n2=wait(60)), KNOWN)
    await enrol(shop, journey, ids)
    async with shop.db.transaction() as tx:
        await tx.execute(
            text("""
                CREATE FUNCTION poison() RETURNS trigger LANGUAGE plpgsql AS
                'BEGIN IF NEW.node = ''n2'' THEN RAISE EXCEPTION ''poison''; END IF; RETURN NEW; END'
            """)
        )
        await tx.execute(
            text(
                f"CREATE TRIGGER poison BEFORE UPDATE ON enrolment FOR EACH ROW WHEN (NEW.member_id = {ids[7]}) "
                "EXECUTE FUNCTION poison()"
            )
        )
    await jobs.tick(shop.db, shop.lake, NOON)
    await jobs.tick(shop.db, shop.lake, NOON + HOUR)
    assert await places(shop, journey) == {"n2": 29, "n1": 1}
    (item,) = (await client.get("/api/v1/operation/quarantine")).json()["items"]
    assert (item["source"], item["reader"], item["retryable"]) == ("enrolment", "journeys", True)
    await jobs.tick(shop.db, shop.lake, NOON + HOUR + timedelta(seconds=1))
    async with shop.db.transaction() as tx:
        await tx.execute(text("DROP TRIGGER poison ON enrolment"))
    assert (await client.post("/api/v1/operation/quarantine/retry", json={"ids": [item["id"]]})).json()["count"] == 1
    await jobs.tick(shop.db, shop.lake, NOON + 2 * HOUR)
    assert await places(shop, journey) == {"finished:完成": 29, "n2": 1}
    assert (await client.get("/api/v1/operation/quarantine")).json()["total"] == 0


async def test_a_schedule_that_cannot_be_read_stops_neither_the_others_nor_the_tick(
    shop: Shop, client: httpx.AsyncClient
) -> None:
    await furnish(shop)
    (member,) = await shop.members(1)
    tree = {"profile": {"field": "created_at", "exists": True}}
    await client.post("/api/v1/audiences", json={"name": "a", "label": "a", "tree": tree})
    moving = await live(shop, graph(n1=wait(60)), KNOWN, "走")
    await enrol(shop, moving, [member])
    daily = {"kind": "schedule", "audience": "a", "at": "09:00"}
    broken, well = [await live(shop, graph(daily, n1=wait(60)), KNOWN, name) for name in ("坏", "好")]
    async with shop.db.transaction() as tx:
        await tx.execute(
            text("UPDATE journey_trigger SET next_at = :now WHERE journey_id = ANY(:ids)"),
            {"now": NOON, "ids": [broken.id, well.id]},
        )
        await tx.execute(
            text('UPDATE journey_trigger SET config = \'{"kind": "gone"}\' WHERE journey_id = :id'), {"id": broken.id}
        )
    with pytest.raises(KeyError):
        await jobs.tick(shop.db, shop.lake, NOON)
    assert await rows(
        shop, "SELECT next_at > :now FROM journey_trigger WHERE journey_id = :id", now=NOON, id=well.id
    ) == [(True,)]
    assert await rows(shop, "SELECT due_at > :now FROM enrolment WHERE journey_id = :id", now=NOON, id=moving.id) == [
        (True,)
    ]


async def test_a_trigger_that_cannot_be_read_holds_up_no_other(shop: Shop) -> None:
    await furnish(shop, "甲")
    (member,) = await shop.members(1)
    tagged = {"kind": "fact", "fact": "tagged"}
    broken, well = [await live(shop, graph(tagged, n1=wait(60)), KNOWN, name) for name in ("坏", "好")]
    async with shop.db.transaction() as tx:
        await tx.execute(
            text('UPDATE journey_trigger SET config = \'{"kind": "gone"}\' WHERE journey_id = :id'), {"id": broken.id}
        )
    await shop.happen((member, NOON, Tagged(tag="甲", source="test")))
    await consume_new(shop.db, jobs.TRIGGERS, NOON)
    assert await rows(shop, "SELECT journey_id FROM enrolment") == [(well.id,)]
    assert await rows(shop, "SELECT count(*) FROM quarantined_item") == [(0,)]


async def test_a_merged_member_goes_on_as_the_winner(shop: Shop) -> None:
    await furnish(shop)
    winner, loser, both, double = await shop.members(4, opted_in="webhook")
    journey = await live(shop, graph(n1=wait_until("order_paid", 86_400, "end", "n2"), n2=wait(60)), KNOWN)
    await enrol(shop, journey, [loser, both, double])
    await round_at(shop, NOON)
    async with shop.db.transaction() as tx:
        await contacts.merge(tx, shop.workspace_id, winner, loser, "同一人", actor="user:1", now=NOON)
        await contacts.merge(tx, shop.workspace_id, both, double, "同一人", actor="user:1", now=NOON)
    await consume_new(shop.db, jobs.TRIGGERS, NOON)
    open_runs = await rows(shop, "SELECT member_id FROM enrolment WHERE state = 'active' ORDER BY 1")
    assert open_runs == [(winner,), (both,)]
    await shop.paid((winner, NOON + HOUR))
    await round_at(shop, NOON + HOUR + timedelta(seconds=1))
    assert await places(shop, journey) == {"finished:完成": 1, "n1": 1, "exited:merged": 1}


async def test_what_a_merged_member_has_been_through_counts_and_goes_back_when_the_merge_is_undone(shop: Shop) -> None:
    await furnish(shop)
    winner, loser, walker, again = await shop.members(4, opted_in="webhook")
    journey = await live(shop, graph(n1=wait_until("order_paid", 86_400, "end", "end")), KNOWN)
    await enrol(shop, journey, [walker])
    await round_at(shop, NOON)
    await shop.paid((walker, NOON + HOUR))
    await round_at(shop, NOON + HOUR)
    await enrol(shop, journey, [loser])
    async with shop.db.transaction() as tx:
        merge = await contacts.merge(tx, shop.workspace_id, winner, loser, "同一人", actor="user:1", now=NOON + HOUR)
        await contacts.merge(tx, shop.workspace_id, again, walker, "同一人", actor="user:1", now=NOON + HOUR)
    await round_at(shop, NOON + HOUR)
    # she had walked it before she was merged
    assert await enrol(shop, journey, [again]) == 0
    assert await rows(shop, "SELECT member_id FROM enrolment WHERE state = 'active'") == [(winner,)]
    async with shop.db.transaction() as tx:
        await contacts.undo_merge(tx, shop.workspace_id, merge, actor="user:1", now=NOON + 2 * HOUR)
    await round_at(shop, NOON + 2 * HOUR)
    assert await rows(shop, "SELECT member_id, merged_from FROM enrolment WHERE state = 'active'") == [(loser, [])]


async def test_an_order_of_the_past_enrols_nobody_however_it_comes_in(shop: Shop) -> None:
    await furnish(shop)
    old, fresh = await shop.members(2, opted_in="webhook")
    trigger = {"kind": "fact", "fact": "order_paid"}
    journey = await live(shop, graph(trigger, n1=wait(3_600)), KNOWN, now=NOON - DAY)
    await shop.paid((old, NOON - 5 * HOUR), (fresh, NOON - timedelta(minutes=5)))
    # however late the worker is
    await round_at(shop, NOON + DAY)
    assert await rows(shop, "SELECT member_id FROM enrolment WHERE journey_id = :id", id=journey.id) == [(fresh,)]


async def test_how_fast_members_move(shop: Shop) -> None:
    """Prints, promises nothing: machines differ."""
    await furnish(shop, "甲")
    async with shop.db.transaction() as tx:
        await tx.execute(
            text(
                "INSERT INTO member (workspace_id, source, created_at, updated_at) "
                "SELECT :id, 'test', now(), now() FROM generate_series(1, 20000)"
            ),
            {"id": shop.workspace_id},
        )
    ids = [row[0] for row in await rows(shop, "SELECT id FROM member")]
    arms = [{"key": "a", "share": 50}, {"key": "b", "share": 50}]
    split = {"kind": "split", "arms": arms, "next": {"a": "n3", "b": "n4"}}
    journey = await live(shop, graph(n1=wait(3_600, "n2"), n2=split, n3=tag("甲", "n4"), n4=wait(3_600)), KNOWN)
    for start in range(0, len(ids), 10_000):
        await enrol(shop, journey, ids[start : start + 10_000])
    began = time.perf_counter()
    for hour in range(3):
        await jobs.tick(shop.db, shop.lake, NOON + hour * HOUR)
    seconds = time.perf_counter() - began
    assert await places(shop, journey) == {"finished:完成": 20_000}
    steps = int((await rows(shop, "SELECT sum(passed) FROM step_count"))[0][0])
    print(f"{steps} member-steps in {seconds:.1f} s: {steps / seconds:,.0f} a second")
