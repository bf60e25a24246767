"""`siyu audience count --engine spark`, as an operator types it."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from psycopg.conninfo import conninfo_to_dict

from siyu.facts.lake.connection import Lake
from siyu.kit.db import Database
from siyu.platform import queries
from tests.conformance import shop
from tests.conformance.conftest import MASTER, SMALL
from tests.rooms.audience.test_oracle import write

SIYU = Path(sys.executable).with_name("siyu")
TREE = {"any": [{"did": {"fact": "order_paid", "count": {">=": 40}}}, {"rfm": {"r": [4, 5]}}]}
SPARK = [
    "--engine",
    "spark",
    "--master",
    MASTER,
    *(word for key, value in SMALL.items() for word in ("--conf", f"{key}={value}")),
]


def siyu(*arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [SIYU, "audience", "count", *arguments], capture_output=True, text=True, check=False, env={**os.environ, **env}
    )


@pytest.fixture(scope="module")
def installation(
    new_lake: Callable[[str], Lake], postgres: str, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, str]:
    """The settings of an installation whose first brand is the shop."""
    lake = new_lake("conformance_command")
    url = postgres.replace("/siyu?", "/conformance_command?")
    assert conninfo_to_dict(url)["dbname"] == "conformance_command"

    async def brand() -> int:
        db = Database(url)
        async with db.transaction() as tx:
            workspace_id = (await queries.workspaces(tx))[0].id
        await db.close()
        return workspace_id

    write(lake, [replace(shop.make(7), workspace_id=asyncio.run(brand()))])
    home = tmp_path_factory.mktemp("home")
    return {"SIYU_DATABASE_URL": url, "SIYU_LAKE": lake.path, "SIYU_HOME": str(home), "SIYU_NOW": shop.NOW.isoformat()}


def test_spark_prints_the_figure_that_duckdb_prints(installation: dict[str, str], tmp_path: Path) -> None:
    tree = tmp_path / "tree.json"
    tree.write_text(json.dumps(TREE))
    ours, theirs = siyu(str(tree), **installation), siyu(str(tree), *SPARK, **installation)
    assert ours.returncode == theirs.returncode == 0, ours.stderr + theirs.stderr
    assert 0 < int(ours.stdout) < len(shop.MEMBERS) + len(shop.REGULARS), "a test of nothing"
    assert theirs.stdout == ours.stdout


def test_without_java_it_says_what_to_install(installation: dict[str, str]) -> None:
    finished = siyu("anybody", *SPARK, **installation, PATH="/nowhere", JAVA_HOME="")
    assert finished.returncode == 2
    assert "openjdk-17-jre-headless" in finished.stderr
    assert "Traceback" not in finished.stderr


def test_what_is_no_setting_of_spark_is_refused(installation: dict[str, str]) -> None:
    finished = siyu("anybody", "--engine", "spark", "--conf", "cores=2", **installation)
    assert finished.returncode == 2
    assert "spark.key=value" in finished.stderr
