"""The demo's operator: signs in over HTTP and does by API what one would click."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx

ANSWER_SECONDS_MAX = 300


@dataclass(frozen=True)
class ApiClient:
    """A signed-in client of the served Siyu."""

    http: httpx.AsyncClient

    async def get(self, path: str, **query: Any) -> Any:
        """GET /api/v1<path>; raises RuntimeError with the problem's words."""
        return _answer(await self.http.get(f"/api/v1{path}", params=query))

    async def send(self, method: str, path: str, body: Any = None) -> Any:
        """`method` /api/v1<path> with a JSON body; raises RuntimeError with the problem's words."""
        return _answer(await self.http.request(method, f"/api/v1{path}", json=body))

    async def post(self, path: str, body: Any = None) -> Any:
        """POST /api/v1<path>."""
        return await self.send("POST", path, body)


def _answer(answer: httpx.Response) -> Any:
    if answer.is_success:
        return answer.json() if answer.content else None
    raise RuntimeError(f"{answer.request.method} {answer.request.url.path}: {answer.status_code} {answer.text[:1000]}")


@asynccontextmanager
async def sign_in(address: str, email: str, password: str) -> AsyncIterator[ApiClient]:
    """Sign in at `address`."""
    async with httpx.AsyncClient(base_url=address, timeout=ANSWER_SECONDS_MAX) as http:
        answer = _answer(await http.post("/api/v1/sign-in", json={"email": email, "password": password}))
        http.headers["X-CSRF-Token"] = answer["csrf"]
        yield ApiClient(http)
