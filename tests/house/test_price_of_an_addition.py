"""One thought, one place, measured: the recipes of CONTRIBUTING.md are followed in a copy of the tree, and what they add is used."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.recipes import Block, copy_tree, follow, recipes

RECIPES = recipes()
LIST_LINES_MAX = 2
"""In a list: the line that imports, and the line that names."""
BY_HAND = {"A condition": "18-20", "A journey step": "18", "An import kind": "12", "A channel": "15+"}
"""Files that the same took before each thought had one place (counted by hand)."""
FILES_MAX = {"A channel": 4, "A fact": 0, "A setting": 0}
"""Files of its own: one, but for a channel, which has a folder, and for what is an entry in a list."""


ORACLE, EACH_KIND = "tests/rooms/audience/test_oracle.py", "test_each_kind_agrees_by_itself_and_turned_round"


def _price(blocks: list[Block]) -> tuple[list[str], list[str]]:
    """(files written, lists that got a line)."""
    return (
        [block.path for block in blocks if block.kind == "python"],
        [block.path for block in blocks if block.kind == "diff"],
    )


@pytest.mark.parametrize("name", RECIPES)
def test_an_addition_touches_its_file_and_one_list(name: str) -> None:
    written, lists = _price([block for block in RECIPES[name] if not block.path.startswith("tests/")])
    assert len(written) <= FILES_MAX.get(name, 1)
    assert len(lists) == 1, lists
    if written:
        assert all(block.lines_added <= LIST_LINES_MAX for block in RECIPES[name] if block.path in lists)


def test_what_the_recipes_add_works(tmp_path: Path) -> None:
    """Each is used end to end, on a real Postgres and a real lake, in a copy of the tree with all of them."""
    tree = copy_tree(tmp_path)
    for blocks in RECIPES.values():
        follow(blocks, tree)
    probes = sorted(str(file.relative_to(tree)) for file in (tree / "tests/house/additions").glob("use_*.py"))
    assert len(probes) == len(RECIPES)
    probes += [f"{ORACLE}::test_every_kind_of_condition_is_tried", f"{ORACLE}::{EACH_KIND}[known_by]"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *probes],
        cwd=tree,
        env={**os.environ, "PYTHONPATH": str(tree)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-6_000:] + done.stderr[-2_000:]
    print(f"\n{'to add':<18}{'took':>8}{'takes':>8}  files")
    for name, blocks in RECIPES.items():
        written, lists = _price(blocks)
        print(f"{name:<18}{BY_HAND.get(name, '-'):>8}{len(written) + len(lists):>8}  {', '.join([*written, *lists])}")
