"""`siyu audience`: the same answers as the console's builder."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from siyu.audience import queries
from siyu.audience.jobs import freshen
from siyu.cli.door import brand, err, out, run
from siyu.kit import clock

AsOf = Annotated[datetime | None, typer.Option(help="Moment to count at, ISO 8601; UTC unless it says otherwise.")]
Brand = Annotated[int | None, typer.Option(help="Which brand, by number; the first one by default.")]


def build() -> typer.Typer:
    """The group of commands."""
    app = typer.Typer(no_args_is_help=True, help="Audiences.")

    @app.command()
    def count(
        tree: Annotated[str, typer.Argument(help="A file with a tree as JSON, or the name of a saved audience.")],
        as_of: AsOf = None,
        workspace: Brand = None,
    ) -> None:
        """Print how many members are in an audience: one integer."""
        run(_count(tree, as_of, workspace))

    return app


def moment(given: datetime | None) -> datetime:
    """`given` as an aware moment, or now."""
    if given is None:
        return clock.now()
    return given.replace(tzinfo=UTC) if given.tzinfo is None else given.astimezone(UTC)


def read_tree(text: str) -> dict[str, Any]:
    """The tree in the file `text`, or a reference to the saved audience of that name."""
    file = Path(text)
    if not file.is_file():
        return {"audience": text}
    try:
        tree = json.loads(file.read_text("utf-8"))
    except json.JSONDecodeError as error:
        err.print(f"{file}: not JSON: {error}")
        raise typer.Exit(2) from None
    return dict(tree) if isinstance(tree, dict) else {"tree": tree}


async def _count(tree: str, as_of: datetime | None, workspace_id: int | None) -> None:
    async with brand(workspace_id) as (home, caller):
        await freshen(home.db, home.lake, clock.now())
        async with home.db.transaction() as tx:
            counted = await queries.count(tx, home.lake, caller.workspace_id, read_tree(tree), moment(as_of))
        out.print(str(counted.count), highlight=False)
