"""`siyu backup` and `siyu restore`."""

from pathlib import Path
from typing import Annotated

import typer

from siyu.cli.cli_context import brand, out, run
from siyu.facts import backup as facts
from siyu.kit import clock
from siyu.kit.settings import settings


def add(app: typer.Typer) -> None:
    """Add the commands."""

    @app.command()
    def backup(folder: Annotated[Path, typer.Argument(help="A new or empty folder.")]) -> None:
        """Write a backup and prove it by restoring it beside itself; Siyu may go on serving."""
        run(_backup(folder))

    @app.command()
    def restore(folder: Annotated[Path, typer.Argument(exists=True, file_okay=False, help="A backup.")]) -> None:
        """Restore a backup into an empty SIYU_HOME and compare it with its manifest."""
        run(_restore(folder))


async def _restore(folder: Path) -> None:
    manifest = await facts.restore(folder.resolve(), settings())
    out.print(
        f"restored and verified: {sum(manifest.tables.values()):,} rows, {manifest.lake_facts:,} facts in the lake, "
        f"{len(manifest.files):,} files"
    )


async def _backup(folder: Path) -> None:
    async with brand(None) as (home, _):
        manifest = await facts.back_up(home, folder.resolve(), clock.now())
        out.print(
            f"backed up and proven: {sum(manifest.tables.values()):,} rows, {manifest.lake_facts:,} facts in the lake"
        )
