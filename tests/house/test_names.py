"""Names: modules are things and not doings, one name means one thing, and a file is worth opening."""

import ast
import re
from collections import defaultdict
from pathlib import Path

import pytest

from tests.house.tree import Module, imports, modules

ROOT = Path(__file__).parents[2]
SIYU = ROOT / "siyu"
NOUNS = {"authoring", "mapping", "staging", "warning", "signing"}
"""Nouns of the field that end as a gerund does: journey authoring, the mapping of columns, a staging table, an early warning."""
FILE_LINES_MIN = 40
ORDERED = {"api", "jobs", "actions", "queries", "sql", "rules", "models"}
"""Files that a room has by the order inside it, however short."""
LISTS = ("facts.catalogue", "audience.language.conditions", "journeys.steps", "insight.reports", "imports.kinds", "cli")
"""Where each thing is one file and one line in a list."""
LOADED_LATE = {"demo.tables"}
"""Apart from its one importer because of what it imports itself."""
OF_EVERY_ADAPTER = {"AccountConfig", "AccountSecrets"}
"""An adapter's settings have one name in all of them."""
PRONOUNS = {"one", "found", "given", "wanted", "asked", "told", "words", "said"}
"""What a value was done to and not what it is: a variable or a parameter is called by the thing it holds."""
VALUES = ("kit.money", "kit.numbers", "kit.text", "kit.time")
OF_THE_LANGUAGE = {"content.rules.filters.money", "audience.language.values.number"}
"""A filter and a type that are called so by those who write templates and conditions."""


def gerunds(package: Path) -> set[str]:
    """Modules and folders named by a doing."""
    return {
        part
        for module in modules(package)
        for part in module.parts
        if re.fullmatch(r"[a-z]+ing", part) and part not in NOUNS
    }


def namesakes(package: Path) -> set[str]:
    """Public classes that two rooms have. Simulators speak the language of whom they imitate, and a condition is called what it tests."""
    rooms: dict[str, set[str]] = defaultdict(set)
    for module in modules(package):
        if module.room != "simulators" and not module.name.startswith("audience.language.conditions."):
            for node in module.tree.body:
                if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                    rooms[node.name].add(module.room)
    return {name for name, where in rooms.items() if len(where) > 1}


def shadows(package: Path) -> set[str]:
    """Public functions that bear the name of one for money, numbers, texts or times that everybody has from the kit."""
    public = [
        (module, node.name)
        for module in modules(package)
        for node in module.tree.body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not node.name.startswith("_")
    ]
    values = {name for module, name in public if module.name in VALUES}
    return {f"{module.name}.{name}" for module, name in public if module.name not in VALUES and name in values}


def pronouns(package: Path) -> set[tuple[str, str]]:
    """(module, name) of every variable, loop variable and parameter that is a pronoun."""
    return {
        (module.name, name)
        for module in modules(package)
        for node in ast.walk(module.tree)
        if (name := _named_by(node)) in PRONOUNS
    }


def _named_by(node: ast.AST) -> str:
    if isinstance(node, ast.arg):
        return node.arg
    if isinstance(node, ast.MatchAs | ast.MatchStar | ast.ExceptHandler):
        return node.name or ""
    return node.id if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) else ""


def slivers(package: Path) -> set[str]:
    """Files under FILE_LINES_MIN lines with one importer or none."""
    every = modules(package)
    known = frozenset(module.name for module in every)
    importers: dict[str, set[str]] = defaultdict(set)
    for module in every:
        for target, _ in imports(module, package.name, known):
            if target != module.name:
                importers[target].add(module.name)
    return {module.name for module in every if _may_be_judged(module) and len(importers[module.name]) < 2}


def _may_be_judged(module: Module) -> bool:
    ordered = any(part in ORDERED for part in module.parts)
    listed = any(module.name.startswith(f"{folder}.") for folder in LISTS)
    short = len(module.path.read_text().splitlines()) < FILE_LINES_MIN
    return short and not ordered and not listed and module.path.stem not in ("__init__", "__main__")


@pytest.fixture
def badly_named(tmp_path: Path) -> Path:
    """Two rooms with every fault."""
    package = tmp_path / "siyu"
    for file, text in {
        "kit/numbers.py": "def percent(share): ...",
        "kit/money.py": "def fen(given): ...\nsums = [said for said in told]\nwords = 1",
        "shops/looking.py": "from siyu.shops import door\nclass Line: ...\nmatch door:\n    case [*asked]: ...",
        "shops/mapping.py": "class _Line: ...",
        "shops/door.py": "def percent(share): ...",
        "shops/jobs.py": "from siyu.shops.mapping import x\nfrom siyu.shops.looking import Line",
        "towns/orders.py": "from siyu.shops.looking import x\nclass Line: ...",
        "towns/api.py": "from siyu.towns import orders",
        "towns/jobs.py": "from siyu.towns import orders\nfrom siyu.kit.numbers import percent",
        "towns/queries.py": "from siyu.kit import numbers\nfrom siyu.shops import mapping",
    }.items():
        (package / file).parent.mkdir(parents=True, exist_ok=True)
        (package / file).write_text(text)
    return package


def test_faults_of_names_are_found(badly_named: Path) -> None:
    assert gerunds(badly_named) == {"looking"}
    assert namesakes(badly_named) == {"Line"}
    assert shadows(badly_named) == {"shops.door.percent"}
    assert slivers(badly_named) == {"shops.door", "kit.money"}
    assert pronouns(badly_named) == {
        ("kit.money", "given"),
        ("kit.money", "said"),
        ("kit.money", "words"),
        ("shops.looking", "asked"),
    }


def test_no_module_is_named_by_a_doing() -> None:
    assert gerunds(SIYU) == set()


def test_no_two_rooms_have_a_class_of_one_name() -> None:
    assert namesakes(SIYU) - OF_EVERY_ADAPTER == set()


def test_no_room_has_its_own_of_what_the_kit_has() -> None:
    assert shadows(SIYU) - OF_THE_LANGUAGE == set()


@pytest.mark.parametrize("folder", ["siyu", "tests", "benchmarks", "tools"])
def test_no_variable_is_a_pronoun(folder: str) -> None:
    assert pronouns(ROOT / folder) == set()


def test_a_file_is_worth_opening() -> None:
    assert slivers(SIYU) - LOADED_LATE == set()
