"""Poison: one item of many at which work fails is found and set aside, so that the others go on. A fault of our own
infrastructure is nobody's poison: it is raised, and everything waits."""

import errno
import os
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

import duckdb
import httpx
import psycopg
from sqlalchemy import exc

from siyu.kit.errors import OutOfRange, Unreadable
from siyu.kit.text import LocalizedText

Item = TypeVar("Item")

UNREADABLE, OUT_OF_RANGE, UNEXPECTED = "unreadable", "out_of_range", "unexpected"
REASONS: dict[str, LocalizedText] = {
    UNREADABLE: LocalizedText("内容无法解读", "It cannot be read"),
    OUT_OF_RANGE: LocalizedText("数值或时间超出范围", "A value or time in it is out of range"),
    UNEXPECTED: LocalizedText("处理时发生未预料的错误", "Something nobody foresaw went wrong"),
}
"""Why an item was set aside."""


_LIMIT_CLASS = "54"
"""SQLSTATE of what is too large for a row or an index: the item's fault, though psycopg counts it as operational."""
_DISK_FULL = "53100"
_MISSING = ("42501", "42703", "42883", "42P01")
"""SQLSTATEs of a right, column, function or table that there is not: the schema's fault."""
_OURS = (
    OSError,
    MemoryError,
    TimeoutError,
    httpx.TransportError,
    exc.TimeoutError,
    exc.InterfaceError,
    exc.InvalidRequestError,
)


def is_outage(error: BaseException) -> bool:
    """Whether `error` says that the database does not answer for now: the same work may succeed later."""
    if isinstance(error, exc.DBAPIError):
        if error.connection_invalidated:
            return True
        error = error.orig or error
    if isinstance(error, psycopg.OperationalError | psycopg.InterfaceError):
        return not (error.sqlstate or "").startswith(_LIMIT_CLASS)
    return isinstance(error, exc.TimeoutError)


def is_infrastructure_fault(error: BaseException) -> bool:
    """Whether `error` says that something of ours does not work (database, disk, network, schema), whatever the item was."""
    if is_outage(error):
        return True
    cause = error.orig or error if isinstance(error, exc.DBAPIError) else error
    if isinstance(cause, psycopg.Error):
        return cause.sqlstate in _MISSING
    if isinstance(cause, duckdb.Error):
        return not isinstance(cause, duckdb.DataError)
    return isinstance(cause, _OURS) or not isinstance(cause, Exception)


def is_disk_full(error: BaseException) -> bool:
    """Whether `error` says that nothing more fits on a disk of ours."""
    cause = error.orig or error if isinstance(error, exc.DBAPIError) else error
    if isinstance(cause, psycopg.Error):
        return cause.sqlstate == _DISK_FULL
    if isinstance(cause, duckdb.IOException):
        return os.strerror(errno.ENOSPC) in str(cause)
    return isinstance(cause, OSError) and cause.errno == errno.ENOSPC


def reason_of_fault(error: BaseException) -> str:
    """One of REASONS."""
    cause = error.orig if isinstance(error, exc.DBAPIError) else error
    if isinstance(cause, OutOfRange | OverflowError | psycopg.DataError | duckdb.DataError):
        return OUT_OF_RANGE
    return UNREADABLE if isinstance(cause, Unreadable | UnicodeError) else UNEXPECTED


def error_class(error: BaseException) -> str:
    """The class of an error and of the one it came from, `DataError < DatetimeFieldOverflow`: its text may quote a customer."""
    cause = error.__cause__
    return f"{type(error).__name__} < {type(cause).__name__}" if cause else type(error).__name__


async def isolate(
    items: Sequence[Item],
    work: Callable[[Sequence[Item]], Awaitable[int]],
    set_aside: Callable[[Item, Exception], Awaitable[None]],
) -> int:
    """Do `work` on all of `items`; where it fails on each half, and so on, until the item at fault is alone and handed to
    `set_aside`. The order is kept. Every call of `work` must be a transaction or a savepoint of its own.

    Returns the sum of what `work` answered; raises what is our own fault.
    """
    total, parts = 0, [items]
    while parts:
        part = parts.pop()
        if not part:
            continue
        try:
            total += await work(part)
        except Exception as error:
            if is_infrastructure_fault(error):
                raise
            if len(part) == 1:
                await set_aside(part[0], error)
            else:
                middle = len(part) // 2
                parts += [part[middle:], part[:middle]]
    return total
