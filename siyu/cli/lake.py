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
        health = await lake_health(home.db, home.lake, clock.now())
        table = Table("table", "files", "MB", "rows", "deleted")
        for stored in health.tables:
            figures = (
                f"{stored.files:,}",
                f"{stored.bytes / 1e6:,.1f}",
                f"{stored.rows:,}",
                f"{stored.deleted_share:.1%}",
            )
            table.add_row(stored.name, *figures)
        out.print(table)
        out.print(f"snapshots {health.snapshots:,}; files waiting to be deleted {health.waiting_files:,}")
        out.print(f"facts not in the lake since {health.lag.total_seconds():,.0f} s")
        out.print(
            f"erased members not yet gone from every file {health.erasures:,}"
            + (f", the oldest for {health.oldest_erasure.total_seconds() / 86_400:.1f} days" if health.erasures else "")
        )


async def _verify() -> None:
    async with brand(None) as (home, _):
        await relay.relay(home.db, home.lake)
        difference = await consistency.verify(home.db, home.lake)
        out.print(
            f"compared {difference.compared:,}; missing {difference.missing:,}, extra {difference.extra:,}, doubled {difference.doubled:,}"
        )
        if not difference.clean:
            raise typer.Exit(1)


async def _repair() -> None:
    async with brand(None) as (home, _):
        await relay.relay(home.db, home.lake)
        repaired = await consistency.repair(home.db, home.lake)
        if repaired.appended or repaired.dropped:
            await audience.recount(home.db)
        out.print(f"appended {repaired.appended:,}; dropped {repaired.dropped:,}")


async def _rebuild() -> None:
    async with brand(None) as (home, _):
        out.print(f"{await audience.rebuild_profiles(home.db, home.lake):,} profiles")
