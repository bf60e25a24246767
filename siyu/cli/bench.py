"""`siyu bench`: the reference workloads of benchmarks/, each of which checks its answer before it prints a ratio."""

import importlib
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from siyu.cli.cli_context import err

FOLDER = Path(__file__).parents[2]
BENCHMARKS = ("audience", "freshness", "funnel", "retention", "rfm", "journey", "import")
SCALES = ("small", "full")
MEMBERS, FACTS = 20_000_000, 200_000_000

Home = Annotated[
    Path | None,
    typer.Option(help="Folder of an installation with a world made before (or none yet); default: a throw-away one."),
]
Seed = Annotated[int, typer.Option(min=0, max=1_000_000, help="Which of the worlds of that size.")]


def add(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(no_args_is_help=True, help="Reference workloads, with their ratio to the best by hand.")

    @group.command()
    def world(
        home: Annotated[Path, typer.Option(help="Folder of the installation that keeps it.")],
        members: Annotated[int, typer.Option(min=1, help="Members.")] = MEMBERS,
        facts: Annotated[int, typer.Option(min=1, help="Facts of all kinds.")] = FACTS,
        seed: Seed = 1,
    ) -> None:
        """Make a synthetic world and keep it; run again after a stop, it goes on where it was."""
        runner = _runner()
        _end(runner.make(runner.Options(members=members, facts=facts, seed=seed, home=home)))

    @group.command()
    def growth(
        files: Annotated[list[Path], typer.Argument(exists=True, help="What --json wrote, at two sizes or more.")],
    ) -> None:
        """How seconds grow with the data: the exponent between the sizes of several runs."""
        _runner()
        _end(importlib.import_module("benchmarks.growth").run(files))

    for name in ("all", *BENCHMARKS):
        _workload(group, name)
    app.add_typer(group, name="bench")


def _workload(group: typer.Typer, name: str) -> None:
    """A command a workload, all with the same options."""

    @group.command(name, help="Every workload, one after the other." if name == "all" else f"The workload {name}.")
    def workload(
        scale: Annotated[str, typer.Option(help="small (1/100) or full.")] = "small",
        members: Annotated[int | None, typer.Option(min=1, help="Members, instead of a scale.")] = None,
        facts: Annotated[int | None, typer.Option(min=1, help="Facts; default: ten a member.")] = None,
        seed: Seed = 1,
        home: Home = None,
        json_file: Annotated[Path | None, typer.Option("--json", help="Where the figures go as JSON.")] = None,
    ) -> None:
        if scale not in SCALES:
            err.print(f"scale: {' or '.join(SCALES)}")
            raise typer.Exit(2)
        runner = _runner()
        options = runner.Options(scale, members, facts, seed, home, json_file)
        _end(runner.run(BENCHMARKS if name == "all" else (name,), options))


def _runner() -> Any:
    """The module `benchmarks.runner`, which is in the repository and not in the package."""
    if not (FOLDER / "benchmarks").is_dir():
        err.print("the workloads are in the repository's folder benchmarks/, which is not here")
        raise typer.Exit(2)
    sys.path.insert(0, str(FOLDER))
    return importlib.import_module("benchmarks.runner")


def _end(right: bool) -> None:
    """Exit code 1 when an answer was wrong or something was refused."""
    if not right:
        raise typer.Exit(1)
