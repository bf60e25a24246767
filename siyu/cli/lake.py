"""`siyu lake`: look after the lake."""

import typer
from rich.table import Table

from siyu.audience.refresh import jobs as audience
from siyu.cli.cli_context import brand, out, run
from siyu.facts.lake import consistency, relay
from siyu.facts.lake.health import lake_health
from siyu.kit import clock


def build() -> typer.Typer:
    """The group of commands."""
    app = typer.Typer(no_args_is_help=True, help="The lake: status, verify, repair, rebuild.")

    @app.command()
    def status() -> None:
        """Files, deleted rows and snapshots of the lake, what has not reached it, and erased members not yet gone from files."""
        run(_status())

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


async def _status() -> None:
    async with brand(None) as (home, _):
        found = await lake_health(home.db, home.lake, clock.now())
        table = Table("table", "files", "MB", "rows", "deleted")
        for one in found.tables:
            figures = (f"{one.files:,}", f"{one.bytes / 1e6:,.1f}", f"{one.rows:,}", f"{one.deleted_share:.1%}")
            table.add_row(one.name, *figures)
        out.print(table)
        out.print(f"snapshots {found.snapshots:,}; files waiting to be deleted {found.waiting_files:,}")
        out.print(f"facts not in the lake since {found.lag.total_seconds():,.0f} s")
        out.print(
            f"erased members not yet gone from every file {found.erasures:,}"
            + (f", the oldest for {found.oldest_erasure.total_seconds() / 86_400:.1f} days" if found.erasures else "")
        )


async def _verify() -> None:
    async with brand(None) as (home, _):
        await relay.relay(home.db, home.lake)
        found = await consistency.verify(home.db, home.lake)
        out.print(
            f"compared {found.compared:,}; missing {found.missing:,}, extra {found.extra:,}, doubled {found.doubled:,}"
        )
        if not found.clean:
            raise typer.Exit(1)


async def _repair() -> None:
    async with brand(None) as (home, _):
        await relay.relay(home.db, home.lake)
        mended = await consistency.repair(home.db, home.lake)
        if mended.appended or mended.dropped:
            await audience.recount(home.db)
        out.print(f"appended {mended.appended:,}; dropped {mended.dropped:,}")


async def _rebuild() -> None:
    async with brand(None) as (home, _):
        out.print(f"{await audience.rebuild_profiles(home.db, home.lake):,} profiles")
