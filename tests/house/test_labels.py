"""Words the server gives: everything that is recorded or refused under a code has its label in both languages."""

import ast
from collections.abc import Iterator
from pathlib import Path

from siyu.app import SUBSCRIBERS, TIMERS
from siyu.platform.rules import AUDIT_ACTIONS, ROLE_LABELS, ROLES
from siyu.web.labels import LABELS

ROOT = Path(__file__).parents[2]


def audited(tree: ast.AST) -> Iterator[str]:
    """`what.verb` of every call of `audit` that names both as literals."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "audit":
            what, verb = node.args[2:4]
            if isinstance(what, ast.Constant) and isinstance(verb, ast.Constant):
                yield f"{what.value!s}.{verb.value!s}"


def test_an_audited_action_is_seen() -> None:
    source = ast.parse(
        'await audit(tx, caller, "journey", "folded", name, now)\naudit(tx, caller, what, verb, "", now)'
    )
    assert list(audited(source)) == ["journey.folded"]


def test_every_audited_action_has_its_label_and_no_label_is_left_over() -> None:
    named = {action for file in (ROOT / "siyu").rglob("*.py") for action in audited(ast.parse(file.read_text()))}
    assert named == set(AUDIT_ACTIONS)


def test_every_role_has_its_label() -> None:
    assert set(ROLE_LABELS) == set(ROLES)


def test_every_part_of_the_worker_is_called_something() -> None:
    parts = {f"timer:{timer.name}" for timer in TIMERS} | {f"reader:{subscriber.name}" for subscriber in SUBSCRIBERS}
    assert LABELS["worker_part"].keys() == parts | {"clock", "relay", "trim"}
