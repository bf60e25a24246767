"""Alembic's environment: our tables only; the lake's catalogue and the job queue manage their own."""

from typing import Any, Literal

from alembic import context
from sqlalchemy import create_engine

from siyu.app import METADATA
from siyu.facts.log.models import Xid8

FOREIGN_PREFIXES = ("procrastinate_", "ducklake_")


def ours(_object: object, name: str | None, type_: str, _reflected: bool, _compare_to: object) -> bool:
    """Leave out what others made."""
    return not (type_ == "table" and name is not None and name.startswith(FOREIGN_PREFIXES))


def render(type_: str, item: Any, _context: Any) -> str | Literal[False]:
    """Types of our own, as migrations write them."""
    if type_ == "type" and isinstance(item, Xid8):
        return "Xid8()"
    if type_ == "type" and type(item).__name__ == "Encrypted":
        return "sa.LargeBinary()"
    return False


url = context.config.attributes["url"].replace("postgresql://", "postgresql+psycopg://", 1)
engine = create_engine(url, hide_parameters=True)
with engine.connect() as connection:
    context.configure(
        connection=connection, target_metadata=METADATA, include_object=ours, render_item=render, compare_type=False
    )
    with context.begin_transaction():
        context.run_migrations()
engine.dispose()
