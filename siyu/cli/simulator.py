"""`siyu simulator`: the outside world, on this machine."""

from pathlib import Path
from typing import Annotated

import typer

from siyu.kit.settings import settings
from siyu.simulators.wecom.server import serve


def build() -> typer.Typer:
    """The group of commands."""
    app = typer.Typer(no_args_is_help=True, help="Simulated platforms for rehearsals and tests.")

    @app.command()
    def wecom(
        port: Annotated[int, typer.Option(help="Port on loopback; 0 picks a free one.")] = 8010,
        store: Annotated[Path | None, typer.Option(help="File that keeps its state; default in SIYU_HOME.")] = None,
    ) -> None:
        """A WeCom server: the platform's paths, errors, limits and callbacks, with scripted staff and customers."""
        file = store or settings().home / "simulator-wecom.sqlite"
        file.parent.mkdir(parents=True, exist_ok=True)
        serve(port=port, path=str(file))

    return app
