"""`siyu`: serve, work, look after. Each group of commands has a file of its own."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

import siyu
from siyu.cli import audience, backup, bench, brands, demo, imports, lake, reference, report, simulator, users
from siyu.cli.cli_context import Siyu, err, out, run, together
from siyu.facts.installation import Installation, installation, migrate
from siyu.facts.lake import consistency
from siyu.facts.lake.log_health import log_health
from siyu.facts.supervision import supervise
from siyu.kit import clock
from siyu.kit.postgres import EmbeddedPostgres
from siyu.kit.settings import Settings, meaning, settings
from siyu.platform.bootstrap import first_admin
from siyu.web.app import create_app
from siyu.web.health import examine
from siyu.web.server import serve as serve_web
from siyu.web.server import stop_on_signals
from siyu.worker.poll_loop import work

Port = Annotated[int | None, typer.Option(help="Port to listen on; 0 picks a free one.")]


def build(siyu_: Siyu) -> typer.Typer:
    """The command line over the rooms and parts of `siyu/app.py`."""
    app = typer.Typer(no_args_is_help=True, pretty_exceptions_show_locals=False, help="Siyu 私域")
    _doors(app, siyu_)
    _maintenance(app, siyu_)
    for name, group in (
        ("audience", audience.build()),
        ("lake", lake.build()),
        ("brand", brands.build()),
        ("user", users.build()),
        ("simulator", simulator.build()),
    ):
        app.add_typer(group, name=name)
    backup.add(app)
    imports.add(app)
    reference.add(app)
    report.add(app)
    demo.add(app, siyu_)
    bench.add(app)
    return app


def _doors(app: typer.Typer, siyu_: Siyu) -> None:
    @app.command()
    def serve(port: Port = None) -> None:
        """Everything in one process: web and worker."""
        run(_serve(siyu_, port, web=True, worker=True))

    @app.command()
    def web(port: Port = None) -> None:
        """The web door alone; add as many as you like over one Postgres."""
        run(_serve(siyu_, port, web=True, worker=False))

    @app.command()
    def worker() -> None:
        """The worker alone; add as many as you like over one Postgres."""
        run(_serve(siyu_, None, web=False, worker=True))


async def _serve(siyu_: Siyu, port: int | None, *, web: bool, worker: bool) -> None:
    configured = settings()
    async with installation(configured) as home:
        await run_doors(siyu_, home, configured.port if port is None else port, _say_ready, web=web, worker=worker)


async def run_doors(
    siyu_: Siyu, home: Installation, port: int, ready: Callable[[str], None], *, web: bool = True, worker: bool = True
) -> None:
    """Open the doors over an installation until a signal comes."""
    password = await first_admin(home.db, home.settings.home)
    if password is not None:
        out.print(f"First sign-in: [bold]{password.email}[/bold]  password [bold]{password.password}[/bold]")
        out.print(f"(also in {password.file}; change it under 设置)")
    stop = stop_on_signals()
    doors = []
    if worker:
        doors.append(work(siyu_.registry, home.db, home.lake, home.settings.fact_days, stop))
    if web:
        app = create_app(siyu_.rooms, home.settings, home.db, home.lake)
        doors.append(serve_web(app, home.settings.host, port, ready, stop))
    if home.postgres is not None:
        doors.append(supervise(home.postgres, home.lake, stop))
    await together(stop, *doors)


def _say_ready(address: str) -> None:
    out.print(f"Siyu is ready on [bold]{address}[/bold]")


def _maintenance(app: typer.Typer, siyu_: Siyu) -> None:
    @app.command()
    def doctor() -> None:
        """Print every setting with its value, and whether database, lake and pages are well."""
        run(_doctor())

    @app.command()
    def openapi() -> None:
        """Print the OpenAPI document (the console's client is generated from it)."""
        document = create_app(siyu_.rooms, Settings(), None, None).openapi()
        print(json.dumps(document, ensure_ascii=False, indent=1, sort_keys=True))

    @app.command(name="migrate")
    def migrate_() -> None:
        """Bring the database to this version; `serve` does it by itself."""
        configured = settings()
        if configured.database_url:
            migrate(configured.database_url.get_secret_value())
        else:
            postgres = EmbeddedPostgres(configured.home)
            migrate(postgres.start())
            postgres.stop()
        out.print("The database is up to date.")

    @app.command()
    def version() -> None:
        """Print the version."""
        out.print(siyu.__version__)


async def _doctor() -> None:
    configured = settings()
    table = Table("setting", "value", "meaning")
    for name in Settings.model_fields:
        value = getattr(configured, name)
        shown = "***" if name in ("key", "database_url") and value is not None else str(value)
        table.add_row(f"SIYU_{name.upper()}", shown, meaning(name).en)
    out.print(table)
    async with installation(configured) as home:
        async with home.db.engine.connect() as connection:
            row = await connection.exec_driver_sql("SHOW server_version")
            out.print(f"database: Postgres {row.scalar_one()}")
        for check, trouble in await examine(home.db, home.lake, clock.now()):
            if trouble is not None:
                err.print(f"[red]{check.label.en}: {trouble.text.en}[/red]  {check.label.zh}：{trouble.text.zh}")
        rows = await home.lake.rows("SELECT count(*), max(occurred_at) FROM lake.facts")
        out.print(f"lake: {home.lake.path}: {rows[0][0]:,} facts, the newest of {rows[0][1]}")
        static = Path(__file__).parents[1] / "web" / "static" / "console" / "index.html"
        out.print(f"console: {'built' if static.exists() else 'not built: run make setup'}")
        await _hearing(home)


async def _hearing(home: Installation) -> None:
    """Print each reader's place in the log, and the log against the lake; exits with 1 when somebody does not hear."""
    health = await log_health(home.db, home.lake, clock.now())
    for reader in health.readers:
        out.print(f"reader {reader.name}: {reader.unread:,} facts unread")
    difference = await consistency.verify(home.db, home.lake)
    out.print(
        f"log and lake: {difference.compared:,} facts compared, {difference.missing:,} missing, "
        f"{difference.doubled:,} doubled, {difference.extra:,} too many"
    )
    if health.troubles or not difference.clean:
        raise typer.Exit(1)
