"""Every answer says what a browser may do with it, and HEAD is answered wherever GET is."""

import httpx
import pytest

from siyu.web.answers import PRIVATE
from tests.world import Shop

POLICY = {
    "default-src": "'self'",
    "object-src": "'none'",
    "base-uri": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 200),
        ("GET", "/p/x", 200),
        ("GET", "/api/v1/me", 200),
        ("GET", "/api/v1/nothing", 404),
        ("PUT", "/healthz", 405),
        ("GET", "/api/v1/members?limit=0", 422),
        ("POST", "/api/v1/sign-in", 422),
        ("GET", "/healthz", 200),
    ],
)
async def test_every_answer_carries_the_policy(client: httpx.AsyncClient, method: str, path: str, status: int) -> None:
    answer = await client.request(method, path)
    assert answer.status_code == status
    assert {name: answer.headers[name] for name in PRIVATE} == PRIVATE
    directives = dict(part.strip().split(" ", 1) for part in answer.headers["content-security-policy"].split(";"))
    assert {name: directives[name] for name in POLICY} == POLICY
    # a page may not run a script that stands in it, nor send a form or resolve an address elsewhere
    assert "unsafe-inline" not in directives.get("script-src", directives["default-src"])
    assert "unsafe-eval" not in answer.headers["content-security-policy"]


async def test_head_is_answered_wherever_get_is(shop: Shop, client: httpx.AsyncClient) -> None:
    """Monitors and link checkers ask so: the same status and headers, and no content."""
    paths = ["/", "/members", "/p/x", "/healthz", "/metrics"]
    paths += [
        path
        for path, operations in shop.app.openapi()["paths"].items()
        if "get" in operations and "{" not in path and not path.endswith("/csv")
    ]
    for path in paths:
        got, head = await client.get(path), await client.head(path)
        assert head.status_code == got.status_code, path
        assert head.headers["content-type"] == got.headers["content-type"], path
        assert head.content == b"", path
