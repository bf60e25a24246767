"""`siyu brand`: the brands of this installation; other commands take one of them by its number (`--workspace`)."""

from typing import Annotated

import typer

from siyu.cli.cli_context import brand, out, run
from siyu.kit import clock, ids
from siyu.platform import actions, queries


def build() -> typer.Typer:
    """The group of commands."""
    app = typer.Typer(no_args_is_help=True, help="Brands of this installation.")

    @app.command(name="list")
    def list_() -> None:
        """Every brand with its number, time zone and the size of its team."""
        run(_list())

    @app.command()
    def create(
        name: Annotated[str, typer.Argument(help="What the brand is called.")],
        admin: Annotated[str, typer.Option(help="Email of its first administrator, also of one of another brand.")],
        person: Annotated[str | None, typer.Option(help="What a new administrator is called.")] = None,
        zone: Annotated[str, typer.Option(help="Time zone.")] = "Asia/Shanghai",
        language: Annotated[str, typer.Option(help="zh or en.")] = "zh",
    ) -> None:
        """Create a brand. A new administrator gets a generated first password; one of another brand keeps theirs."""
        if language not in ("zh", "en"):
            raise typer.BadParameter("zh or en")
        run(_create(name, admin, person, zone, language))

    return app


async def _list() -> None:
    async with brand(None) as (home, _), home.db.transaction() as tx:
        for workspace in await queries.workspaces(tx):
            people = await queries.team(tx, workspace.id)
            out.print(
                f"{workspace.id}\t{workspace.name}\t{workspace.zone}\t{len(people)}", highlight=False, soft_wrap=True
            )


async def _create(name: str, admin: str, person: str | None, zone: str, language: str) -> None:
    async with brand(None) as (home, _), home.db.transaction() as tx:
        known = await queries.has_account(tx, admin)
        password = None if known else ids.password()
        workspace, user = await actions.create_workspace(
            tx,
            name=name,
            zone=zone,
            locale=language,
            email=admin,
            person=None if known else person or admin,
            password=password,
            now=clock.now(),
            temporary=True,
        )
    out.print(f"{workspace.id}\t{workspace.name}\t{user.email}", highlight=False, soft_wrap=True)
    if password is not None:
        out.print(f"first password  初始密码\t{password}", highlight=False, soft_wrap=True)
