"""Fixtures: a real Postgres and a real lake for every test that asks for them. Loaded by tests/conftest.py for all but the rules."""

import asyncio
import itertools
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import httpx
import psycopg
import pytest
from argon2 import PasswordHasher

from siyu.app import ROOMS
from siyu.facts.installation import migrate
from siyu.facts.lake.connection import Lake
from siyu.kit import crypto
from siyu.kit.db import Database
from siyu.kit.postgres import EmbeddedPostgres
from siyu.kit.settings import Settings
from siyu.platform import actions, queries
from siyu.platform.sign_in import password_hashing
from siyu.web.app import create_app
from tests import world
from tests.world import NOON, Shop

os.environ.setdefault("SIYU_OUTBOUND", "loopback")
"""Platforms and receivers of tests run on this machine."""
_numbers = itertools.count()


KEY = b"k" * 32


@pytest.fixture(scope="session", autouse=True)
def key() -> None:
    crypto.configure(KEY)


@pytest.fixture(scope="session", autouse=True)
def quick_passwords() -> None:
    """Somebody signs in before almost every test; a hash that withstands guessing would take as long as the test."""
    password_hashing.hasher = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)


@pytest.fixture(autouse=True)
def key_again() -> Iterator[None]:
    """A test that opens an installation of its own has put that one's key in the place of ours."""
    yield
    crypto.configure(KEY)


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """One embedded server a run; its `siyu` database, migrated, with an empty lake and the shop founded, is the template."""
    folder = tmp_path_factory.mktemp("postgres")
    server = EmbeddedPostgres(folder)
    url = server.start()
    _careless(url)
    migrate(url)
    lake = Lake(url, str(folder / "lake"), "1GB", 2)
    lake.open()
    lake.close()

    async def found_brand() -> None:
        db = Database(url)
        await world.found_brand(db, NOON)
        await db.close()

    asyncio.run(found_brand())
    yield url
    server.stop()


def _careless(url: str) -> None:
    """No waiting for the disk: what a killed process wrote is still there, and a database of a test need not outlive the machine."""
    with psycopg.connect(url, autocommit=True) as connection:
        for setting in ("fsync", "full_page_writes"):
            connection.execute(f"ALTER SYSTEM SET {setting} = off")
        connection.execute("SELECT pg_reload_conf()")


@pytest.fixture
def database_url(postgres: str) -> Iterator[str]:
    """A fresh database: the template's copy."""
    with _copied(postgres, f"t{os.getpid()}_{next(_numbers)}") as url:
        yield url


@contextmanager
def _copied(postgres: str, name: str) -> Iterator[str]:
    with psycopg.connect(postgres.replace("/siyu?", "/postgres?"), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE siyu STRATEGY file_copy")
        yield postgres.replace("/siyu?", f"/{name}?")
        connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


@pytest.fixture
async def db(database_url: str) -> AsyncIterator[Database]:
    opened = Database(database_url)
    yield opened
    await opened.close()


class SleepingLake(Lake):
    """Opens when it is first asked: most tests of rooms never ask, and loading DuckDB's extensions takes longer than they do."""

    def cursor(self) -> duckdb.DuckDBPyConnection:
        if self._connection is None:
            self.open()
        return super().cursor()


@pytest.fixture
def lake(database_url: str, tmp_path: Path) -> Iterator[Lake]:
    opened = SleepingLake(database_url, str(tmp_path / "lake"), "1GB", 2)
    yield opened
    opened.close()


@pytest.fixture
async def shop(db: Database, lake: Lake, tmp_path: Path) -> Shop:
    """The named shop on a fresh database and lake."""
    return await _opened(db, lake, tmp_path)


async def _opened(db: Database, lake: Lake, home: Path) -> Shop:
    async with db.transaction() as tx:
        workspace = (await queries.workspaces(tx))[0]
    return Shop(db, lake, create_app(ROOMS, Settings(home=home), db, lake), actions.system(workspace))


@pytest.fixture(scope="module")
async def module_shop(postgres: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Shop]:
    """The named shop on a database and lake that a whole module shares: what is large is made once."""
    folder = tmp_path_factory.mktemp("module")
    with _copied(postgres, f"module_{os.getpid()}_{next(_numbers)}") as url:
        db, lake = Database(url), Lake(url, str(folder / "lake"), "1GB", 2)
        lake.open()
        yield await _opened(db, lake, folder)
        lake.close()
        await db.close()


@pytest.fixture
async def client(shop: Shop) -> AsyncIterator[httpx.AsyncClient]:
    """Signed in as the admin."""
    async with shop.client() as opened:
        yield opened
