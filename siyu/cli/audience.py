"""`siyu audience`: the same answers as the console's builder."""

import asyncio
import json
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from siyu.audience import queries
from siyu.audience.refresh.jobs import catch_up
from siyu.audience.sql.query import member_ids_query
from siyu.cli.cli_context import Brand, brand, err, out, run
from siyu.facts.installation import store
from siyu.facts.spark import requirements
from siyu.kit import clock

AsOf = Annotated[datetime | None, typer.Option(help="Moment to count at, ISO 8601; UTC unless it says otherwise.")]


class Engine(StrEnum):
    """Who answers a question."""

    duckdb = "duckdb"
    spark = "spark"


def build() -> typer.Typer:
    """The group of commands."""
    app = typer.Typer(no_args_is_help=True, help="Audiences.")

    @app.command()
    def count(
        tree: Annotated[str, typer.Argument(help="A file with a tree as JSON, or the name of a saved audience.")],
        as_of: AsOf = None,
        workspace: Brand = None,
        engine: Annotated[Engine, typer.Option(help="Who answers: this machine, or Apache Spark.")] = Engine.duckdb,
        master: Annotated[str, typer.Option(help="Spark: local[2], spark://host:7077, yarn or k8s://….")] = "local[*]",
        conf: Annotated[
            list[str] | None, typer.Option(help="Spark: key=value of its own settings; repeatable.")
        ] = None,
    ) -> None:
        """Print how many members are in an audience: one integer."""
        if engine is Engine.spark:
            run(_count_on_spark(tree, as_of, workspace, master, conf or []))
        else:
            run(_count(tree, as_of, workspace))

    return app


def moment(time: datetime | None) -> datetime:
    """`given` as an aware moment, or now."""
    if time is None:
        return clock.now()
    return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)


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
        await catch_up(home.db, home.lake, clock.now())
        async with home.db.transaction() as tx:
            counted = await queries.count(tx, home.lake, caller.workspace_id, read_tree(tree), moment(as_of))
        out.print(str(counted.count), highlight=False)


async def _count_on_spark(
    tree: str, as_of: datetime | None, workspace_id: int | None, master: str, conf: list[str]
) -> None:
    spark_settings = spark_conf(conf)
    requirements.require()
    # not above: the extra `spark` is optional, and the other commands do without it
    from siyu.facts.spark.session import spark_session
    from siyu.facts.spark.snapshot import take

    async with brand(workspace_id) as (home, caller):
        await catch_up(home.db, home.lake, clock.now())
        async with home.db.transaction() as tx:
            parsed, schema = await queries.parse(tx, caller.workspace_id, read_tree(tree))
        query = member_ids_query(parsed, caller.workspace_id, moment(as_of), schema.zone)
        snapshot = await home.lake.run(lambda cursor: take(cursor, home.lake.path))

        def work() -> int:
            with spark_session(master, store(home.settings), spark_settings) as spark:
                spark.see(snapshot)
                return int(spark.rows(f"SELECT count(*) FROM ({query.sql}) AS chosen", query.params)[0][0])

        out.print(str(await asyncio.to_thread(work)), highlight=False)


def spark_conf(pairs: list[str]) -> dict[str, str]:
    """Settings of Spark as key=value; exits with words for what is none."""
    for pair in pairs:
        if not pair.startswith("spark.") or "=" not in pair:
            err.print(f"{pair}: should be spark.key=value  应为 spark.键=值")
            raise typer.Exit(2)
    return dict(pair.split("=", 1) for pair in pairs)
