"""`siyu import`: the console's import, from the command line."""

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from siyu.cli.audience import Brand
from siyu.cli.cli_context import brand, out, run
from siyu.facts.installation import Installation
from siyu.imports.models import Import
from siyu.imports.runs import actions, jobs
from siyu.kit import clock
from siyu.platform.queries import Caller

Kind = Annotated[str, typer.Argument(help="members, orders or facts.")]
File = Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="CSV, Excel or Parquet.")]
Mapping = Annotated[Path, typer.Option(exists=True, dir_okay=False, help="How columns are read: a mapping as JSON.")]


def add(app: typer.Typer) -> None:
    """Add the command."""

    @app.command(name="import")
    def import_(kind: Kind, file: File, mapping: Mapping, workspace: Brand = None) -> None:
        """Import a file. Interrupted? Run it again: it goes on where it stopped and doubles nothing."""
        run(_import(kind, file, mapping, workspace))


async def _import(kind: str, file: Path, mapping: Path, workspace_id: int | None) -> None:
    async with brand(workspace_id) as (home, caller):
        done = await import_file(home, caller, kind, file, json.loads(mapping.read_text("utf-8")))
        out.print(
            f"{done.rows_done:,} rows: {done.rows_refused:,} refused, {done.rows_duplicate:,} exact duplicates; {done.result}"
        )
        if done.state != "done":
            raise typer.Exit(1)


async def import_file(home: Installation, caller: Caller, kind: str, file: Path, mapping: dict[str, object]) -> Import:
    """Import `file` with a progress bar and return how it went."""
    async with home.db.transaction() as tx:
        started = await actions.start_file(tx, caller, kind=kind, path=file.resolve(), mapping=mapping, now=clock.now())
    columns = (TextColumn(f"{file.name:<24}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=out) as bar:
        task = bar.add_task(file.name, total=None)
        return await jobs.run_import(
            home.db,
            started.id,
            clock.now(),
            on_progress=lambda done, total: bar.update(task, completed=done, total=total),
        )
