"""`siyu backup`, `siyu restore` and `siyu release`."""

from pathlib import Path
from typing import Annotated

import typer

from siyu.cli.cli_context import Brand, brand, out, run
from siyu.facts import backup as facts
from siyu.kit import clock
from siyu.kit.settings import settings
from siyu.web import hold

CHOICES: dict[str, hold.Choice] = {"send": "send", "cancel": "cancel"}


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

    @app.command()
    def release(
        choice: Annotated[
            str, typer.Argument(help="send: all that is due; cancel: what is overdue is cancelled first.")
        ] = "",
        expected: Annotated[
            int | None, typer.Option(help="How much is due, as was shown; refused when it is another number by now.")
        ] = None,
        workspace: Brand = None,
    ) -> None:
        """Let sending and journeys go on after a restore; without a choice only say what is due."""
        if choice and choice not in CHOICES:
            raise typer.BadParameter("send or cancel")
        run(_release(choice, expected, workspace))


async def _release(choice: str, expected: int | None, workspace: int | None) -> None:
    async with brand(workspace) as (home, caller):
        now = clock.now()
        async with home.db.transaction() as tx:
            held = await hold.hold_of(tx, caller.workspace_id, now)
            if held.since is not None:
                out.print(
                    f"{held.title.en}  {held.title.zh}\n{held.summary.en}  {held.summary.zh}\n{held.total:,} in all  合计 {held.total:,}"
                )
            if choice:
                await hold.release(tx, caller, CHOICES[choice], expected, now)
                out.print("released  已放行")
            elif held.since is None:
                out.print("nothing is held  没有暂停")


async def _restore(folder: Path) -> None:
    manifest = await facts.restore(folder.resolve(), settings())
    out.print(
        f"restored and verified: {sum(manifest.tables.values()):,} rows, {manifest.lake_facts:,} facts in the lake, "
        f"{len(manifest.files):,} files"
    )
    out.print("Sending and journeys are held until you let them go: siyu release, or the banner of the console")


async def _backup(folder: Path) -> None:
    async with brand(None) as (home, _):
        manifest = await facts.back_up(home, folder.resolve(), clock.now())
        out.print(
            f"backed up and proven: {sum(manifest.tables.values()):,} rows, {manifest.lake_facts:,} facts in the lake"
        )
