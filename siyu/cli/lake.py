"""`siyu lake`: look after the lake."""

import typer

from siyu.audience import jobs as audience
from siyu.cli.door import brand, out, run
from siyu.facts import jobs, upkeep


def build() -> typer.Typer:
    """The group of commands."""
    app = typer.Typer(no_args_is_help=True, help="The lake: verify, repair, rebuild.")

    @app.command()
    def verify() -> None:
        """Compare log and lake where both have the facts; exit code 1 when they differ."""
        run(_verify())

    @app.command()
    def repair() -> None:
        """Append what the lake lacks and drop what it has twice."""
        run(_repair())

    @app.command(name="rebuild-profiles")
    def rebuild_profiles() -> None:
        """Make the lake's profiles anew from Postgres."""
        run(_rebuild())

    return app


async def _verify() -> None:
    async with brand(None) as (home, _):
        await jobs.relay(home.db, home.lake)
        found = await upkeep.verify(home.db, home.lake)
        out.print(
            f"compared {found.compared:,}; missing {found.missing:,}, extra {found.extra:,}, doubled {found.doubled:,}"
        )
        if not found.clean:
            raise typer.Exit(1)


async def _repair() -> None:
    async with brand(None) as (home, _):
        await jobs.relay(home.db, home.lake)
        mended = await upkeep.repair(home.db, home.lake)
        if mended.appended or mended.dropped:
            await audience.recount(home.db)
        out.print(f"appended {mended.appended:,}; dropped {mended.dropped:,}")


async def _rebuild() -> None:
    async with brand(None) as (home, _):
        out.print(f"{await audience.rebuild_profiles(home.db, home.lake):,} profiles")
