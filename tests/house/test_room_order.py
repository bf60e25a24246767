"""Inside a room: api | jobs -> actions -> queries -> sql -> rules | models; and no room comes in through another's api or jobs."""

import ast
from pathlib import Path

from tests.house.tree import Module, imports, modules

SIYU = Path(__file__).parents[2] / "siyu"
ORDER = (("rules", "models"), ("sql",), ("queries",), ("actions",), ("api", "jobs"))
"""Kinds of files from the ground up; those of one level do not see each other."""
RANKS = {kind: rank for rank, level in enumerate(ORDER) for kind in level}
NO_ROOMS = ("kit", "app", "cli", "demo", "web", "worker", "simulators")


def kind_of(module: Module) -> str | None:
    """What a module is: by its own name or that of a folder it stands in, the nearest first; or since it answers requests."""
    named = next((part for part in reversed(module.parts[1:]) if part in RANKS), None)
    if named is None and any(isinstance(node, ast.Name) and node.id == "APIRouter" for node in ast.walk(module.tree)):
        return "api"
    return named


def faults(package: Path) -> list[str]:
    """Imports against the order, and those that come into a room by its side door."""
    every = [module for module in modules(package) if module.room not in NO_ROOMS]
    kinds = {module.name: kind_of(module) for module in every}
    wrong = []
    for module in every:
        own = kinds[module.name]
        for target, line in imports(module, package.name, frozenset(kinds)):
            kind = kinds[target]
            if kind is None or target == module.name:
                continue
            if target.split(".")[0] == module.room:
                against = _up(own, kind)
            else:
                # a timer may call the timer of a room below: both hold no transaction
                against = kind in ("api", "jobs") and (own, kind) != ("jobs", "jobs")
            if against:
                wrong.append(f"{module.name}:{line} imports {target}")
    return wrong


def _up(own: str | None, kind: str) -> bool:
    if own is None:
        return kind in ("api", "jobs")
    return RANKS[kind] > RANKS[own] or (RANKS[kind] == RANKS[own] and kind != own)


def test_a_wrong_import_is_found(tmp_path: Path) -> None:
    room = tmp_path / "siyu" / "shops"
    for file, text in {
        "models.py": "",
        "rules.py": "from siyu.shops.models import Shop",
        "queries.py": "from siyu.shops import rules",
        "orders/actions/pay.py": "from siyu.shops.orders.jobs import sweep\nfrom siyu.shops import queries",
        "orders/jobs.py": "from siyu.shops.orders.actions.pay import pay",
    }.items():
        (room / file).parent.mkdir(parents=True, exist_ok=True)
        (room / file).write_text(text)
    above = tmp_path / "siyu" / "towns"
    above.mkdir()
    (above / "actions.py").write_text("from siyu.shops.orders import jobs\nfrom siyu.shops import queries")
    assert faults(tmp_path / "siyu") == [
        "shops.orders.actions.pay:1 imports shops.orders.jobs",
        "shops.rules:1 imports shops.models",
        "towns.actions:1 imports shops.orders.jobs",
    ]


def test_the_order_inside_every_room() -> None:
    assert faults(SIYU) == []
