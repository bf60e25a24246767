"""Poison among many items: found alone, whatever it raises, and never mistaken for a fault of our own."""

from collections.abc import Sequence
from typing import Any

import duckdb
import httpx
import psycopg
import pytest
from sqlalchemy import exc

from siyu.kit.errors import OutOfRange, Unreadable
from siyu.kit.isolation import error_class, is_infrastructure_fault, isolate, reason_of_fault
from siyu.kit.time import EARLIEST, LATEST, moment_of


class Bench:
    """Work that fails on `bad` items; remembers what was done and what was set aside."""

    def __init__(self, bad: dict[int, Exception]) -> None:
        self.bad, self.done, self.aside, self.calls = bad, list[int](), list[int](), 0

    async def work(self, part: Sequence[int]) -> int:
        self.calls += 1
        for item in part:
            if item in self.bad:
                raise self.bad[item]
        self.done += part
        return len(part)

    async def set_aside(self, item: int, _error: Exception) -> None:
        self.aside.append(item)


@pytest.mark.parametrize("bad", [[], [0], [63], [5, 6], [1, 31, 32, 60], list(range(64))])
async def test_all_but_the_poison_is_done_once_and_in_order(bad: list[int]) -> None:
    bench = Bench({item: KeyError(item) for item in bad})
    assert await isolate(range(64), bench.work, bench.set_aside) == 64 - len(bad)
    assert bench.done == [item for item in range(64) if item not in bad]
    assert bench.aside == bad


async def test_one_poison_among_many_is_found_by_halves() -> None:
    bench = Bench({4_321: ValueError()})
    await isolate(range(5_000), bench.work, bench.set_aside)
    assert bench.aside == [4_321] and bench.calls <= 27


async def test_a_fault_of_ours_is_raised_and_nothing_is_set_aside() -> None:
    bench = Bench({7: psycopg.OperationalError("the database is down")})
    with pytest.raises(psycopg.OperationalError):
        await isolate(range(64), bench.work, bench.set_aside)
    assert bench.aside == []


def wrapped(error: Exception) -> exc.DBAPIError:
    return exc.DBAPIError("SELECT 1", {}, error)


@pytest.mark.parametrize(
    "error",
    [
        psycopg.OperationalError(),
        psycopg.errors.AdminShutdown(),
        psycopg.errors.DiskFull(),
        psycopg.errors.DeadlockDetected(),
        psycopg.errors.UndefinedTable(),
        wrapped(psycopg.errors.DiskFull()),
        exc.TimeoutError(),
        OSError(28, "no space left"),
        ConnectionResetError(),
        MemoryError(),
        httpx.ConnectTimeout("slow"),
        duckdb.IOException(),
        duckdb.TransactionException(),
    ],
    ids=lambda error: error_class(error),
)
def test_what_is_our_own_fault(error: Exception) -> None:
    assert is_infrastructure_fault(error)


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (ValueError("x"), "unexpected"),
        (OverflowError(), "out_of_range"),
        (OutOfRange(), "out_of_range"),
        (Unreadable(), "unreadable"),
        (UnicodeDecodeError("utf-8", b"", 0, 1, ""), "unreadable"),
        (psycopg.errors.DatetimeFieldOverflow(), "out_of_range"),
        (psycopg.errors.ProgramLimitExceeded(), "unexpected"),
        (psycopg.errors.UniqueViolation(), "unexpected"),
        (wrapped(psycopg.errors.NumericValueOutOfRange()), "out_of_range"),
        (duckdb.ConversionException(), "out_of_range"),
    ],
    ids=lambda value: error_class(value) if isinstance(value, Exception) else value,
)
def test_what_is_the_item_s_fault(error: Exception, reason: str) -> None:
    assert not is_infrastructure_fault(error)
    assert reason_of_fault(error) == reason


def test_the_class_of_an_error_is_told_and_never_its_text() -> None:
    try:
        try:
            raise ValueError("13800000003")
        except ValueError as cause:
            raise KeyError("lin@example.com") from cause
    except KeyError as error:
        assert error_class(error) == "KeyError < ValueError"


@pytest.mark.parametrize(
    "seconds", ["99999999999999999", 1_795_982_778_000, "", "nan", "inf", -1, 0, None, [], 10**400]
)
def test_moments_that_cannot_be_are_out_of_range(seconds: Any) -> None:
    with pytest.raises(OutOfRange):
        moment_of(seconds)


def test_moments_between_the_bounds_are_taken() -> None:
    assert moment_of(str(int(EARLIEST.timestamp()))) == EARLIEST
    assert moment_of(LATEST.timestamp() - 1) < LATEST
