"""Refreshing saved audiences: causes, gathering, looks at everybody, failures, and what happens meanwhile."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import numpy as np
import pytest
from sqlalchemy import text

from siyu.audience.refresh import actions as refresh
from siyu.audience.refresh import jobs, refresh_plan
from siyu.audience.refresh import queries as refresh_queries
from siyu.audience.saved import queries as saved_queries
from siyu.contacts.attributes import actions as contact_attributes
from siyu.contacts.members import actions as contact_members
from siyu.facts.log.queries import Position
from siyu.facts.log.subscribers import consume_new
from siyu.kit import clock, db
from siyu.kit.db import copy_arrays, read_arrays
from siyu.platform import actions as platform
from tests.rooms.audience.test_saved import DAY, REGULARS, inside, moves, save, worker
from tests.world import NOON, Shop

BUYERS = {"did": {"fact": "order_paid", "within": "30d"}}


async def row(shop: Shop, audience_id: int) -> Any:
    async with shop.db.transaction() as tx:
        return await saved_queries.audience(tx, shop.workspace_id, audience_id)


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, list[int] | None]]:
    """The (audience, members asked about) of every look; None: everybody."""
    seen: list[tuple[str, list[int] | None]] = []
    plain = refresh_queries.current_members

    async def look(lake: Any, plans: Any, now: Any, only: Any) -> Any:
        seen.extend((plan.name, None if only is None else only.tolist()) for plan in plans)
        return await plain(lake, plans, now, only)

    monkeypatch.setattr(refresh_queries, "current_members", look)
    return seen


async def test_only_those_are_asked_about_who_may_have_changed(
    shop: Shop, client: httpx.AsyncClient, looks: list[Any]
) -> None:
    lin, wang, zhao = await shop.members(3)
    await shop.paid((lin, NOON - 30 * DAY + timedelta(hours=1)))
    buyers = await save(client, "buyers", BUYERS)
    await save(client, "asked", {"consent": {"channel": "sms", "state": "given"}})
    rounds = worker(shop)
    await rounds.run_until_idle(clock.now())
    assert looks == [("buyers", None), ("asked", None)]
    looks.clear()
    await shop.paid((wang, NOON - DAY))
    await rounds.run_until_idle(clock.now())
    assert looks == [("buyers", [wang])], "the other one does not care for orders"
    looks.clear()
    clock.freeze(NOON + timedelta(hours=2))
    await shop.paid((zhao, NOON + timedelta(hours=1)))
    await rounds.run_until_idle(clock.now())
    assert looks == [("buyers", [lin, zhao])], "one because time passed, one because something happened"
    assert sorted(await inside(client, buyers)) == [wang, zhao]
    assert sorted((await moves(shop))[-2:]) == [("audience_entered", zhao, "facts"), ("audience_left", lin, "time")]


async def test_somebody_whom_facts_and_time_move_is_told_by_facts(shop: Shop, client: httpx.AsyncClient) -> None:
    (lin,) = await shop.members(1)
    await shop.paid(*((lin, NOON - n * DAY) for n in (1, 2, 90)))
    audience = await save(client, "regulars", {"not": REGULARS})
    rounds = worker(shop)
    await rounds.run_until_idle(clock.now())
    assert await inside(client, audience) == []
    clock.advance(timedelta(hours=1))
    await shop.paid((lin, NOON - 100 * DAY))
    await rounds.run_until_idle(clock.now())
    assert (await moves(shop))[-1] == ("audience_entered", lin, "facts")


async def test_after_a_large_look_more_is_gathered_first(
    shop: Shop, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    lin, wang = await shop.members(2)
    buyers = await save(client, "buyers", BUYERS)
    rounds = worker(shop)
    monkeypatch.setattr(refresh, "QUIET_MAX", 0)
    await rounds.run_until_idle(clock.now())
    await shop.paid((lin, NOON - DAY))
    clock.advance(refresh.GATHER_WHOLE - timedelta(seconds=1))
    await rounds.run_until_idle(clock.now())
    assert await inside(client, buyers) == [], "everybody was looked at less than half a minute ago"
    clock.advance(timedelta(seconds=1))
    await rounds.run_until_idle(clock.now())
    assert await inside(client, buyers) == [lin]
    await shop.paid((wang, NOON - DAY))
    clock.advance(refresh.GATHER)
    await rounds.run_until_idle(clock.now())
    assert await inside(client, buyers) == [lin, wang]
    await client.put(f"/api/v1/audiences/{buyers}", json={"label": "b", "tree": {"not": BUYERS}})
    await rounds.run_until_idle(clock.now())
    assert await inside(client, buyers) == [], "new conditions do not wait"


async def test_looks_that_take_long_take_turns(
    shop: Shop, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, looks: list[Any]
) -> None:
    (lin,) = await shop.members(1)
    rounds = worker(shop)
    await rounds.run_until_idle(clock.now())
    for name in ("first", "second", "third"):
        await save(client, name, BUYERS)
    # every look takes longer than a slice, and memory is enough for one of them
    monkeypatch.setattr(jobs, "SLICE_SECONDS", 0.0)
    monkeypatch.setattr(refresh_plan, "WHOLE_MEMBERS_MAX", 1)
    assert await jobs.refresh(shop.db, shop.lake, clock.now())
    assert looks == [("first", None)]
    clock.advance(timedelta(seconds=6))
    await shop.paid((lin, NOON - DAY))
    await rounds.run_until_idle(clock.now())
    assert looks[1:] == [("second", None), ("third", None), ("first", [lin])], "who was never looked at comes first"
    assert not await jobs.refresh(shop.db, shop.lake, clock.now())


async def test_of_many_candidates_everybody_is_looked_at(
    shop: Shop, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, looks: list[Any]
) -> None:
    lin, wang, zhao = await shop.members(3)
    await shop.paid((lin, NOON - 29 * DAY))
    await save(client, "buyers", BUYERS)
    rounds = worker(shop)
    await rounds.run_until_idle(clock.now())
    monkeypatch.setattr(refresh_plan, "CANDIDATES_ALWAYS", 1)
    clock.freeze(NOON + 2 * DAY)
    await shop.paid((wang, NOON - DAY), (zhao, NOON - DAY))
    await rounds.run_until_idle(clock.now())
    assert looks == [("buyers", None), ("buyers", None)]
    expected = [
        ("audience_entered", wang, "facts"),
        ("audience_entered", zhao, "facts"),
        ("audience_left", lin, "time"),
    ]
    assert sorted((await moves(shop))[1:]) == expected


async def test_a_ranking_is_of_everybody_and_moved_by_the_facts_of_others(
    shop: Shop, client: httpx.AsyncClient, looks: list[Any]
) -> None:
    lin, wang = await shop.members(2)
    await shop.paid((lin, NOON - DAY))
    tree = {"top": {"n": 1, "by": {"fact": "order_paid"}}}
    await save(client, "best", tree)
    await save(client, "through", {"audience": "best"})
    rounds = worker(shop)
    await rounds.run_until_idle(clock.now())
    await shop.paid((wang, NOON - DAY), (wang, NOON - 2 * DAY))
    await rounds.run_until_idle(clock.now())
    assert all(only is None for _, only in looks)
    assert sorted((await moves(shop))[2:]) == sorted(
        [("audience_entered", wang, "facts"), ("audience_left", lin, "facts")] * 2
    )


async def test_one_that_fails_holds_up_no_other_and_is_mended(
    shop: Shop, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    lin, wang = await shop.members(2)
    good, bad = await save(client, "good", BUYERS), await save(client, "bad", BUYERS)
    rounds = worker(shop)
    await rounds.run_until_idle(clock.now())
    plain: Callable[..., Any] = refresh_queries.current_members
    broken = True

    async def look(lake: Any, plans: Any, now: Any, only: Any) -> Any:
        if broken and any(plan.name == "bad" for plan in plans):
            raise RuntimeError("out of memory")
        return await plain(lake, plans, now, only)

    monkeypatch.setattr(refresh_queries, "current_members", look)
    await shop.paid((lin, NOON - DAY))
    with pytest.raises(RuntimeError):
        await rounds.run_until_idle(clock.now())
    assert (await inside(client, good), await inside(client, bad)) == ([lin], [])
    assert (await client.get(f"/api/v1/audiences/{bad}")).json()["trouble"] == "failed"
    await shop.paid((wang, NOON - DAY))
    await rounds.run_until_idle(clock.now())
    assert (await inside(client, good), await inside(client, bad)) == ([lin, wang], []), "it rests a little"
    broken = False
    clock.advance(refresh.RETRY)
    await rounds.run_until_idle(clock.now())
    assert await inside(client, bad) == [lin, wang]
    assert (await client.get(f"/api/v1/audiences/{bad}")).json()["trouble"] is None


@pytest.mark.parametrize("revised", ["itself", "the one it refers to"])
async def test_what_is_revised_during_a_look_is_looked_at_again(
    shop: Shop, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, revised: str
) -> None:
    lin, wang = await shop.members(2)
    inner = await save(client, "buyers", BUYERS)
    outer = await save(client, "through", {"audience": "buyers"})
    await shop.paid((lin, NOON - DAY))
    plain: Callable[..., Any] = refresh_queries.recorded_members
    once = [inner if revised == "the one it refers to" else outer]

    async def present(tx: Any, plans: Any, among: Any) -> Any:
        for audience in once:
            once.remove(audience)
            tree = {"not": {"did": {"fact": "order_paid"}}}
            answer = await client.put(f"/api/v1/audiences/{audience}", json={"label": "b", "tree": tree})
            assert answer.status_code == 200
        return await plain(tx, plans, among)

    monkeypatch.setattr(refresh_queries, "recorded_members", present)
    await worker(shop).run_until_idle(clock.now())
    # whatever the first look found of the old conditions was not written down
    assert await inside(client, outer) == [wang]
    assert [move for move in await moves(shop) if move[1] == lin and revised == "itself"] in (
        [],
        [("audience_entered", lin, "first")],
    )


async def test_a_mark_made_while_an_earlier_one_is_settled_is_kept(shop: Shop, client: httpx.AsyncClient) -> None:
    lin, wang = await shop.members(2)
    buyers = await save(client, "buyers", BUYERS)
    rounds = worker(shop)
    await rounds.run_until_idle(clock.now())
    await shop.paid((lin, NOON - DAY))
    await rounds.run_until_idle(clock.now())
    await shop.paid((wang, NOON - DAY))
    await consume_new(shop.db, jobs.TOUCHED, NOON)
    upto = await jobs.catch_up(shop.db, shop.lake, NOON)
    async with shop.db.transaction() as tx:
        (plan,) = await refresh.make_plans(tx, shop.workspace_id, [buyers], NOON)
    none = np.empty(0, np.int64)
    change = refresh.Change(np.array([wang]), none, np.array([wang]), 1, False, None)
    await shop.paid((lin, NOON - 2 * DAY))
    async with shop.db.transaction() as tx:
        assert await refresh.apply_changes(tx, plan, change, NOON + DAY, upto)
        marking = asyncio.create_task(consume_new(shop.db, jobs.TOUCHED, NOON))
        await asyncio.sleep(0.3)
        assert not marking.done(), "it waits for what is being settled"
    assert await marking == 2, "the order, and the fact of what was being settled"
    marked = await row(shop, buyers)
    assert Position(marked.since_txid, marked.since_seq) >= upto
    async with shop.db.transaction() as tx:
        assert not await refresh.apply_changes(tx, plan, change, NOON + DAY, upto), "its plan is old by now"


async def test_facts_past_what_the_lake_held_stay_marked(shop: Shop, client: httpx.AsyncClient) -> None:
    lin, wang = await shop.members(2)
    buyers = await save(client, "buyers", BUYERS)
    rounds = worker(shop)
    await rounds.run_until_idle(clock.now())
    await shop.paid((lin, NOON - DAY))
    await consume_new(shop.db, jobs.TOUCHED, NOON)
    upto = await jobs.catch_up(shop.db, shop.lake, NOON)
    async with shop.db.transaction() as tx:
        (plan,) = await refresh.make_plans(tx, shop.workspace_id, [buyers], NOON)
    await shop.paid((wang, NOON - DAY))
    await consume_new(shop.db, jobs.TOUCHED, NOON)
    none = np.empty(0, np.int64)
    change = refresh.Change(np.array([lin]), none, np.array([lin]), 1, False, None)
    async with shop.db.transaction() as tx:
        assert await refresh.apply_changes(tx, plan, change, NOON, upto)
    assert Position((await row(shop, buyers)).since_txid, (await row(shop, buyers)).since_seq) == upto
    await rounds.run_until_idle(clock.now())
    assert await inside(client, buyers) == [lin, wang]


async def test_nobody_enters_before_the_conditions_were_written(shop: Shop, client: httpx.AsyncClient) -> None:
    """A round has one moment; an audience that is saved while it runs waits for the next."""
    (lin,) = await shop.members(1)
    await shop.paid((lin, NOON - DAY))
    clock.advance(timedelta(seconds=1))
    buyers = await save(client, "buyers", BUYERS)
    rounds = worker(shop)
    await rounds.run_until_idle(NOON)
    assert await inside(client, buyers) == []
    await rounds.run_until_idle(clock.now())
    assert await inside(client, buyers) == [lin]


async def test_another_zone_makes_other_days(shop: Shop, client: httpx.AsyncClient) -> None:
    (lin,) = await shop.members(1)
    await shop.paid((lin, NOON - timedelta(hours=11)))
    audience = await save(client, "today", {"did": {"fact": "order_paid", "within": "today"}})
    rounds = worker(shop)
    await rounds.run_until_idle(clock.now())
    assert await inside(client, audience) == [lin], "one in the morning in Shanghai"
    async with shop.db.transaction() as tx:
        await platform.set_up(tx, shop.caller, name=None, zone="UTC", locale=None, now=clock.now())
    await rounds.run_until_idle(clock.now())
    assert await inside(client, audience) == [], "yesterday in Greenwich"


async def test_a_date_that_is_compared_with_a_span_turns_at_its_own_moment(
    shop: Shop, client: httpx.AsyncClient
) -> None:
    (lin,) = await shop.members(1)
    async with shop.db.transaction() as tx:
        await contact_attributes.define_attribute(tx, shop.caller, name="ends", label="到期日", type="date", now=NOON)
        await contact_members.update(
            tx, shop.workspace_id, lin, {"attributes": {"ends": "2026-03-18"}}, actor="system", now=NOON
        )
    audience = await save(client, "over", {"profile": {"field": "ends", "before": "-90m"}})
    rounds = worker(shop)
    await rounds.run_until_idle(clock.now())
    turns = NOON + timedelta(hours=13, minutes=30)
    assert (await row(shop, audience)).due_at == turns
    for at, expected in ((turns - timedelta(microseconds=1), []), (turns, [lin])):
        clock.freeze(at)
        await rounds.run_until_idle(at)
        async with shop.db.transaction() as tx:
            assert [
                entry[0]
                for entry in (
                    await saved_queries.members(
                        tx, await saved_queries.audience(tx, shop.workspace_id, audience), None, None, 9
                    )
                )[0]
            ] == expected


async def test_arrays_go_in_and_out_as_they_are(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(db, "COPY_ROWS_AT_ONCE", 3)
    columns: dict[str, Any] = {
        "a": np.array([0, -1, 2**62, -(2**63), 7, 8, 9], np.int64),
        "b": np.array([1, -2, 3, 2**15 - 1, -(2**15), 0, 1], np.int16),
        "c": np.array([True, False] * 3 + [True]),
    }
    async with shop.db.transaction() as tx:
        await tx.execute(text("CREATE TEMP TABLE t (a bigint, b smallint, c boolean) ON COMMIT DROP"))
        assert await copy_arrays(tx, "t", columns) == 7
        assert await copy_arrays(tx, "t", {name: value[:0] for name, value in columns.items()}) == 0
        back = await read_arrays(tx, "SELECT a, b, c::int FROM t", {"a": "i8", "b": "i2", "c": "i4"})
        empty = await read_arrays(tx, "SELECT a FROM t WHERE false", {"a": "i8"})
    for name, value in columns.items():
        assert back[name].tolist() == value.tolist()
    assert len(empty["a"]) == 0
