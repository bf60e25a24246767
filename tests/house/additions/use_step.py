"""The step of the recipe stands in a journey that runs."""

from siyu.journeys.steps.step import References
from tests.rooms.journeys.world import enrol, graph, live, places, round_at, rows
from tests.world import NOON, Shop


async def test_members_pass_the_step(shop: Shop) -> None:
    ids = await shop.members(3, opted_in="webhook")
    journey = await live(shop, graph(n1={"kind": "opt_out", "channel": "email", "next": {"done": "end"}}), References())
    assert await enrol(shop, journey, ids) == 3
    await round_at(shop, NOON)
    assert await places(shop, journey) == {"finished:完成": 3}
    assert await rows(shop, "SELECT count(*) FROM consent WHERE channel = 'email' AND state = 'withdrawn'") == [(3,)]
