"""What a change touches, for `make quick`: since the last commit on main, uncommitted and new files included.

`goals` prints the make goals to run, `tests` the folders and files of tests of what was touched.
"""

import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).parents[1]
ALWAYS = ("format", "lint-python", "types-python", "contracts", "house", "rules")
TESTED_IN = {
    "siyu/kit": "tests/rooms/facts",
    "siyu/worker": "tests/rooms/facts",
    "siyu/simulators": "tests/contracts",
    "siyu/channels/adapters": "tests/contracts",
    "tests/contracts": "tests/contracts",
}
"""Beside siyu/<room>, which has its tests in tests/rooms/<room>."""


def tests_of(files: Iterable[str]) -> list[str]:
    """The tests that these files of the tree belong to, without what `make quick` runs anyhow."""
    paths: set[str] = set()
    for file in files:
        parts = file.split("/")
        if parts[0] == "siyu" and len(parts) > 2:
            paths.add(f"tests/rooms/{parts[1]}")
        elif parts[:2] == ["tests", "rooms"] and len(parts) > 3:
            paths.add("/".join(parts[:3]))
        elif parts[:2] in (["tests", "rooms"], ["tests", "stories"], ["tests", "crash"]) and parts[-1][:5] == "test_":
            paths.add(file)
        paths.update(tests for home, tests in TESTED_IN.items() if file.startswith(f"{home}/"))
    return sorted(path for path in paths if (ROOT / path).exists())


def goals_of(files: Iterable[str]) -> list[str]:
    """The make goals for these files: Python always, the console and the member pages only when they changed."""
    changed = list(files)
    web = [
        f"{check}-{part}"
        for part in ("console", "pages")
        if any(file.startswith(f"{part}/") for file in changed)
        for check in ("lint", "types")
    ]
    return [*ALWAYS, *web, *(("touched",) if tests_of(changed) else ())]


def changed_files() -> list[str]:
    """Files that differ from where this branch left main (on main: from the last commit)."""
    base = _git("merge-base", "HEAD", "main") or ["HEAD"]
    return sorted({*_git("diff", "--name-only", base[0]), *_git("ls-files", "--others", "--exclude-standard")})


def _git(*arguments: str) -> list[str]:
    done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout.splitlines() if done.returncode == 0 else []


if __name__ == "__main__":
    print(" ".join({"goals": goals_of, "tests": tests_of}[sys.argv[1]](changed_files())))
