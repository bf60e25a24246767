"""Argon2 outside the event loop: a few threads, and a queue that has an end.

One hash takes 64 MiB and tens of milliseconds of all cores on purpose. In the event loop that would stop the house; in
threads without a bound a crowd of tries would take all its memory.
"""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from siyu.platform.sign_in.rules import SignInBusy

THREADS = 2
WAITING_MAX = 16
"""Hashes in work and waiting in this process; the next is refused with a time to come again."""

hasher = PasswordHasher()
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
