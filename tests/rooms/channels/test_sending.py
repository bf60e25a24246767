"""From intent to the customer's phone, and what the platform makes of it. What was received is counted in the simulator."""

from tests.rooms.channels.conftest import Desk


async def test_a_message_is_planned_sent_confirmed_and_delivered(desk: Desk) -> None:
    planned = await desk.plan([desk.intent("an"), desk.intent("bo"), desk.intent("dong")])
    assert [one.state for one in planned] == ["queued"] * 3
    await desk.dispatch()
    assert await desk.states() == [("sent", None)] * 3
    assert desk.sim.counts()["received"] == 0
    assert desk.sim.post("run")["sent"] == 3
    await desk.settle()
    assert await desk.states() == [("delivered", None)] * 3
    assert desk.sim.received_by("wm_an") == ["an，今天有新到的草莓"]
    assert desk.sim.counts()["duplicates"] == 0
    for name in ("message_queued", "message_sent", "message_delivered"):
        assert [fact["member_id"] for fact in await desk.facts(name)] == [desk.members[n] for n in ("an", "bo", "dong")]
    assert await desk.rows("SELECT 1 FROM dispatch WHERE closed_at IS NULL") == []
