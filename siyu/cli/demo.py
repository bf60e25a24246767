"""`siyu demo`: the main job on a real retailer's orders, served afterwards."""

import asyncio
import json
import os
import shutil
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.panel import Panel
from rich.table import Table

from siyu.cli.audience import moment
from siyu.cli.cli_context import Siyu, out, run, together
from siyu.cli.imports import import_file, print_report
from siyu.demo import shop
from siyu.demo.api_client import ApiClient, sign_in
from siyu.demo.figures import figures, in_words
from siyu.demo.providers import SimulatedWecom, free_port, simulated_wecom
from siyu.demo.retailer import last_full_day, write_files
from siyu.demo.world import CHEN, HE, LIN, SHOP, STAFF, XU, ZHOU
from siyu.facts.installation import Installation, installation
from siyu.kit import clock, ids
from siyu.kit.settings import Settings, settings
from siyu.platform import actions, queries
from siyu.platform.bootstrap import FirstPassword, first_admin, known_first
from siyu.platform.staff.actions import link_staff
from siyu.web.app import create_app
from siyu.web.server import serve, stop_on_signals
from siyu.worker.poll import Poller
from siyu.worker.poll_loop import work

NOTE = "demo.json"
"""Written when the job is done; a folder with data but without it belongs to a run that was interrupted."""


def add(app: typer.Typer, siyu: Siyu) -> None:
    """Add the command."""

    @app.command()
    def demo(
        once: Annotated[bool, typer.Option(help="Run the job unattended on an empty folder and end.")] = False,
        as_of: Annotated[
            datetime | None, typer.Option(help="With --once: when the job starts; dates are not shifted.")
        ] = None,
        json_file: Annotated[Path | None, typer.Option("--json", help="With --once: where the figures go.")] = None,
        port: Annotated[int | None, typer.Option(help="Port of the console; 0 picks a free one.")] = None,
    ) -> None:
        """Import a real retailer, run its SOPs over simulated WeCom for eight days, show what they did, and serve it."""
        _with_simulators()
        if once:
            run(_once(siyu, moment(as_of) if as_of else None, json_file, port or 0))
        else:
            run(_serve(siyu, settings().port if port is None else port))


async def _once(siyu: Siyu, start: datetime | None, file: Path | None, port: int) -> None:
    begun = time.monotonic()
    folder = settings().home
    if folder.exists() and any(folder.iterdir()):
        out.print(f"[red]{folder} is not empty[/red]  {folder} 不是空文件夹")
        raise typer.Exit(2)
    start = start or datetime(2018, 1, 2, tzinfo=UTC)
    async with installation(_calm()) as home, _doors(siyu, home, port) as address:
        first = await _create_shop(home, start)
        async with (
            simulated_wecom(folder, free_port()) as wecom,
            sign_in(address, first.email, first.password) as operator,
        ):
            await _job(siyu, home, operator, wecom, address, start, 0)
            answer = await figures(operator, wecom, start)
    answer["seconds"] = round(time.monotonic() - begun, 1)
    _show(answer)
    if file is not None:
        file.write_text(json.dumps(answer, ensure_ascii=False, indent=1))


def _with_simulators() -> None:
    """The demo's WeCom is a simulator on this machine."""
    os.environ.setdefault("SIYU_OUTBOUND", "loopback")
    settings.cache_clear()


async def _serve(siyu: Siyu, port: int) -> None:
    folder = settings().home
    note = folder / NOTE
    if not note.exists():
        _forget_interrupted(folder)
    async with installation(_calm()) as home:
        last_run = json.loads(note.read_text()) if note.exists() else None
        async with simulated_wecom(folder, last_run["simulator_port"] if last_run else free_port()) as wecom:
            if last_run is None:
                last_run = await _first_time(siyu, home, wecom, port)
                note.write_text(json.dumps(last_run, ensure_ascii=False, indent=1))
            stop = stop_on_signals()
            clock.unfreeze()
            await wecom.set_clock(None)
            await wecom.staff_confirm_by_themselves()
            app = create_app(siyu.rooms, home.settings, home.db, home.lake)
            await together(
                stop,
                work(siyu.registry, home.db, home.lake, home.settings.fact_days, stop),
                serve(
                    app,
                    home.settings.host,
                    port,
                    lambda address: _welcome(last_run, address, known_first(folder)),
                    stop,
                ),
            )


def _calm() -> Settings:
    """The settings with only warnings logged, unless somebody asked for more: the demo speaks for itself."""
    configured = settings()
    return (
        configured
        if "log_level" in configured.model_fields_set
        else configured.model_copy(update={"log_level": "WARNING"})
    )


