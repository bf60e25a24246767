"""What a request may bring: so many bytes, in so much time, in text that the rooms can keep. Refused before any room sees it.

The body is here before the application starts: no transaction waits for a slow sender. Uploads alone are passed on as they come.
"""

import asyncio
import contextlib
from dataclasses import dataclass
from typing import Any

from fastapi.responses import JSONResponse
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from siyu.kit.errors import Invalid, Refusal, TooLarge, TooSlow
from siyu.kit.http import problem_answer
from siyu.kit.request_text import address_faults, json_faults

FORM_BYTES = 64 * 1024
"""What a multipart body may have beside its file."""

DRAIN_BYTES_MAX, DRAIN_SECONDS = 8 << 20, 2.0
"""How much of a refused body is still read before the connection ends."""


@dataclass(frozen=True)
class BodyLimit:
    """How many bytes the routes under `prefix` take, and how many seconds all of them and each part of them may need.

    `streamed`: the route reads the body itself, as it comes; it opens no transaction before.
    """

    prefix: str
    bytes_max: int
    seconds: float = 20
    streamed: bool = False
    part_seconds: float = 20


def body_limits(upload_mb_max: int) -> tuple[BodyLimit, ...]:
    """The one list of what bodies may be; the first prefix that fits counts."""
    return (
        BodyLimit("/api/v1/uploads", (upload_mb_max << 20) + FORM_BYTES, seconds=3_600, streamed=True),
        BodyLimit("/api/v1/sign-in", 16 * 1024),
        BodyLimit("/api/v1/preferences/", 16 * 1024),
        BodyLimit("/api/v1/callbacks/", 1_000_000),
        BodyLimit("/api/", 2 << 20),
        BodyLimit("/", 16 * 1024),
    )


class RequestLimits:
    """The middleware over `body_limits`."""

    def __init__(self, app: ASGIApp, limits: tuple[BodyLimit, ...]) -> None:
        self.app, self.limits = app, limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        limit = next(limit for limit in self.limits if scope["path"].startswith(limit.prefix) or limit.prefix == "/")
        body = _Body(limit, receive)
        try:
            _check_address(scope)
            body.check_announced(Headers(scope=scope))
            if limit.streamed:
                replay: Receive = body.next_part
            else:
                replay = body.replayed(_checked(await body.whole(), Headers(scope=scope)))
        except Refusal as refusal:
            answer: JSONResponse = problem_answer(refusal)
            answer.headers["Connection"] = "close"
            await body.drain()
            await answer(scope, receive, send)
            return
        except _SenderGone:
            return
        await self.app(scope, replay, send)


class _SenderGone(Exception):
    """Who sent the request has hung up."""


class _Body:
    """The body of one request as it comes in, counted and timed."""

    def __init__(self, limit: BodyLimit, receive: Receive) -> None:
        self.limit, self.receive, self.size, self.complete = limit, receive, 0, False
        self.deadline = asyncio.get_running_loop().time() + limit.seconds

    def check_announced(self, headers: Headers) -> None:
        """Raises TooLarge for a length that is already too much."""
        announced = headers.get("content-length", "")
        if announced.isdecimal() and (len(announced) > 15 or int(announced) > self.limit.bytes_max):
            raise self._too_large()

    def _too_large(self) -> TooLarge:
        shown = f"{self.limit.bytes_max >> 20} MiB" if self.limit.bytes_max >> 20 else f"{self.limit.bytes_max} bytes"
        return TooLarge(f"A request here may have {shown}", f"此处的请求不能超过 {shown}")

    async def next_part(self) -> Message:
        """The next message of the server; raises TooLarge, TooSlow while the body is still coming in."""
        if self.complete:
            return await self.receive()
        now = asyncio.get_running_loop().time()
        try:
            async with asyncio.timeout(min(self.limit.part_seconds, max(self.deadline - now, 0))):
                message = await self.receive()
        except TimeoutError:
            raise TooSlow() from None
        self.size += len(message.get("body", b""))
        if self.size > self.limit.bytes_max:
            raise self._too_large()
        self.complete = message["type"] != "http.request" or not message.get("more_body", False)
        return message

    async def whole(self) -> bytes:
        """All of the body; raises TooLarge, TooSlow, _SenderGone."""
        parts = []
        while not self.complete:
            message = await self.next_part()
            if message["type"] == "http.disconnect":
                raise _SenderGone()
            parts.append(message.get("body", b""))
        return b"".join(parts)

    async def drain(self) -> None:
        """Read on for a little, keeping nothing: a sender who is cut off in the middle never reads the answer."""
        size = 0
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(DRAIN_SECONDS):
                while not self.complete and size < DRAIN_BYTES_MAX:
                    message = await self.receive()
                    size += len(message.get("body", b""))
                    self.complete = not message.get("more_body", False)

    def replayed(self, body: bytes) -> Receive:
        """The body once, in one piece; then what the server has to say."""
        pending: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

        async def receive() -> Message:
            return pending.pop() if pending else await self.receive()

        return receive


def _check_address(scope: Scope) -> None:
    raw: Any = scope.get("raw_path") or scope["path"].encode()
    faults = address_faults(raw.partition(b"?")[0], scope.get("query_string", b""))
    if faults:
        raise Invalid(errors=faults)


def _checked(body: bytes, headers: Headers) -> bytes:
    """`body`, having seen that a JSON one holds nothing that no room can keep; raises Invalid."""
    kind = headers.get("content-type", "application/json").partition(";")[0].strip().lower()
    faults = json_faults(body) if kind.endswith("json") else []
    if faults:
        raise Invalid(errors=faults)
    return body
