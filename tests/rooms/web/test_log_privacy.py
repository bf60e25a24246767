"""The log tells what went wrong and where, never whose phone, email or password it went wrong with."""

import contextlib
import io
import logging
import sys
from collections.abc import AsyncIterator, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
import structlog
import typer
from fastapi import APIRouter
from httpx import ASGITransport
from pydantic import BaseModel
from sqlalchemy import text

from siyu.app import ROOMS
from siyu.cli.cli_context import run, run_program
from siyu.kit import logs
from siyu.kit.db import Database, copy_rows
from siyu.kit.jobs import Job, Timer, defer
from siyu.platform.access import public
from siyu.web.app import create_app
from siyu.worker.poll import Poller, Registry, drain
from tests.world import NOON, Shop

PHONE, EMAIL, SECRET = "13912345678", "mei.marked@qingxiang.cn", "hunter2-Marked!"
SPACED = "139 1234 5678"
MARKS = (PHONE, SPACED, "12345678", EMAIL, "mei.marked", SECRET, "Marked")


class Form(BaseModel):
    age: int


async def unique(db: Database) -> None:
    async with db.transaction() as tx:
        await tx.execute(text("CREATE TEMP TABLE marked (phone text PRIMARY KEY, email text) ON COMMIT DROP"))
        for _ in range(2):
            await tx.execute(text("INSERT INTO marked VALUES (:p, :e)"), {"p": PHONE, "e": EMAIL})


async def wrong_type(db: Database) -> None:
    async with db.transaction() as tx:
        await tx.execute(text("SELECT CAST(CAST(:p AS text) AS date)"), {"p": f"{EMAIL} {SECRET}"})


async def wrong_json(db: Database) -> None:
    async with db.transaction() as tx:
        await tx.execute(text("SELECT CAST(CAST(:p AS text) AS jsonb)"), {"p": f'{{"phone": "{PHONE}", {SECRET}}}'})


async def no_column(db: Database) -> None:
    async with db.transaction() as tx:
        await tx.execute(text("SELECT nothing FROM member WHERE name = :p"), {"p": SECRET})


async def copied(db: Database) -> None:
    async with db.transaction() as tx:
        await tx.execute(text("CREATE TEMP TABLE marked_copy (n int, email text) ON COMMIT DROP"))
        await copy_rows(tx, "marked_copy", ("n", "email"), [(f"{SECRET}", EMAIL)])


async def literal(db: Database) -> None:
    async with db.transaction() as tx:
        await tx.execute(text(f"SELECT '{EMAIL}'::int"))


async def value(db: Database) -> None:
    raise ValueError(f"cannot read '{SECRET}' of {EMAIL}, phone {SPACED} ({PHONE}), password={SECRET}")


async def key(db: Database) -> None:
    {"a": 1}[SECRET]


async def parsed(db: Database) -> None:
    Form.model_validate({"age": f"{PHONE} {SECRET}"})


async def chained(db: Database) -> None:
    try:
        await unique(db)
    except Exception as error:
        raise RuntimeError(f"for '{EMAIL}'") from error


async def grouped(db: Database) -> None:
    raise ExceptionGroup("several", [ValueError(f"'{SECRET}'"), KeyError(PHONE)])


FAULTS = (unique, wrong_type, wrong_json, no_column, copied, literal, value, key, parsed, chained, grouped)


