"""A sender to be killed: it dies by SIGKILL at the named step.

Steps: `claiming` (written, not committed), `claimed` (committed, no call made), `marked` (committed as called, the request
not sent), `answered` (the provider answered, nothing written), `concluded` (the first wave written), `never`.
"""

import asyncio
import os
import signal
from contextlib import nullcontext
from dataclasses import replace
from datetime import datetime
from typing import Any, NoReturn

from siyu.channels.accounts import connection
from siyu.channels.adapters.types import Batch, Receipt
from siyu.channels.catalogue import ADAPTERS
from siyu.channels.messages.actions import outcomes, send
from siyu.channels.messages.jobs import dispatch
from siyu.kit import clock, crypto
from siyu.kit.db import Database
from siyu.kit.process_life import living
from siyu.kit.settings import Settings


def die(*_: Any, **__: Any) -> NoReturn:
    os.kill(os.getpid(), signal.SIGKILL)
    raise SystemExit("killed")


def _put(module: Any, name: str, value: Any) -> None:
    assert hasattr(module, name), f"{module.__name__} has no {name} any more: the trap would not spring"
    setattr(module, name, value)


def lay_trap(step: str) -> None:
    """Change one function so that reaching `step` is the end."""
    if step == "claiming":
        change = send._change

        async def written(*args: Any) -> None:
            await change(*args)
            die()

        _put(send, "_change", written)
    elif step == "claimed":
        _put(outcomes, "mark_called", die)
    elif step in ("marked", "answered"):
        for channel, adapter in list(ADAPTERS.items()):
            ADAPTERS[channel] = replace(adapter, send=_trapped(adapter.send, step))
    elif step == "concluded":
        conclude = outcomes.conclude
        seen: list[int] = []

        async def counted(*args: Any) -> None:
            if seen:
                die()
            seen.append(1)
            await conclude(*args)

        _put(outcomes, "conclude", counted)


def _trapped(send_one: Any, step: str) -> Any:
    async def trapped(session: Any, batch: Batch) -> Receipt:
        if step == "marked":
            die()
        await send_one(session, batch)
        die()

    return trapped


async def _send(url: str, step: str, now: datetime, alive: bool) -> None:
    crypto.configure(b"k" * 32)
    clock.freeze(now)
    _put(connection, "settings", lambda: Settings(outbound="loopback"))
    lay_trap(step)
    db = Database(url)
    async with living(db) if alive else nullcontext():
        await dispatch(db, None, now)
    await db.close()


def dispatch_due(url: str, step: str, now: datetime, alive: bool = False) -> None:
    """Dispatch what is due in the database at `url`, as a process of its own; `alive`: others can tell that it lives, as of a worker."""
    asyncio.run(_send(url, step, now, alive))
