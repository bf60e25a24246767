"""A message goes out over the channel of the recipe: an account is connected, a member said yes, the letter lies there once."""

from datetime import timedelta
from pathlib import Path

import httpx

from siyu.channels.messages.actions.plan import Intent, plan
from siyu.channels.messages.jobs import dispatch
from siyu.content import actions as content
from tests.world import NOON, Shop


async def test_a_letter_is_written_once(shop: Shop, client: httpx.AsyncClient, tmp_path: Path) -> None:
    body = {"channel": "letters", "name": "印刷店", "config": {"folder": str(tmp_path)}}
    answer = await client.post("/api/v1/channel-accounts", json=body)
    assert answer.status_code == 201, answer.text
    (member,) = await shop.members(1, opted_in="letters", name="赵一鸣")
    async with shop.db.transaction() as tx:
        template = await content.write(
            tx, shop.caller, name="信", channel="letters", body="{{ member.name }}，展信佳。", attributes=[], now=NOON
        )
        intent = Intent(
            workspace_id=shop.workspace_id,
            intent_key="letter:1",
            member_id=member,
            channel="letters",
            template_id=template.template_id,
            purpose="marketing",
            source="test",
        )
        await plan(tx, [intent], NOON)
    for minutes in (0, 10):
        await dispatch(shop.db, None, NOON + timedelta(minutes=minutes))
    assert [file.read_text() for file in tmp_path.glob("*.txt")] == ["赵一鸣，展信佳。"]
    listed = (await client.get("/api/v1/messages")).json()["items"]
    assert [message["state"] for message in listed] == ["delivered"]
