"""`siyu bench`: the reference workloads of benchmarks/, each of which checks its answer before it prints a ratio."""

import importlib
import sys
from pathlib import Path
from typing import Annotated

import typer

from siyu.cli.door import err

FOLDER = Path(__file__).parents[2]
BENCHMARKS = ("audience", "reports", "journey", "import")
SCALES = ("small", "full")


def add(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def bench(
        name: Annotated[str, typer.Argument(help=f"all, {', '.join(BENCHMARKS)}")],
        scale: Annotated[str, typer.Option(help="small (1/100) or full.")] = "small",
        json_file: Annotated[Path | None, typer.Option("--json", help="Where the figures go as JSON.")] = None,
    ) -> None:
        """Run a reference workload and print its ratio to the best that hand-written code can do."""
        if (name != "all" and name not in BENCHMARKS) or scale not in SCALES:
            err.print(f"choose all or one of {', '.join(BENCHMARKS)}; scale {' or '.join(SCALES)}")
            raise typer.Exit(2)
        if not (FOLDER / "benchmarks").is_dir():
            err.print("the workloads are in the repository's folder benchmarks/, which is not here")
            raise typer.Exit(2)
        sys.path.insert(0, str(FOLDER))
        running = importlib.import_module("benchmarks.running")
        if not running.run(BENCHMARKS if name == "all" else (name,), scale, json_file):
            raise typer.Exit(1)
