"""`siyu user`: for when nobody can sign in any more."""

from typing import Annotated

import typer

from siyu.cli.cli_context import brand, out, run
from siyu.kit import ids
from siyu.platform import actions


def build() -> typer.Typer:
    """The group of commands."""
    app = typer.Typer(no_args_is_help=True, help="People of the team.")

    @app.command()
    def password(email: Annotated[str, typer.Argument(help="Whose.")]) -> None:
        """Give a person a new generated password; their sessions end."""
        run(_password(email))

    @app.command(name="list")
    def list_() -> None:
        """The team of each brand."""
        run(_list())

    return app


async def _password(email: str) -> None:
    async with brand(None) as (home, _):
        new = ids.password()
        async with home.db.transaction() as tx:
            await actions.set_password(tx, email, new)
        out.print(new)


async def _list() -> None:
    from siyu.platform import queries

    async with brand(None) as (home, _), home.db.transaction() as tx:
        for workspace in await queries.workspaces(tx):
            for user, role in await queries.team(tx, workspace.id):
                out.print(f"{workspace.name}\t{user.email}\t{user.name}\t{role.role}")
