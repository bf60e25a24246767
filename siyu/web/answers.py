"""The outermost frame of the web door: every answer has our headers, HEAD is answered as GET without the content, and what nobody
foresaw is a problem in words, not a traceback."""

from fastapi import FastAPI
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from siyu.kit.errors import DiskFull, Refusal, Unavailable, Unforeseen
from siyu.kit.http import problem_answer
from siyu.kit.isolation import is_disk_full, is_outage
from siyu.kit.logs import logger, unforeseen

log = logger("web")

PRIVATE = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; object-src 'none'; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
}
"""Headers of every answer."""


class Answers:
    """The middleware: headers on every answer, an answer to every request."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started, bodiless = False, scope["method"] == "HEAD"
        if bodiless:
            scope = {**scope, "method": "GET"}

        async def send_with_headers(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                headers = MutableHeaders(scope=message)
                for name, value in PRIVATE.items():
                    headers.setdefault(name, value)
                if scope["path"].startswith("/api/"):
                    headers.setdefault("Cache-Control", "no-store")
            elif bodiless:
                message = {**message, "body": b""}
            await send(message)

        try:
            await self.app(scope, receive, send_with_headers)
        except Exception as error:
            unforeseen(log, "request_failed", error, method=scope["method"], route=_route(scope))
            if started:
                # half an answer is out: only a broken connection tells the reader that the rest is missing
                raise BrokenAnswer() from None
            await problem_answer(_refusal(error))(scope, receive, send_with_headers)


class BrokenAnswer(Exception):
    """An answer that could not be finished; what happened has been logged."""


def _refusal(error: Exception) -> Refusal:
    """What is said of a fault that nobody foresaw: whether it is our house that does not work, and whether to come again."""
    if is_disk_full(error):
        return DiskFull()
    return Unavailable() if is_outage(error) else Unforeseen()


def _route(scope: Scope) -> str:
    """The route's pattern, not the address that was asked for: an address may hold tokens and names."""
    return str(getattr(scope.get("route"), "path", "-"))


def install_answers(app: FastAPI) -> None:
    """Put the frame around `app`; call it after every other middleware."""
    app.add_middleware(Answers)
