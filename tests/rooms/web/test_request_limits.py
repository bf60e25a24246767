"""Bodies: so much, in so much time, and no transaction waits for them."""

import asyncio
from typing import Any

import httpx
import pytest
from starlette.types import Message

from siyu.kit.db import POOL_CONNECTIONS_MAX
from siyu.web.request_limits import BodyLimit, RequestLimits, body_limits
from tests.world import Shop

SLOW_SENDERS = 2 * POOL_CONNECTIONS_MAX + 8
"""More than the pool has connections."""


def scope(method: str, path: str, headers: list[tuple[bytes, bytes]] | None = None) -> dict[str, Any]:
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": headers or [(b"content-type", b"application/json")],
        "server": ("siyu.test", 80),
        "client": ("127.0.0.1", 1),
        "root_path": "",
    }


async def answer_of(app: Any, request: dict[str, Any], receive: Any) -> tuple[int, bytes]:
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    await app(request, receive, send)
    return sent[0]["status"], b"".join(message.get("body", b"") for message in sent[1:])


@pytest.mark.parametrize(
    ("path", "length"),
    [
        ("/api/v1/sign-in", 17 << 10),
        ("/api/v1/members", 3 << 20),
        ("/api/v1/callbacks/wecom/x", 1_000_001),
        ("/api/v1/preferences/x", 17 << 10),
        ("/api/v1/there-is-none", 3 << 20),
        ("/somewhere", 17 << 10),
    ],
)
async def test_a_body_over_its_limit_is_refused_announced_or_not(
    client: httpx.AsyncClient, path: str, length: int
) -> None:
    async def unannounced() -> Any:
        for _ in range(0, length, 1 << 10):
            yield b" " * (1 << 10)

    for content in (b" " * length, unannounced()):
        answer = await client.post(path, content=content)
        problem = answer.json()
        assert (answer.status_code, problem["code"]) == (413, "too_large")
        assert answer.headers["content-type"] == "application/problem+json"
        assert "不能超过" in problem["detail_zh"]


async def test_the_last_byte_of_a_limit_is_let_in(client: httpx.AsyncClient) -> None:
    limit = next(each for each in body_limits(1) if each.prefix == "/api/v1/sign-in").bytes_max
    assert (await client.post("/api/v1/sign-in", content=b" " * limit)).status_code == 422


async def test_an_upload_is_counted_while_it_comes_in(client: httpx.AsyncClient, shop: Shop) -> None:
    shop.app.state.settings.upload_mb_max = 512
    limits = next(each for each in body_limits(512) if each.streamed)
    answer = await client.post(
        "/api/v1/uploads",
        headers={"Content-Type": "multipart/form-data; boundary=x", "Content-Length": str(limits.bytes_max + 1)},
        content=b"",
    )
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


@pytest.mark.parametrize("streamed", [False, True])
async def test_a_slow_body_is_given_up(shop: Shop, streamed: bool) -> None:
    async def reads(scope: Any, receive: Any, send: Any) -> None:
        while (await receive()).get("more_body"):
            pass

    frame = RequestLimits(reads, (BodyLimit("/", 1_000, seconds=0.2, streamed=streamed, part_seconds=0.1),))

    async def drip() -> Message:
        await asyncio.sleep(0.06)
        return {"type": "http.request", "body": b"x", "more_body": True}

    async def never() -> Message:
        await asyncio.sleep(10)
        raise AssertionError

    for receive in (drip, never):
        async with asyncio.timeout(6):
            if streamed:
                with pytest.raises(Exception, match="too long to come in"):
                    await answer_of(frame, scope("POST", "/"), receive)
            else:
                status, body = await answer_of(frame, scope("POST", "/"), receive)
                assert status == 408
                assert "传得太慢".encode() in body


@pytest.mark.parametrize("path", ["/api/v1/callbacks/wecom/nobody", "/api/v1/sign-in", "/api/v1/uploads"])
async def test_slow_senders_take_no_connection_from_the_others(shop: Shop, path: str) -> None:
    """More callers than connections begin a body and do not go on: somebody else is answered at once."""
    stop = asyncio.Event()

    async def half() -> Message:
        await stop.wait()
        return {"type": "http.disconnect"}

    slow = [asyncio.create_task(answer_of(shop.app, scope("POST", path), half)) for _ in range(SLOW_SENDERS)]
    await asyncio.sleep(0.2)
    async with asyncio.timeout(5), shop.client() as client:
        assert (await client.get("/api/v1/members")).status_code == 200
    stop.set()
    await asyncio.gather(*slow, return_exceptions=True)


async def test_every_limit_is_of_an_address_that_there_is(shop: Shop) -> None:
    paths = list(shop.app.openapi()["paths"])
    for limit in body_limits(1):
        assert limit.prefix == "/" or any(path.startswith(limit.prefix) for path in paths), limit.prefix
