"""How seconds grow with the data: exponents between the sizes of several runs of one workload."""

import json
from collections.abc import Iterator, Sequence
from math import log
from pathlib import Path
from typing import Any

from rich.table import Table

from benchmarks.figures import out, written
from benchmarks.workbench import err

EXPONENT_MOST = 1.1
"""Cost may grow with the data to this power."""
SIZES = ("facts", "lines", "moves", "members")
"""What a workload's size is counted in; the first that its JSON has."""
OURS = "ours_s"
LEAST_S = 0.05
"""Below this many seconds at the smaller size, what does not depend on the data is most of the time."""


def documents(files: Sequence[Path]) -> Iterator[dict[str, Any]]:
    """The workloads in what --json wrote, those with a wrong answer left out."""
    for file in files:
        read = json.loads(file.read_text("utf-8"))
        yield from (document for document in (read if isinstance(read, list) else [read]) if "wrong" not in document)


def seconds(document: dict[str, Any], path: str = "") -> Iterator[tuple[str, float]]:
    """Every figure of ours in a document, by where it stands; what has a size of its own, as the peers, is not of this one."""
    for key, value in document.items():
        if isinstance(value, dict) and not any(unit in value for unit in SIZES):
            yield from seconds(value, f"{path}{key} ")
        elif key == OURS and isinstance(value, int | float):
            yield path.strip() or "all", float(value)


def exponents(documents_read: Sequence[dict[str, Any]]) -> list[tuple[str, str, list[tuple[int, float]], float]]:
    """(workload, figure, its (size, seconds) by size, exponent from the smallest to the largest) where there are two sizes."""
    series: dict[tuple[str, str], dict[int, float]] = {}
    for document in documents_read:
        count = next((document[unit] for unit in SIZES if unit in document), None)
        if count:
            for what, value in seconds(document):
                series.setdefault((document["name"], what), {})[int(count)] = value
    made = []
    for (name, what), points in series.items():
        by_size = sorted(points.items())
        (small, first), (large, last) = by_size[0], by_size[-1]
        if large > small:
            made.append((name, what, by_size, log(last / first) / log(large / small)))
    return made


def run(files: Sequence[Path]) -> bool:
    """Print the table; False when there are not two sizes of anything."""
    measured = exponents(list(documents(files)))
    if not measured:
        err.print("nothing here was measured at two sizes: run a workload with --json at each, and name the files")
        return False
    table = Table(box=None, header_style="dim")
    for head in ("", "", "sizes", "seconds", "exponent", f"bar <= {EXPONENT_MOST}"):
        table.add_column(head)
    for name, what, points, power in measured:
        met = "[green]met[/green]" if power <= EXPONENT_MOST else "[red]not met[/red]"
        if points[0][1] < LEAST_S:
            met += " (too short to tell)"
        sizes = " ".join(f"{size:,}" for size, _ in points)
        table.add_row(name, what, sizes, " ".join(written(took, "s") for _, took in points), f"{power:.2f}", met)
    out.print(table)
    return True