def _forget_interrupted(folder: Path) -> None:
    """Start over after an interrupted first run; only a folder that a demo began is ever emptied."""
    mark = folder / "demo-began"
    if mark.exists():
        shutil.rmtree(folder)
    elif folder.exists() and any(folder.iterdir()):
        out.print(f"{folder} holds an installation of your own; `siyu serve` serves it.  {folder} 里已有你自己的数据")
        raise typer.Exit(2)
    folder.mkdir(parents=True, exist_ok=True)
    mark.touch()


async def _first_time(siyu: Siyu, home: Installation, wecom: SimulatedWecom, port: int) -> dict[str, Any]:
    """Run the job as if it had begun eight days ago, on data moved by whole days so that its last full day is yesterday."""
    begun = time.monotonic()
    today = clock.now().date()
    shift = (today - timedelta(days=1) - last_full_day()).days
    start = datetime(today.year, today.month, today.day, tzinfo=UTC) - timedelta(days=shop.DAYS)
    async with _doors(siyu, home, port) as address:
        first = await _create_shop(home, start)
        async with sign_in(address, first.email, first.password) as operator:
            await _job(siyu, home, operator, wecom, address, start, shift)
            answer = await figures(operator, wecom, start)
    answer["seconds"] = round(time.monotonic() - begun, 1)
    return {"simulator_port": int(wecom.address.rsplit(":", 1)[1]), "figures": answer}


async def _create_shop(home: Installation, start: datetime) -> FirstPassword:
    """The shop, its admin with a generated password, and the rest of the team."""
    clock.freeze(start)
    first = await first_admin(
        home.db, home.settings.home, brand=SHOP, email=LIN.email, person=LIN.name, temporary=False
    )
    assert first is not None, "the folder was empty"
    async with home.db.transaction() as tx:
        caller = actions.system((await queries.workspaces(tx))[0])
        for person in (CHEN, ZHOU, XU, HE):
            await actions.invite(
                tx,
                caller,
                email=person.email,
                name=person.name,
                password=ids.password(),
                role=person.role,
                now=start,
                temporary=False,
            )
        for user, _ in await queries.team(tx, caller.workspace_id):
            for userid in (userid for userid, name in STAFF.items() if name == user.name):
                await link_staff(tx, caller, user.id, userid, start)
    return first


async def _job(
    siyu: Siyu,
    home: Installation,
    operator: ApiClient,
    wecom: SimulatedWecom,
    address: str,
    start: datetime,
    shift: int,
) -> None:
    files = home.settings.home / "demo-files"
    write_files(files, shift)
    async with home.db.transaction() as tx:
        caller = actions.system((await queries.workspaces(tx))[0])
    poller = Poller(siyu.registry, home.db, home.lake, strict=True)

    async def import_(kind: str, file: Path, mapping: dict[str, Any]) -> None:
        print_report(await import_file(home, caller, kind, file, mapping))

    # loads pyarrow, which no other command needs
    from siyu.demo.job import MainJob

    job = MainJob(
        operator, wecom, poller, import_, files, address, start, lambda line: out.print(f"[bold]{line}[/bold]")
    )
    await job.run()


@asynccontextmanager
async def _doors(siyu: Siyu, home: Installation, port: int) -> AsyncIterator[str]:
    """The web door open while the block runs; the job itself works the rounds."""
    stop = asyncio.Event()
    opened: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    app = create_app(siyu.rooms, home.settings, home.db, home.lake)
    door = asyncio.create_task(serve(app, home.settings.host, port, opened.set_result, stop))
    try:
        # a port that is taken ends the door before it opens
        door.add_done_callback(lambda ended: opened.cancel())
        try:
            yield await opened
        except asyncio.CancelledError:
            if door.done():
                door.result()
            raise
    finally:
        stop.set()
        await door


def _show(answer: dict[str, Any]) -> None:
    table = Table(show_header=False, title=SHOP)
    table.add_column()
    table.add_column(justify="right")
    for what, value in in_words(answer):
        table.add_row(what, value)
    out.print(table)


def _welcome(last_run: dict[str, Any], address: str, first: FirstPassword | None) -> None:
    _show(last_run["figures"])
    lines = [f"控制台 Console   [bold]{address}[/bold]"]
    if first is not None:
        lines.append(f"登录 Sign in     [bold]{first.email}[/bold]   密码 password [bold]{first.password}[/bold]")
    lines.append("Ctrl-C 停止全部 stops everything")
    out.print(Panel("\n".join(lines), title=SHOP, expand=False))
