"""Argon2 outside the event loop: half of the cores at most, and a queue that has an end.

One hash takes 64 MiB and a tenth of a second of a core on purpose. In the event loop that would stop the house; on all cores a
crowd of tries would crowd out everybody's pages, and without a bound take all memory.
"""

import asyncio
import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from siyu.platform.sign_in.rules import SignInBusy

LANES = 1
"""Of one hash: more would be threads beside those below."""
THREADS = max(1, (os.cpu_count() or 1) // 2)
WAITING_MAX = 16
"""Hashes in work and waiting in this process; the next is refused with a time to come again."""

hasher = PasswordHasher(parallelism=LANES)
_pool = ThreadPoolExecutor(THREADS, thread_name_prefix="argon2")
_places = threading.BoundedSemaphore(WAITING_MAX)


Answer = TypeVar("Answer")


async def _in_thread(work: Callable[[], Answer]) -> Answer:
    if not _places.acquire(blocking=False):
        raise SignInBusy()
    running = _pool.submit(work)
    # a request that is given up while it waits gives its place back only when the thread is free of it
    running.add_done_callback(lambda _: _places.release())
    return await asyncio.wrap_future(running)


async def hashed(password: str) -> str:
    """The hash to keep; raises SignInBusy."""
    return await _in_thread(lambda: hasher.hash(password))


async def verify(kept: str | None, password: str) -> bool:
    """Whether `password` is the one; None (nobody has the address) takes as long and is never right. Raises SignInBusy."""
    return await _in_thread(lambda: _verify(kept, password))


def _verify(kept: str | None, password: str) -> bool:
    try:
        return hasher.verify(kept or _nobody(), password) and kept is not None
    except (VerifyMismatchError, InvalidHashError):
        return False


@cache
def _nobody() -> str:
    return hasher.hash("nobody has this password")