@pytest.fixture
def logged(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """The log as an installation writes it, to stderr."""
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    written = io.StringIO()
    monkeypatch.setattr("sys.stderr", written)
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    logs.configure("INFO", "console")
    yield written
    structlog.reset_defaults()
    root.handlers = handlers
    root.setLevel(level)


def clean(output: str) -> str:
    """`output`, having seen that no mark is in it."""
    assert [mark for mark in MARKS if mark in output] == [], output
    return output


@pytest.fixture
async def faulty(shop: Shop) -> AsyncIterator[httpx.AsyncClient]:
    """The application with a route for each fault."""
    router = APIRouter()
    for fault in FAULTS:

        async def route(fault: Any = None) -> None:
            raise AssertionError

        def bound(fault: Any = fault) -> Any:
            async def route() -> None:
                await fault(shop.db)

            return route

        router.add_api_route(f"/api/v1/faults/{fault.__name__}", bound(), methods=["POST"], dependencies=[public()])
    app = create_app((*ROOMS, router), shop.app.state.settings, shop.db, shop.lake)
    async with httpx.AsyncClient(transport=ASGITransport(app), base_url="http://siyu.test") as client:
        yield client


async def test_the_web_door(faulty: httpx.AsyncClient, logged: io.StringIO) -> None:
    for fault in FAULTS:
        answer = await faulty.post(f"/api/v1/faults/{fault.__name__}?phone={PHONE}&email={EMAIL}", json={"p": SECRET})
        assert (answer.status_code, answer.json()["code"]) == (500, "unforeseen")
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["cache-control"] == "no-store"
        clean(answer.text)
    output = clean(logged.getvalue())
    assert output.count("request_failed") == len(FAULTS)
    for hint in (
        "UniqueViolation 23505",
        "marked_pkey",
        "InvalidDatetimeFormat",
        "UndefinedColumn",
        "int_parsing",
        "ExceptionGroup",
        "test_log_privacy.py",
    ):
        assert hint in output


async def test_the_worker_its_timers_and_jobs(shop: Shop, logged: io.StringIO) -> None:
    async def timer(db: Database, lake: Any, now: datetime, fault: Any = None) -> bool:
        raise AssertionError

    def failing(fault: Any) -> Any:
        async def run(db: Database, lake: Any, now: datetime) -> bool:
            await fault(db)
            return False

        return run

    timers = [Timer(f"fault-{fault.__name__}", timedelta(seconds=1), failing(fault)) for fault in FAULTS]
    await Poller(Registry(timers=timers), shop.db, shop.lake).poll(NOON)

    async def job(db: Database, lake: Any, phone: str, email: str) -> None:
        await chained(db)

    async with shop.db.transaction() as tx:
        await defer(tx, "siyu.marked", phone=PHONE, email=EMAIL)
    await drain(Registry(jobs=[Job("siyu.marked", job, 1)]), shop.db, shop.lake)
    output = clean(logged.getvalue())
    assert output.count("part_failed") == len(FAULTS)
    assert "job_failed" in output


@pytest.mark.parametrize("fault", [value, key, parsed, grouped])
def test_the_command_line(fault: Any, logged: io.StringIO) -> None:
    app = typer.Typer()

    @app.command()
    def break_down() -> None:
        run(fault(None))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.argv", ["siyu"])
        with contextlib.redirect_stderr(logged), pytest.raises(SystemExit) as ended:
            run_program(app)
    assert ended.value.code == 1
    assert "command_failed" in clean(logged.getvalue())


async def test_what_libraries_log(shop: Shop, logged: io.StringIO) -> None:
    for name in ("uvicorn.error", "asyncio", "sqlalchemy.pool", "procrastinate.worker"):
        for fault in FAULTS:
            try:
                await fault(shop.db)
            except Exception:
                logging.getLogger(name).exception("failed for '%s' (%s) at /x?phone=%s", SECRET, EMAIL, PHONE)
    assert "UniqueViolation" in clean(logged.getvalue())


async def test_fields_of_a_line(logged: io.StringIO) -> None:
    logs.logger("x").warning("refused", detail=f"no member {EMAIL}, {PHONE}", phone=PHONE, account_id=7)
    assert "account_id=7" in clean(logged.getvalue())


async def test_the_log_of_the_embedded_postgres(shop: Shop, database_url: str) -> None:
    for fault in FAULTS:
        with pytest.raises(Exception):  # noqa: B017
            await fault(shop.db)
    with psycopg.connect(database_url) as connection:
        settings = connection.execute(
            "SELECT current_setting('log_error_verbosity'), current_setting('log_min_messages'), current_setting('data_directory')"
        ).fetchone()
    assert settings is not None and settings[:2] == ("terse", "log")
    folder = Path(settings[2])
    written = [file for file in (*folder.glob("*log"), *folder.glob("log/*")) if file.is_file()]
    assert written, sorted(folder.iterdir())
    for file in written:
        clean(file.read_text(errors="replace"))
