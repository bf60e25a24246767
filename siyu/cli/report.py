"""`siyu report`: a report's rows, as a table or as JSON."""

import json
from datetime import datetime
from typing import Annotated

import typer
from rich.table import Table

from siyu.audience.refresh.jobs import catch_up
from siyu.cli.audience import AsOf, moment
from siyu.cli.cli_context import Brand, brand, out, run
from siyu.insight.queries.reports import run_report
from siyu.kit import clock


def add(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def report(
        name: Annotated[str, typer.Argument(help="Which report; `siyu report list` names them.")],
        as_json: Annotated[bool, typer.Option("--json", help="Rows as JSON.")] = False,
        as_of: AsOf = None,
        param: Annotated[list[str] | None, typer.Option(help="name=value, as the API takes them; repeatable.")] = None,
        workspace: Brand = None,
    ) -> None:
        """Print a report."""
        run(_report(name, as_json, as_of, param or [], workspace))


async def _report(
    name: str, as_json: bool, as_of: datetime | None, params: list[str], workspace_id: int | None
) -> None:
    values = dict(pair.split("=", 1) for pair in params)
    async with brand(workspace_id) as (home, caller):
        await catch_up(home.db, home.lake, clock.now())
        async with home.db.transaction() as tx:
            answered = await run_report(tx, home.lake, caller.workspace_id, caller.zone, name, values, moment(as_of))
        if as_json:
            print(json.dumps(answered.rows, ensure_ascii=False, default=str))
            return
        table = Table(*[column.label.zh for column in answered.columns], title=answered.answer.zh)
        for row in answered.rows:
            table.add_row(*[str(row.get(column.key, "")) for column in answered.columns])
        out.print(table)
