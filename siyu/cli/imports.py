"""`siyu import`: the console's import, from the command line."""

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from siyu.cli.cli_context import Brand, brand, out, run
from siyu.facts.installation import Installation
from siyu.imports.models import Import
from siyu.imports.runs import actions, jobs
from siyu.imports.runs.error_file import error_file
from siyu.imports.runs.outcome import left_out, sentences
from siyu.kit import clock
from siyu.platform.queries import Caller

Kind = Annotated[str, typer.Argument(help="members, orders or facts.")]
File = Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="CSV, Excel or Parquet.")]
Errors = Annotated[
    Path | None, typer.Option(dir_okay=False, help="Where to write the refused rows, to correct and import again.")
]
Mapping = Annotated[Path, typer.Option(exists=True, dir_okay=False, help="How columns are read: a mapping as JSON.")]


def add(app: typer.Typer) -> None:
    """Add the command."""

    @app.command(name="import")
    def import_(kind: Kind, file: File, mapping: Mapping, errors: Errors = None, workspace: Brand = None) -> None:
        """Import a file. Interrupted? Run it again: it goes on where it stopped and doubles nothing."""
        run(_import(kind, file, mapping, errors, workspace))


async def _import(kind: str, file: Path, mapping: Path, errors: Path | None, workspace_id: int | None) -> None:
    async with brand(workspace_id) as (home, caller):
        done = await import_file(home, caller, kind, file, json.loads(mapping.read_text("utf-8")))
        print_report(done)
        if errors is not None and left_out(done):
            with errors.open("wb") as stream:
                async for block in error_file(done, "zh").blocks(home.db):
                    stream.write(block)
            out.print(f"未导入的行 Refused rows: {errors}", soft_wrap=True)
        if done.state != "done":
            raise typer.Exit(1)


def print_report(done: Import) -> None:
    """What an import did, in words of both languages."""
    for sentence in sentences(done):
        out.print(f"{sentence.zh}\n{sentence.en}", soft_wrap=True, highlight=False)


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
