"""What every command shares: the installation, the brand, and words for a refusal."""

import asyncio
import errno
import sys
from collections.abc import AsyncIterator, Coroutine, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Annotated, Any

import typer
from fastapi import APIRouter
from rich.console import Console
from rich.markup import escape

from siyu.facts.installation import Installation, installation
from siyu.kit import logs
from siyu.kit.errors import NotFound, Refusal, Unforeseen
from siyu.kit.logs import logger, unforeseen
from siyu.kit.settings import settings
from siyu.platform import actions, queries
from siyu.platform.queries import Caller
from siyu.worker.poll import Registry

log = logger("cli")
out = Console()
err = Console(stderr=True)


Brand = Annotated[
    int | None, typer.Option(help="Which brand, by its number in `siyu brand list`; the first by default.")
]


@dataclass(frozen=True)
class Siyu:
    """What `siyu/app.py` hands to the commands: the rooms' routes and the worker's parts."""

    rooms: Sequence[APIRouter]
    registry: Registry


@contextmanager
def refusals_in_words() -> Iterator[None]:
    """A refusal becomes a line for people and exit code 2."""
    try:
        yield
    except Refusal as refusal:
        err.print(f"[red]{escape(refusal.detail)}[/red]  {escape(refusal.detail_zh)}", soft_wrap=True)
        for fault in refusal.errors:
            err.print(f"  {escape(fault.path)}: {escape(fault.reason)}  {escape(fault.reason_zh)}", soft_wrap=True)
        raise SystemExit(2) from None
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        err.print("[red]The port is taken; choose another with --port[/red]  端口已被占用，请用 --port 换一个")
        raise SystemExit(2) from None


def run(work: Coroutine[Any, Any, None]) -> None:
    """Run a command; a refusal becomes one line for people and exit code 2."""
    try:
        with refusals_in_words():
            asyncio.run(work)
    except KeyboardInterrupt:
        raise typer.Exit(130) from None


def run_program(app: typer.Typer) -> None:
    """Run the command line. What nobody foresaw ends it with one line in words and a trace without data, exit code 1."""
    logs.configure("INFO", "console")
    try:
        with refusals_in_words():
            app()
    except Exception as error:
        unforeseen(log, "command_failed", error)
        err.print(f"[red]{Unforeseen.title}[/red]  {Unforeseen.title_zh}", soft_wrap=True)
        sys.exit(1)


@asynccontextmanager
async def brand(workspace_id: int | None) -> AsyncIterator[tuple[Installation, Caller]]:
    """The installation and Siyu itself acting for a brand (the first one unless given); raises NotFound."""
    async with installation(settings()) as home:
        async with home.db.transaction() as tx:
            workspaces = await queries.workspaces(tx)
        if not workspaces:
            raise NotFound("There is no brand here yet; run `siyu serve` first", "还没有品牌，请先运行 siyu serve")
        chosen = [w for w in workspaces if workspace_id is None or w.id == workspace_id]
        if not chosen:
            raise NotFound(
                f"There is no brand {workspace_id}; `siyu brand list` names them",
                f"没有编号为 {workspace_id} 的品牌，请用 siyu brand list 查看",
            )
        yield home, actions.system(chosen[0])


async def together(stop: asyncio.Event, *doors: Coroutine[Any, Any, None]) -> None:
    """Keep doors open until one ends or `stop` is set; then close all in order and raise what went wrong first."""
    tasks = [asyncio.create_task(door) for door in doors]
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    stop.set()
    for outcome in await asyncio.gather(*tasks, return_exceptions=True):
        if isinstance(outcome, BaseException):
            raise outcome
