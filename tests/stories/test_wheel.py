"""A wheel built from the tree, installed with nothing but the dependencies it declares, serves: migrations and console are in it."""

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import Distribution, distribution
from pathlib import Path

import httpx
import pytest
from packaging.requirements import Requirement

from tests.stories.test_serve import WITHIN_SECONDS, address, start

ROOT = Path(__file__).parents[2]


def declared(asking: Distribution, extras: frozenset[str], known: dict[str, set[str]]) -> Iterator[Distribution]:
    """The installed distributions that `asking` with `extras` asks for, and what those ask for in turn."""
    for line in asking.requires or ():
        requirement = Requirement(line)
        if requirement.marker and not any(requirement.marker.evaluate({"extra": extra}) for extra in ("", *extras)):
            continue
        seen = known.setdefault(requirement.name.lower(), set())
        new = {"", *requirement.extras} - seen
        if new:
            seen |= new
            needed = distribution(requirement.name)
            yield needed
            yield from declared(needed, frozenset(requirement.extras), known)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from a copy: setuptools leaves its work in the folder it builds from."""
    tree, into = tmp_path_factory.mktemp("tree"), tmp_path_factory.mktemp("wheel")
    shutil.copytree(ROOT / "siyu", tree / "siyu", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, tree)
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "wheel", "--quiet", "--no-index"]
    subprocess.run([*pip, "--no-deps", "--no-build-isolation", "--wheel-dir", into, tree], check=True)
    return next(into.glob("siyu-*.whl"))


@pytest.fixture
def installed(wheel: Path, tmp_path: Path) -> Path:
    """An environment of its own with the wheel and links to its declared dependencies; returns its `bin`."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "env"], check=True)
    packages = next((tmp_path / "env/lib").glob("python3*/site-packages"))
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", str(tmp_path / "env/bin/python")]
    subprocess.run([*pip, "install", "--quiet", "--no-index", "--no-deps", wheel], check=True)
    siyu = Distribution.at(next(packages.glob("siyu-*.dist-info")))
    for needed in declared(siyu, frozenset(), {}):
        home = Path(str(needed.locate_file("")))
        for top in {file.parts[0] for file in needed.files or ()} - {"..", "__pycache__"}:
            if not (packages / top).exists():
                (packages / top).symlink_to(home / top)
    return tmp_path / "env/bin"


def test_an_installed_wheel_serves(installed: Path, tmp_path: Path) -> None:
    """Nothing of the tree is on the path: not the package, not the folder of migrations, not what only tests need."""
    where = subprocess.run(
        [installed / "python", "-c", "import siyu; print(siyu.__file__)"],
        cwd=tmp_path,
        check=True,
        text=True,
        capture_output=True,
    ).stdout.strip()
    assert Path(where).is_relative_to(tmp_path), where
    home = tmp_path / "home"
    process = start(home, program=installed / "siyu", cwd=tmp_path)
    try:
        served = address(process)
        assert httpx.get(f"{served}/healthz").json()["status"] == "ok"
        page = httpx.get(f"{served}/")
        assert page.status_code == 200
        scripts = re.findall(r'<script[^>]+src="([^"]+)"', page.text)
        assert scripts
        for script in scripts:
            assert "javascript" in httpx.get(f"{served}{script}").headers["content-type"]
    finally:
        os.killpg(process.pid, signal.SIGINT)
        process.communicate(timeout=WITHIN_SECONDS)
    assert process.returncode == 0
