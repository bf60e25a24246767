"""Built files are served as they were compressed at build, each to those who can read it."""

import gzip
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from siyu.kit.settings import Settings
from siyu.web import app as web

SCRIPT = b"export const answer = 42;\n" * 100
SMALLER = b"not brotli, and not asked for by anybody who would read it"
PAGE = b"<!doctype html><title>Siyu</title>" + b" " * 2_000
FOREVER = "public, max-age=31536000, immutable"


@pytest.fixture
async def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[httpx.AsyncClient]:
    """The application over a build of one script and one page."""
    assets = tmp_path / "console" / "assets"
    assets.mkdir(parents=True)
    (assets / "entry-1a2b.js").write_bytes(SCRIPT)
    (assets / "entry-1a2b.js.br").write_bytes(SMALLER)
    (assets / "entry-1a2b.js.gz").write_bytes(gzip.compress(SCRIPT, mtime=0))
    (assets / "plain-3c4d.css").write_bytes(b"body{}")
    (tmp_path / "console" / "index.html").write_bytes(PAGE)
    (tmp_path / "console" / "index.html.gz").write_bytes(gzip.compress(PAGE, mtime=0))
    monkeypatch.setattr(web, "STATIC", tmp_path)
    app = web.create_app((), Settings(), None, None)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://siyu") as client:
        yield client


async def raw(client: httpx.AsyncClient, path: str, **headers: str) -> tuple[httpx.Response, bytes]:
    """The answer and its body as it came over the wire."""
    async with client.stream("GET", path, headers=headers) as answer:
        return answer, b"".join([part async for part in answer.aiter_raw()])


@pytest.mark.parametrize(
    ("accepts", "encoding", "body"),
    [
        ("gzip, deflate, br, zstd", "br", SMALLER),
        ("gzip, br;q=0", "gzip", gzip.compress(SCRIPT, mtime=0)),
        ("*", "br", SMALLER),
        ("identity", None, SCRIPT),
        ("br;q=nonsense", None, SCRIPT),
    ],
    ids=["best", "refused", "any", "plain", "nonsense"],
)
async def test_a_script_comes_as_the_browser_asks(
    built: httpx.AsyncClient, accepts: str, encoding: str | None, body: bytes
) -> None:
    answer, sent = await raw(built, "/assets/entry-1a2b.js", **{"Accept-Encoding": accepts})
    assert answer.headers.get("content-encoding") == encoding
    assert len(sent) == len(body)
    assert encoding == "gzip" or sent == body
    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.headers["content-length"] == str(len(body))
    assert answer.headers["cache-control"] == FOREVER
    assert "Accept-Encoding" in answer.headers["vary"]


async def test_variants_are_different_to_caches_and_known_ones_are_not_sent_again(built: httpx.AsyncClient) -> None:
    tags = {}
    for accepts in ("br", "gzip", "identity"):
        answer, _ = await raw(built, "/assets/entry-1a2b.js", **{"Accept-Encoding": accepts})
        tags[accepts] = answer.headers["etag"]
    assert len(set(tags.values())) == len(tags)
    for accepts, tag in tags.items():
        again, sent = await raw(
            built, "/assets/entry-1a2b.js", **{"Accept-Encoding": accepts, "If-None-Match": f'"other", W/{tag}'}
        )
        assert (again.status_code, sent) == (304, b"")
        assert "Accept-Encoding" in again.headers["vary"]


async def test_what_was_not_compressed_is_served_as_it_is(built: httpx.AsyncClient) -> None:
    answer, sent = await raw(built, "/assets/plain-3c4d.css", **{"Accept-Encoding": "br"})
    assert sent == b"body{}"
    assert "content-encoding" not in answer.headers
    assert answer.headers["content-type"].startswith("text/css")
    assert (await built.get("/assets/missing.js")).status_code == 404


async def test_every_address_of_the_console_is_its_page_and_is_asked_for_again(built: httpx.AsyncClient) -> None:
    for path in ("/", "/members/7"):
        answer, _ = await raw(built, path, **{"Accept-Encoding": "gzip, br"})
        assert answer.headers["content-encoding"] == "gzip"
        assert answer.headers["content-type"].startswith("text/html")
        assert answer.headers["cache-control"] == "no-cache"
        assert answer.headers["x-frame-options"] == "DENY"
        assert (await built.get(path)).content == PAGE
