"""What every test has: a stopped clock. Postgres and lake come with the first test that is not one of pure rules."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from siyu.demo.world import NOON
from siyu.kit import clock

RULES = Path(__file__).parent / "rules"


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> None:
    """Rules need no database, so what starts one is not even imported for them: `make rules` stays within ten seconds."""
    if not file_path.is_relative_to(RULES):
        parent.config.pluginmanager.import_plugin("tests.installation")


@pytest.fixture(autouse=True)
def noon() -> Iterator[None]:
    """Every test starts at NOON on a stopped clock."""
    clock.freeze(NOON)
    yield
    clock.unfreeze()
