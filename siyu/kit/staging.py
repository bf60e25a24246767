"""Staging tables: temporary tables whose columns are named and typed once, for rows that cross from one room into another.

Whoever fills one and whoever reads it name its columns; nobody counts them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Generic, NamedTuple, TypeVar, get_type_hints

from sqlalchemy import text

from siyu.kit.db import Tx, copied, copy_text, raw

BLOCK_BYTES = 1 << 20


@dataclass(frozen=True)
class Sql:
    """The SQL type of a column, beside its Python type: `Annotated[int, Sql("bigint")]`."""

    type: str


Row = TypeVar("Row", bound=NamedTuple)


class StagingTable(Generic[Row]):
    """A temporary table of rows of one NamedTuple, whose fields say their SQL types; it goes with the transaction."""

    def __init__(self, name: str, row: type[Row]) -> None:
        hints = get_type_hints(row, include_extras=True)
        self.name = name
        self.columns: dict[str, str] = {
            column: next(mark.type for mark in hint.__metadata__ if isinstance(mark, Sql))
            for column, hint in hints.items()
        }

    async def create(self, tx: Tx) -> None:
        """Make it, empty, in place of an earlier one of the same transaction."""
        columns = ", ".join(f"{column} {type_}" for column, type_ in self.columns.items())
        await tx.execute(text(f"DROP TABLE IF EXISTS {self.name}"))
        await tx.execute(text(f"CREATE TEMP TABLE {self.name} ({columns}) ON COMMIT DROP"))

    def select(self, values: Mapping[str, str], source: str) -> str:
        """SQL of rows for `copy_csv`: {column: expression} over `source`, which is our own SQL from FROM on.

        Raises ValueError unless every column is given and no other.
        """
        if values.keys() != self.columns.keys():
            raise ValueError(f"{self.name} has {', '.join(self.columns)}, given {', '.join(values)}")
        listed = ", ".join(f"{values[column]} AS {column}" for column in self.columns)
        return f"SELECT {listed} {source}"

    async def copy(self, tx: Tx, rows: Iterable[Row]) -> None:
        """COPY rows into it."""
        lines = ("\t".join(map(_copied, row)) + "\n" for row in rows)
        await copy_text(tx, self.name, tuple(self.columns), lines)

    async def copy_csv(self, tx: Tx, file: Path) -> None:
        """COPY a CSV of a `select` into it, and remove the file."""
        connection = await raw(tx)
        statement = f"COPY {self.name} ({', '.join(self.columns)}) FROM STDIN (FORMAT csv)"
        async with connection.cursor() as cursor, cursor.copy(statement) as copy:
            with file.open("rb") as stream:
                while block := stream.read(BLOCK_BYTES):
                    await copy.write(block)
        file.unlink()


def _copied(value: Any) -> str:
    return copied(value) if value is None or isinstance(value, str | datetime) else str(value)
