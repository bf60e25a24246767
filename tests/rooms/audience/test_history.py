"""Who was in an audience when: exact at the microsecond, through versions, merges, erasure and audiences of the same name."""

from datetime import datetime, timedelta
from typing import Any

import httpx
from sqlalchemy import text

from siyu.audience.saved import queries as saved_queries
from siyu.contacts.members import actions as contact_members
from siyu.contacts.merges import actions as contact_merges
from siyu.contacts.tags import actions as contact_tags
from siyu.kit import clock
from tests.rooms.audience.test_saved import DAY, REGULARS, SILENT, save, worker
from tests.world import HE, NOON, Shop

TICK = timedelta(microseconds=1)
LATER = timedelta(hours=3)


async def at(client: httpx.AsyncClient, audience_id: int, moment: datetime, **more: Any) -> dict[str, Any]:
    answer = await client.get(f"/api/v1/audiences/{audience_id}/members", params={"at": moment.isoformat(), **more})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def ids_at(client: httpx.AsyncClient, audience_id: int, moment: datetime) -> list[int]:
    return [row["id"] for row in (await at(client, audience_id, moment))["items"]]


async def names_at(client: httpx.AsyncClient, member_id: int, moment: datetime | None = None) -> list[tuple[str, int]]:
    params = {} if moment is None else {"at": moment.isoformat()}
    answer = await client.get(f"/api/v1/members/{member_id}/audiences", params=params)
    return [(row["name"], row["version"]) for row in answer.json()["items"]]


async def test_members_are_those_of_the_moment(shop: Shop, client: httpx.AsyncClient) -> None:
    lin, wang = await shop.members(2)
    await shop.paid(*((lin, NOON - n * DAY) for n in (1, 2, 89)))
    audience = await save(client, "regulars_90d", REGULARS)
    rounds = worker(shop)
    clock.freeze(entered := NOON + LATER)
    await rounds.run_until_idle(entered)
    clock.freeze(left := NOON + 2 * DAY)
    await rounds.run_until_idle(left)
    await shop.paid(*((wang, NOON + n * TICK) for n in (1, 2, 3)))
    clock.freeze(last := NOON + 3 * DAY)
    await rounds.run_until_idle(last)

    assert await ids_at(client, audience, entered - TICK) == []
    assert await ids_at(client, audience, entered) == [lin], "whoever enters at the moment is in"
    assert await ids_at(client, audience, left - TICK) == [lin]
    assert await ids_at(client, audience, left) == [], "whoever leaves at the moment is out"
    assert await ids_at(client, audience, last) == [wang]
    assert await ids_at(client, audience, NOON - DAY) == [], "before there was the audience"
    page = await at(client, audience, entered)
    assert page["items"][0]["entered_at"] == entered.isoformat().replace("+00:00", "Z")
    assert (page["total"], page["version"], page["items"][0]["name"]) == (1, 1, "客户0")
    for moment, number in ((entered, 1), (last, 0)):
        assert (await at(client, audience, moment, search="客户0"))["total"] == number
    now = await client.get(f"/api/v1/audiences/{audience}/members", params={"search": "户1"})
    assert [row["id"] for row in now.json()["items"]] == [wang]
    now = await client.get(f"/api/v1/audiences/{audience}/members", params={"search": "客户0"})
    assert (now.json()["items"], now.json()["total"]) == ([], 0)

    assert await names_at(client, lin, entered) == [("regulars_90d", 1)]
    assert await names_at(client, lin, left) == [] == await names_at(client, lin)
    assert await names_at(client, wang) == [("regulars_90d", 1)]
    async with shop.db.transaction() as tx:
        row = await saved_queries.audience(tx, shop.workspace_id, audience)
        assert await saved_queries.were_in(shop.lake, row, [lin, wang], entered) == {lin}
        assert await saved_queries.were_in(shop.lake, row, [wang], entered) == set()


async def test_the_conditions_in_force_then_are_named(shop: Shop, client: httpx.AsyncClient) -> None:
    lin, wang = await shop.members(2)
    await shop.paid((lin, NOON - 70 * DAY), (wang, NOON - DAY))
    audience = await save(client, "a", SILENT)
    rounds = worker(shop)
    await rounds.run_until_idle(clock.now())
    clock.advance(LATER)
    await client.put(f"/api/v1/audiences/{audience}", json={"label": "b", "tree": {"not": SILENT}})
    await rounds.run_until_idle(clock.now())
    assert await names_at(client, lin, NOON) == [("a", 1)]
    assert await names_at(client, wang, NOON + LATER) == [("a", 2)]
    assert (await at(client, audience, NOON + LATER - TICK))["version"] == 1
    now = (await client.get(f"/api/v1/audiences/{audience}/members")).json()
    assert (now["version"], [row["id"] for row in now["items"]]) == (2, [wang])


