"""Running workloads one after the other, each on an installation of its own unless a home is given."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import Any

from benchmarks import audience, freshness, funnel, import_bench, journey, retention, rfm, world_setup
from benchmarks.figures import document, out, show
from benchmarks.workbench import RunRefused, WrongAnswer, disk_mb, err, forget_peak, load, peak_mb, timed, workbench
from benchmarks.world import Size, size
from siyu.kit import clock

WORKLOADS: dict[str, ModuleType] = {
    module.NAME: module for module in (audience, freshness, funnel, retention, rfm, journey, import_bench)
}
"""Every workload there is, in the order of `all`."""
MEMORY_MOST_MB = 12 * 1024**3 / 1e6
DISK_MOST_MB = 40 * 1024**3 / 1e6


@dataclass(frozen=True)
class Options:
    """What every workload takes: `scale` where `members` is None; `facts` None: ten a member; `home` None: a throw-away one."""

    scale: str = "small"
    members: int | None = None
    facts: int | None = None
    seed: int = 1
    home: Path | None = None
    json_file: Path | None = None

    @property
    def caption(self) -> str:
        """What the size is called."""
        return self.scale if self.members is None else "own size"


def sized(workload: ModuleType, options: Options) -> Any:
    """The size to run a workload at; raises Refused where an option means nothing to it.

    A workload without a world of facts has a plain number for its size: members, lines, moves, as its table says.
    """
    usual = workload.SIZES[options.scale]
    if isinstance(usual, Size):
        if options.members is None and options.facts is not None:
            raise RunRefused("--facts wants --members with it")
        return replace(usual, seed=options.seed) if options.members is None else _world(options)
    if options.facts is not None or options.home is not None:
        raise RunRefused(f"{workload.NAME} has no world of facts: it takes --members and --scale only")
    return usual if options.members is None else options.members


def _world(options: Options) -> Size:
    of = size(options.members or 0, options.facts, options.seed)
    if of.members < 1_000 or of.facts < 3 * of.members:
        raise RunRefused("a world has at least 1,000 members, and at least three facts a member")
    return of


async def run_workload(name: str, options: Options) -> dict[str, Any]:
    """Run and print one workload; raises Wrong, Refused."""
    workload = WORKLOADS[name]
    of, machine, begun = sized(workload, options), load(), clock.now()
    async with workbench(options.home) as opened:
        result = await workload.run(opened, of)
    show(result, options.caption, machine)
    return document(result, options.caption, machine, begun.isoformat(timespec="seconds"))


def run(names: Sequence[str], options: Options) -> bool:
    """Run `names` and print what they found, and write it as JSON where wanted: of one an object, of several a list.

    False: an answer was wrong, or something cannot be run so.
    """
    documents: list[dict[str, Any]] = []
    right = True
    for name in names:
        try:
            documents.append(asyncio.run(run_workload(name, options)))
        except WrongAnswer as wrong:
            err.print(f"[red]wrong answer, no figure[/red]  {wrong}")
            documents.append({"name": name, "scale": options.caption, "wrong": str(wrong)})
            right = False
        except RunRefused as refused:
            err.print(f"[red]{name}: {refused}[/red]")
            right = False
    if options.json_file is not None and documents:
        whole: Any = documents if len(names) > 1 else documents[0]
        options.json_file.write_text(json.dumps(whole, ensure_ascii=False, indent=2) + "\n", "utf-8")
        out.print(f"\n{options.json_file}")
    return right


# --- the world itself


async def _make(options: Options) -> None:
    assert options.home is not None
    of = _world(options)
    forget_peak()
    async with workbench(options.home) as opened:
        seconds, rows = await timed(lambda: world_setup.ready(opened, of))
    peak, disk = peak_mb(), disk_mb(options.home)
    out.print(f"{of.caption}, seed {of.seed} in {options.home}: {rows:,} rows written in {seconds:,.1f} s", end="")
    out.print(f" ({rows / seconds:,.0f}/s)" if rows else "")
    for what, measured, most in (("largest resident size", peak, MEMORY_MOST_MB), ("on disk", disk, DISK_MOST_MB)):
        met = "[green]met[/green]" if measured <= most else "[red]not met[/red]"
        out.print(f"  {what}: {measured:,.0f} MB, at most {most:,.0f} MB: {met}")


def make(options: Options) -> bool:
    """`siyu bench world`: make the world of the options in their home, or finish what was begun there."""
    try:
        asyncio.run(_make(options))
    except (WrongAnswer, RunRefused) as refused:
        err.print(f"[red]{refused}[/red]")
        return False
    return True
