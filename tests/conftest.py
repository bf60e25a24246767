"""What every test has: a stopped clock, a folder of the run's own. Postgres and lake come with the first test that is not one of rules."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from siyu.demo.world import NOON
from siyu.kit import clock

RULES = Path(__file__).parent / "rules"
OWN_FOLDER = pytest.StashKey[Path]()


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """A folder for this run alone. When we are root Postgres runs as another user, and the next run would shut the folder that runs
    share by default to everybody else."""
    if config.option.basetemp is None and not hasattr(config, "workerinput"):
        config.stash[OWN_FOLDER] = Path(tempfile.mkdtemp(prefix="siyu-tests-"))
        config.option.basetemp = str(config.stash[OWN_FOLDER] / "run")


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """What a run without failures wrote is of no use to anybody."""
    folder = session.config.stash.get(OWN_FOLDER, None)
    if folder is not None and exitstatus == pytest.ExitCode.OK:
        shutil.rmtree(folder, ignore_errors=True)


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> None:
    """Rules need no database, so what starts one is not even imported for them: `make rules` stays within ten seconds."""
    if file_path.parent != RULES.parent and not file_path.is_relative_to(RULES):
        parent.config.pluginmanager.import_plugin("tests.installation")


@pytest.fixture(autouse=True)
def noon() -> Iterator[None]:
    """Every test starts at NOON on a stopped clock."""
    clock.freeze(NOON)
    yield
    clock.unfreeze()