async def test_a_loser_answers_for_its_winner_and_nobody_for_the_erased(shop: Shop, client: httpx.AsyncClient) -> None:
    lin, wang, zhao = await shop.members(3)
    await shop.paid((wang, NOON - DAY), (zhao, NOON - DAY))
    audience = await save(client, "buyers", {"did": {"fact": "order_paid"}})
    rounds = worker(shop)
    await rounds.run_until_idle(clock.now())
    clock.advance(LATER)
    async with shop.db.transaction() as tx:
        who: Any = {"actor": "system", "now": clock.now()}
        await contact_merges.merge(tx, shop.workspace_id, lin, wang, "same", **who)
        await contact_members.erase(tx, shop.workspace_id, zhao, **who)
    await rounds.run_until_idle(clock.now())
    assert await ids_at(client, audience, NOON) == [lin] == await ids_at(client, audience, clock.now())
    assert await names_at(client, wang, NOON) == [("buyers", 1)] == await names_at(client, lin, NOON)
    assert await names_at(client, zhao, NOON) == []
    async with shop.db.transaction() as tx:
        row = await saved_queries.audience(tx, shop.workspace_id, audience)
        assert await saved_queries.were_in(shop.lake, row, [lin, wang, zhao], NOON) == {lin}


async def test_an_audience_has_no_past_of_another_of_its_name(shop: Shop, client: httpx.AsyncClient) -> None:
    lin, wang = await shop.members(2)
    await shop.paid((lin, NOON - DAY))
    first = await save(client, "buyers", {"did": {"fact": "order_paid"}})
    rounds = worker(shop)
    await rounds.run_until_idle(clock.now())
    clock.advance(LATER)
    await client.delete(f"/api/v1/audiences/{first}")
    second = await save(client, "buyers", {"not": {"did": {"fact": "order_paid"}}})
    await rounds.run_until_idle(clock.now())
    assert await ids_at(client, second, NOON) == []
    assert await ids_at(client, second, clock.now()) == [wang]
    assert await names_at(client, lin, clock.now()) == [], "its old audience is gone without having been left"


async def test_the_past_comes_in_pages_and_only_to_those_who_may(shop: Shop, client: httpx.AsyncClient) -> None:
    ids = await shop.members(5)
    audience = await save(client, "all", {"all": []})
    await worker(shop).run_until_idle(clock.now())
    first = await at(client, audience, NOON, limit=2)
    rest = await at(client, audience, NOON, limit=3, cursor=first["next"])
    assert [row["id"] for row in first["items"] + rest["items"]] == ids
    assert (first["total"], rest["total"], rest["next"]) == (5, 5, None)
    naive = await client.get(f"/api/v1/audiences/{audience}/members", params={"at": "2026-03-18T12:00:00"})
    assert naive.status_code == 422
    async with shop.client(HE) as moderator:
        assert (await moderator.get(f"/api/v1/members/{ids[0]}/audiences")).status_code == 403


async def members_now(shop: Shop, audience_id: int) -> list[int]:
    """Without a client, whose session would be over by then."""
    async with shop.db.transaction() as tx:
        return [
            row[0]
            for row in (
                await saved_queries.members(
                    tx, await saved_queries.audience(tx, shop.workspace_id, audience_id), None, None, 10
                )
            )[0]
        ]


async def test_a_tag_that_lasts_longer_moves_members_and_one_called_otherwise_does_not(
    shop: Shop, client: httpx.AsyncClient
) -> None:
    (lin,) = await shop.members(1)
    who: Any = {"source": "test", "actor": "system"}
    async with shop.db.transaction() as tx:
        group = await contact_tags.add_group(
            tx, shop.caller, name="g", kind="manual", owner="", exclusive=False, days=2, now=NOON
        )
        (vip,) = await contact_tags.add_tags(tx, shop.caller, group.id, ["vip"], NOON)
        await contact_tags.tag(tx, shop.workspace_id, [lin], ["vip"], [], now=NOON, **who)
    audience = await save(client, "vips", {"tag": {"any": ["vip"]}})
    others = await save(client, "others", {"tag": {"none": ["vip"]}})
    rounds = worker(shop)
    await rounds.run_until_idle(clock.now())
    clock.advance(DAY)
    async with shop.db.transaction() as tx:
        await contact_tags.tag(tx, shop.workspace_id, [lin], ["vip"], [], now=clock.now(), **who)
    await rounds.run_until_idle(clock.now())
    clock.freeze(NOON + 2 * DAY)
    await rounds.run_until_idle(clock.now())
    assert await members_now(shop, audience) == [lin], "it was put on again, and ends a day later"
    async with shop.db.transaction() as tx:
        await contact_tags.change_group(tx, shop.caller, group.id, {"days": 30}, clock.now())
    await rounds.run_until_idle(clock.now())
    clock.freeze(NOON + 20 * DAY)
    await rounds.run_until_idle(clock.now())
    assert await members_now(shop, audience) == [lin]
    async with shop.db.transaction() as tx:
        await contact_tags.rename_tag(tx, shop.caller, vip.id, "贵宾", clock.now())
    await rounds.run_until_idle(clock.now())
    assert (await members_now(shop, audience), await members_now(shop, others)) == ([lin], [])
    async with shop.db.transaction() as tx:
        rows = await tx.scalars(text("SELECT props->>'fields' FROM fact WHERE name = 'member_updated' ORDER BY seq"))
        assert list(rows) == ['["tag_ends"]', '["tag_ends"]']
