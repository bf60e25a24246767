"""A shop that a whole module shares: a large import is made once."""

from collections.abc import AsyncIterator
from pathlib import Path

import psycopg
import pytest

from siyu.app import ROOMS
from siyu.facts.lake.connection import Lake
from siyu.kit.db import Database
from siyu.kit.settings import Settings
from siyu.platform import actions, queries
from siyu.web.app import create_app
from tests.world import Shop


@pytest.fixture(scope="module")
async def large_shop(postgres: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Shop]:
    """The named shop on a database and lake of the module."""
    folder: Path = tmp_path_factory.mktemp("large")
    name = f"large_{folder.name}"
    with psycopg.connect(postgres.replace("/siyu?", "/postgres?"), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE siyu STRATEGY wal_log")
        url = postgres.replace("/siyu?", f"/{name}?")
        db, lake = Database(url), Lake(url, str(folder / "lake"), "1GB", 2)
        lake.open()
        async with db.transaction() as tx:
            workspace = (await queries.workspaces(tx))[0]
        yield Shop(db, lake, create_app(ROOMS, Settings(home=folder), db, lake), actions.system(workspace))
        lake.close()
        await db.close()
        connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
