"""The shape of the code: sizes, homes of clock and chance and SQL, files that must not name what they must not name."""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SIYU = ROOT / "siyu"
FUNCTION_LINES_MAX = 60
FILE_LINES_MAX = 400
ROOM_FILES = {"__init__", "models", "rules", "queries", "actions", "api", "jobs"}
ROOMS = ("platform", "contacts", "content", "audience", "channels", "commerce", "journeys", "imports")
FORBIDDEN_NAMES = {
    "service.py",
    "services.py",
    "utils.py",
    "helpers.py",
    "base.py",
    "manager.py",
    "common.py",
    "misc.py",
}


HISTORY = SIYU / "migrations/versions"
"""Files that are never changed once they are released; the first one is as long as the first schema."""


def python_files() -> Iterator[Path]:
    for folder in ("siyu", "tests", "benchmarks", "tools"):
        yield from (file for file in sorted((ROOT / folder).rglob("*.py")) if HISTORY not in file.parents)


def tracked() -> list[Path]:
    names = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [ROOT / name for name in names.splitlines() if (ROOT / name).is_file()]


def test_functions_and_files_stay_short() -> None:
    long: list[str] = []
    for file in python_files():
        text = file.read_text()
        if len(text.splitlines()) > FILE_LINES_MAX:
            long.append(f"{file.relative_to(ROOT)}: {len(text.splitlines())} lines")
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                if lines > FUNCTION_LINES_MAX:
                    long.append(f"{file.relative_to(ROOT)}:{node.lineno} {node.name}: {lines} lines")
    assert long == []


def test_typescript_files_stay_short() -> None:
    files = [f for folder in ("console/src", "pages/src") for f in (ROOT / folder).rglob("*.ts*")]
    long = [
        str(f.relative_to(ROOT))
        for f in files
        if "schema.d.ts" not in f.name and len(f.read_text().splitlines()) > FILE_LINES_MAX
    ]
    assert long == []


def test_no_file_has_a_name_that_says_nothing() -> None:
    assert [str(f) for f in python_files() if f.name in FORBIDDEN_NAMES] == []


CLOCKS = re.compile(r"datetime\.now\(|datetime\.utcnow\(|time\.time\(|date\.today\(|datetime\.today\(")
CHANCE = re.compile(r"^\s*(import random|from random|import secrets|from secrets)|uuid\.uuid4\(|os\.urandom\(", re.M)


def test_the_clock_has_one_home() -> None:
    wrong = [
        str(file.relative_to(ROOT))
        for file in sorted(SIYU.rglob("*.py"))
        if file != SIYU / "kit/clock.py" and "simulators" not in file.parts and CLOCKS.search(file.read_text())
    ]
    assert wrong == []


def test_only_doors_timers_and_routes_read_the_clock() -> None:
    """Below the edge time is an argument."""
    wrong = [
        str(file.relative_to(ROOT))
        for room in ROOMS
        for file in sorted((SIYU / room).rglob("*.py"))
        if re.search(r"(?:models|rules|queries|actions)", str(file.relative_to(SIYU / room)))
        and "clock.now()" in file.read_text()
    ]
    assert wrong == []


def test_chance_has_one_home() -> None:
    homes = {SIYU / "kit/ids.py", SIYU / "kit/crypto.py"}
    wrong = [
        str(file.relative_to(ROOT))
        for file in sorted(SIYU.rglob("*.py"))
        if file not in homes and "simulators" not in file.parts and CHANCE.search(file.read_text())
    ]
    assert wrong == []


@pytest.mark.parametrize("name", ["rules", "api"])
def test_rules_and_routes_hold_no_sql(name: str) -> None:
    wrong = []
    for room in ROOMS:
        for file in [*(SIYU / room).rglob(f"{name}.py"), *(SIYU / room / name).rglob("*.py")]:
            if re.search(r"from sqlalchemy|\btext\(\"\"\"|tx\.execute\(", file.read_text()):
                wrong.append(str(file.relative_to(ROOT)))
    assert wrong == []


def test_actions_do_not_commit() -> None:
    wrong = [
        str(file.relative_to(ROOT))
        for room in ROOMS
        for file in [*(SIYU / room).rglob("actions.py"), *(SIYU / room / "actions").rglob("*.py")]
        if ".commit()" in file.read_text()
    ]
    assert wrong == []


# written so that this file does not name one itself
REGISTRIES = re.compile(
    "|".join(
        [
            "pypi" + r"\.org",
            "pythonhosted" + r"\.org",
            "registry" + r"\.npmjs",
            "npmmirror" + r"\.com",
            "debian" + r"\.org/debian",
        ]
    )
)


def test_no_file_names_a_package_registry() -> None:
    binary = {".png", ".parquet", ".woff2", ".ico", ".jpg"}
    wrong = [
        str(file.relative_to(ROOT))
        for file in tracked()
        if file.suffix not in binary and REGISTRIES.search(file.read_text(errors="ignore"))
    ]
    assert wrong == []


def test_every_room_says_what_it_owns_in_its_docstring() -> None:
    for room in (*ROOMS, "facts", "insight"):
        doc = ast.get_docstring(ast.parse((SIYU / room / "__init__.py").read_text()))
        assert doc, room
        assert 2 <= len(doc.splitlines()) <= 8, room


def test_every_public_function_of_siyu_says_what_it_means() -> None:
    silent = []
    for file in sorted(SIYU.rglob("*.py")):
        if HISTORY in file.parents:
            continue
        for node in ast.parse(file.read_text()).body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and not node.name.startswith(
                "_"
            ):
                exempt = isinstance(node, ast.ClassDef)
                if not exempt and ast.get_docstring(node) is None:
                    silent.append(f"{file.relative_to(ROOT)}:{node.lineno} {node.name}")
    assert silent == []
