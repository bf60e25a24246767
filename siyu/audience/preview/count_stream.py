"""The builder's live count: an answer at once, the exact figure when it is there, and it stops when nobody listens."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import suppress
from datetime import datetime
from time import perf_counter
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends
from fastapi.responses import StreamingResponse

from siyu.audience import queries
from siyu.audience.http import Reads
from siyu.audience.language.tree import Tree
from siyu.audience.preview.api import AskIn, counted_out
from siyu.facts.http import InLake
from siyu.facts.lake.connection import Lake, QueryProgress
from siyu.kit import clock
from siyu.kit.db import Database
from siyu.kit.http import database
from siyu.kit.logs import logger

log = logger("audience")
router = APIRouter(prefix="/api/v1", tags=["audience"])

COUNT_TIMEOUT = 0.7
"""Seconds after which somebody would rather have an estimate than wait."""
PROGRESS_INTERVAL = 0.25
"""Seconds between two words on how far it is."""
ONE_IN = 64
"""An estimate looks at one in so many members."""


@router.post("/audience-count/live", response_class=StreamingResponse)
async def live(
    body: AskIn, db: Annotated[Database, Depends(database)], lake: InLake, caller: Reads
) -> StreamingResponse:
    """How many members are in, as a line of JSON for each thing there is to tell.

    `{"state": "waiting"}` while others are being counted, `{"state": "counting", "share": 0.4}`, for a heavy one
    `{"state": "estimated", "count", "low", "high", "total"}` (95 %), and last `{"state": "counted", ...}` as
    /audience-count answers, or `{"state": "failed"}`. Hanging up cancels the question.
    """
    now = body.as_of or clock.now()
    async with db.transaction() as tx:
        parsed, schema = await queries.parse(tx, caller.workspace_id, body.tree)
    stream = progress(lake, parsed, caller.workspace_id, schema.zone, now)
    # asked not to be compressed or held back: each line is for now
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no", "Content-Encoding": "identity"}
    return StreamingResponse(stream, media_type="application/x-ndjson", headers=headers)


async def progress(lake: Lake, tree: Tree, workspace_id: int, zone: str, now: datetime) -> AsyncGenerator[bytes]:
    """The lines of the answer, one after another."""
    began, watch = perf_counter(), QueryProgress()
    exact = asyncio.create_task(queries.counted(lake, tree, workspace_id, zone, now, watch))
    rough: asyncio.Task[Any] | None = None
    shown = False
    try:
        await asyncio.wait([exact], timeout=COUNT_TIMEOUT)
        while not exact.done():
            if watch.running and rough is None:
                rough = asyncio.create_task(queries.estimated(lake, tree, workspace_id, zone, now, ONE_IN))
            if rough is not None and rough.done() and not shown:
                shown = True
                if (estimate := rough.result()) is not None:
                    yield _line(
                        state="estimated", **dict(zip(("count", "low", "high", "total"), estimate, strict=True))
                    )
            yield _line(state="counting", share=watch.share) if watch.running else _line(state="waiting")
            await asyncio.wait([exact], timeout=PROGRESS_INTERVAL)
        answer = counted_out(exact.result(), now, perf_counter() - began)
        yield _line(state="counted", **answer.model_dump(mode="json"))
    except Exception as trouble:
        # the answer has begun: the reason can only be told in it; its text may quote what members are like
        log.error("count_failed", error=type(trouble).__name__)
        yield _line(state="failed")
    finally:
        for task in (exact, rough):
            if task is not None and not task.done():
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task


def _line(**progress_line: Any) -> bytes:
    return orjson.dumps(progress_line) + b"\n"
