"""The recipes of CONTRIBUTING.md as code: what each adds, and a copy of the tree to which they were added."""

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
HEADING = re.compile(r"^### (.+)$", re.M)
FENCE = re.compile(r"^```(python|diff) (\S+)\n(.*?)^```$", re.M | re.S)
NOT_COPIED = shutil.ignore_patterns("static", "__pycache__")


@dataclass(frozen=True)
class Block:
    """A file to write (python), or lines to put into one that is there (diff)."""

    kind: str
    path: str
    text: str

    @property
    def lines_added(self) -> int:
        return sum(line.startswith("+") for line in self.text.splitlines()) if self.kind == "diff" else 0


def recipes() -> dict[str, list[Block]]:
    """Name -> the blocks of every recipe that has some, in order."""
    text = (ROOT / "CONTRIBUTING.md").read_text()
    starts = [*HEADING.finditer(text)]
    ends = [match.start() for match in starts[1:]] + [len(text)]
    recipes = {
        start.group(1): [Block(*fence) for fence in FENCE.findall(text[start.end() : end])]
        for start, end in zip(starts, ends, strict=True)
    }
    return {name: blocks for name, blocks in recipes.items() if blocks}


def follow(blocks: list[Block], tree: Path) -> None:
    """Do in `tree` what the blocks say; raises AssertionError where a file is not as the recipe thinks."""
    for block in blocks:
        file = tree / block.path
        if block.kind == "python":
            assert not file.exists(), f"{block.path} is there already"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(block.text)
        else:
            text = file.read_text()
            for old, new in _hunks(block.text):
                assert text.count(old) == 1, f"{block.path} has not once:\n{old}"
                text = text.replace(old, new)
            file.write_text(text)


def _hunks(diff: str) -> Iterator[tuple[str, str]]:
    """(lines before, lines after) of each part between lines of `@@`."""
    for hunk in re.split(r"^@@.*\n", diff, flags=re.M):
        lines = hunk.splitlines(keepends=True)
        if lines:
            yield (
                "".join(line[1:] for line in lines if line[0] != "+"),
                "".join(line[1:] for line in lines if line[0] != "-"),
            )


def copy_tree(folder: Path) -> Path:
    """The package and its tests in `folder`, without what was built."""
    for name in ("siyu", "tests"):
        shutil.copytree(ROOT / name, folder / name, ignore=NOT_COPIED)
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder
