"""SQL has homes: `sql`, `queries`, `actions`, a condition's members, a report, the log and the lake. Nobody else writes any."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.house.tree import Module, modules

SIYU = Path(__file__).parents[2] / "siyu"
HOMES = ("sql", "queries", "actions", "models")
PLACES = ("audience.language.conditions", "insight.reports", "facts", "imports.files", "imports.kinds")
"""A condition's members, a report, the log and the lake themselves, files being imported and what each kind makes of one."""
NO_ROOMS = ("kit", "app", "cli", "demo", "web", "worker", "simulators")
STATEMENT = re.compile(
    r"\bSELECT\b.+\bFROM\b|\bSELECT\s+(?:\d|\w+\()|\bINSERT INTO\b|\bDELETE FROM\b|\bUPDATE\s+\w+\s+(?:AS \w+ )?SET\b|\b(?:CREATE|DROP|ALTER|TRUNCATE)\s+(?:TEMP |OR REPLACE )*(?:TABLE|VIEW|INDEX|DATABASE|SCHEMA)\b|\bCOPY\b.+\b(?:TO|FROM)\b",
    re.S,
)
BUILT = {"select", "insert", "update", "delete", "text"}
"""Functions of SQLAlchemy that make a statement."""


def at_home(name: str) -> bool:
    return any(part in HOMES for part in name.split(".")) or any(
        name == place or name.startswith(f"{place}.") for place in PLACES
    )


def statements(module: Module) -> Iterator[int]:
    """Lines on which SQL is written: as text, or with SQLAlchemy's own words."""
    docs = {
        id(node.value)
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    built = {
        alias.asname or alias.name
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("sqlalchemy")
        for alias in node.names
        if alias.name in BUILT
    }
    for node in ast.walk(module.tree):
        if id(node) in docs:
            continue
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and STATEMENT.search(node.value):
            yield node.lineno
        elif isinstance(node, ast.JoinedStr):
            whole = "".join(str(part.value) if isinstance(part, ast.Constant) else "x" for part in node.values)
            if STATEMENT.search(whole):
                yield node.lineno
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in built:
            yield node.lineno


def homeless(package: Path) -> set[str]:
    """Modules of rooms that write SQL and are none of its homes."""
    return {
        module.name
        for module in modules(package)
        if module.room not in NO_ROOMS and not at_home(module.name) and any(statements(module))
    }


def test_sql_outside_its_homes_is_found(tmp_path: Path) -> None:
    room = tmp_path / "siyu" / "shops"
    (room / "orders").mkdir(parents=True)
    (room / "rules.py").write_text('QUESTION = f"SELECT count(*) FROM {table}"')
    (room / "jobs.py").write_text("from sqlalchemy import select\nselect(1)")
    (room / "orders" / "prices.py").write_text(
        '"""Says SELECT a FROM b in its docstring only."""\nWORD = "Select from the list"'
    )
    (room / "queries.py").write_text('QUESTION = "SELECT a FROM b"')
    assert homeless(tmp_path / "siyu") == {"shops.rules", "shops.jobs"}


def test_sql_stands_in_its_homes() -> None:
    assert homeless(SIYU) == set()
