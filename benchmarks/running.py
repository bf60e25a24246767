"""Running workloads one after the other, each on a ground of its own."""

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from benchmarks import audience, importing, journey, reports
from benchmarks.figures import document, out, show
from benchmarks.ground import Wrong, err, ground, load

WORKLOADS: dict[str, ModuleType] = {one.NAME: one for one in (audience, reports, journey, importing)}
"""Every workload there is, in the order of `all`."""


async def one(name: str, scale: str) -> dict[str, Any]:
    """Run and print one workload; raises Wrong."""
    workload = WORKLOADS[name]
    machine = load()
    async with ground() as made:
        found = await workload.run(made, workload.SIZES[scale])
    show(found, scale, machine)
    return document(found, scale, machine)


def run(names: Sequence[str], scale: str, json_file: Path | None) -> bool:
    """Run `names` at `scale` and print what they found; with `json_file`, write it there too. False: an answer was wrong."""
    documents: list[dict[str, Any]] = []
    right = True
    for name in names:
        try:
            documents.append(asyncio.run(one(name, scale)))
        except Wrong as wrong:
            err.print(f"[red]wrong answer, no figure[/red]  {wrong}")
            documents.append({"name": name, "scale": scale, "wrong": str(wrong)})
            right = False
    if json_file is not None:
        json_file.write_text(json.dumps(documents, ensure_ascii=False, indent=2) + "\n", "utf-8")
        out.print(f"\n{json_file}")
    return right
