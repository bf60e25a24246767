"""One Spark with two executors for the whole run, and lakes of their own to look at."""

from collections.abc import Callable, Iterator

import psycopg
import pytest

from siyu.facts.lake.connection import Lake
from siyu.facts.spark.session import Spark, spark_session

MASTER = "local-cluster[2,1,2048]"
QUICK = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
SMALL = {
    "spark.ui.showConsoleProgress": "false",
    # tables here have some hundred rows, and the queries dozens of stages: compiling them to bytecode, shuffling in 200 parts
    # and planning anew after every stage is all one would wait for
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.shuffle.partitions": "2",
    "spark.sql.adaptive.enabled": "false",
    "spark.driver.extraJavaOptions": QUICK,
    "spark.executor.extraJavaOptions": QUICK,
}


@pytest.fixture(scope="session")
def spark() -> Iterator[Spark]:
    with spark_session(MASTER, more=SMALL) as opened:
        yield opened


@pytest.fixture(scope="module")
def new_lake(postgres: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Lake]]:
    """Makes an empty lake of the given name."""
    opened: list[Lake] = []

    def make(name: str) -> Lake:
        with psycopg.connect(postgres.replace("/siyu?", "/postgres?"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE siyu STRATEGY wal_log")
        lake = Lake(postgres.replace("/siyu?", f"/{name}?"), str(tmp_path_factory.mktemp(name)), "1GB", 2)
        lake.open()
        opened.append(lake)
        return lake

    yield make
    for lake in opened:
        lake.close()
