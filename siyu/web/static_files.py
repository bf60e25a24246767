"""Built files (console, member pages) as they were compressed at build: `x.js.br` and `x.js.gz` beside `x.js`.

A file is compressed once, as well as it can be, and not at every request. Every variant is an answer of its own for caches: it has
its own ETag, and `Vary` names the header that chose it.
"""

import os
from collections.abc import Mapping
from mimetypes import guess_type
from pathlib import Path
from typing import Any

from fastapi.responses import FileResponse
from fastapi.staticfiles import StaticFiles
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.staticfiles import NotModifiedResponse

VARIANTS = {"br": ".br", "gzip": ".gz"}
"""Encodings with the ending of their files, the smaller one first."""


def accepted(accept_encoding: str) -> list[str]:
    """The encodings among VARIANTS that a browser takes, the smaller one first.

    >>> accepted("gzip, deflate, br;q=0")
    ['gzip']
    """
    weights: dict[str, float] = {}
    for part in accept_encoding.lower().split(","):
        name, _, weight = part.partition(";")
        try:
            weights[name.strip()] = float(weight.partition("=")[2] or 1)
        except ValueError:
            weights[name.strip()] = 0
    return [name for name in VARIANTS if weights.get(name, weights.get("*", 0)) > 0]


def built_file(file: Path, request: Mapping[str, str], headers: Mapping[str, str]) -> Response:
    """`file` in the best encoding the request takes and the build has; 304 when the browser has it already."""
    encoded = next(
        (
            (name, path)
            for name in accepted(request.get("accept-encoding", ""))
            if (path := _variant(file, name)).is_file()
        ),
        None,
    )
    encoding, path = encoded or (None, file)
    response = FileResponse(
        path,
        media_type=guess_type(file)[0] or "application/octet-stream",
        stat_result=path.stat(),
        headers={**headers, "Vary": "Accept-Encoding", **({"Content-Encoding": encoding} if encoding else {})},
    )
    known = [tag.strip().removeprefix("W/") for tag in request.get("if-none-match", "").split(",")]
    return NotModifiedResponse(response.headers) if response.headers["etag"] in known else response


def _variant(file: Path, encoding: str) -> Path:
    return file.with_name(file.name + VARIANTS[encoding])


class Immutable(StaticFiles):
    """Assets whose names carry their hash: a browser never asks for one twice."""

    def file_response(
        self, full_path: Any, stat_result: os.stat_result, scope: Any, status_code: int = 200
    ) -> Response:
        """The file in the best encoding, to be kept for a year."""
        return built_file(
            Path(full_path), Headers(scope=scope), {"Cache-Control": "public, max-age=31536000, immutable"}
        )
