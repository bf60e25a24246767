"""Whatever a request holds, the answer is a refusal in words and never a failure of ours."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator

import httpx
import pytest
from httpx import ASGITransport

from tests.rooms.web.hostile import Attack, attacks
from tests.world import CHEN, LIN, Shop

SKIPPED = ("/api/v1/sign-out", "/api/v1/me/password", "/api/v1/uploads", "/metrics", "/healthz")
"""Ends the session the others need; takes no JSON; not for callers."""
SHARE_OF_OTHERS = 12
"""Of the attacks every twelfth is tried again as a reader and as nobody: what they reach stops earlier."""


@pytest.fixture(scope="module")
async def world(module_shop: Shop) -> AsyncIterator[Shop]:
    """The shop with one of each thing, so that id 1 is there."""
    async with module_shop.client() as client:
        for path, body in (
            ("members", {"name": "周", "identities": [{"kind": "phone", "value": "13800000001"}]}),
            ("members", {"name": "陈", "identities": [{"kind": "phone", "value": "13800000002"}]}),
            ("tag-groups", {"name": "会员"}),
            ("tags", {"group_id": 1, "name": "VIP"}),
            ("audiences", {"label": "买过", "tree": {"did": {"fact": "order_paid"}}}),
            ("journeys", {"name": "欢迎"}),
        ):
            answer = await client.post(f"/api/v1/{path}", json=body)
            assert answer.status_code in (200, 201), answer.text
    yield module_shop


async def _failures(client: httpx.AsyncClient, every: list[Attack]) -> tuple[list[str], Counter[int]]:
    """The answers that are no refusal in words, and how many there were of each status."""
    failures, statuses = [], Counter[int]()
    for attack in every:
        try:
            async with asyncio.timeout(30):
                answer = await client.request(
                    attack.method, attack.url, content=attack.content, headers={"Content-Type": "application/json"}
                )
        except Exception as error:
            failures.append(f"{attack.method} {attack.url[:100]} {attack.about}: {type(error).__name__} {error}"[:300])
            continue
        kind = answer.headers.get("content-type", "")
        statuses[answer.status_code] += 1
        if answer.status_code >= 500 or (answer.status_code >= 400 and not kind.startswith("application/problem+json")):
            failures.append(f"{answer.status_code} {attack.method} {attack.url[:100]} {attack.about}")
        elif answer.status_code == 422 and not answer.json()["errors"] and not answer.json()["detail"]:
            failures.append(f"no reason: {attack.method} {attack.url[:100]} {attack.about}")
    return failures, statuses


async def test_no_value_in_any_place_of_any_route_is_a_failure_of_ours(world: Shop) -> None:
    every = list(attacks(world.app.openapi(), SKIPPED))
    assert len(every) > 1_500
    async with world.client(LIN) as admin:
        failures, statuses = await _failures(admin, every)
    async with world.client(CHEN) as reader:
        of_reader, _ = await _failures(reader, every[::SHARE_OF_OTHERS])
    async with httpx.AsyncClient(transport=ASGITransport(world.app), base_url="http://siyu.test") as nobody:
        of_nobody, _ = await _failures(nobody, every[::SHARE_OF_OTHERS])
    failures += [f"as a reader: {line}" for line in of_reader] + [f"without sign-in: {line}" for line in of_nobody]
    assert failures == []
    assert statuses[422] > len(every) // 2
    # nothing that was sent ended the session: all of it was judged as the admin's
    assert statuses[401] < 10, statuses
