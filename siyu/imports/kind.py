"""What a kind of import is: everything about one thing a file can become, from its fields to the words of its report.

The readers and writers of files call these methods and know no kind by name. A new kind is a file in `kinds` and a
line in `KINDS`.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from siyu.imports.files.chunks import Chunk, FaultOfRow
from siyu.imports.files.expressions import FieldSql
from siyu.imports.files.upload import Upload
from siyu.imports.mapping.document import Mapping as MappingDocument
from siyu.imports.mapping.fields import Field
from siyu.imports.models import Import
from siyu.imports.runs.report import Tally
from siyu.kit.db import Tx
from siyu.kit.errors import Fault, Invalid, parser_faults
from siyu.kit.text import LocalizedText
from siyu.platform.queries import Caller

Fetch = Callable[[str], list[tuple[Any, ...]]]
PreviewMatch = Callable[[Fetch, set[str]], list[FaultOfRow]]
"""Finds what the import would refuse besides unreadable cells: it asks for rows of `good` (those without a fault, with these
columns) and holds them against what the shop knows."""


@dataclass(frozen=True)
class StatedWord:
    """A word by which a file says what a row is: what it means (None: nobody knows yet), and in how many rows it stands."""

    word: str
    meaning: str | None
    rows: int


class Rules(BaseModel):
    """What to do in the cases on which files of a kind differ; most kinds have none."""

    model_config = ConfigDict(extra="forbid")


@dataclass(frozen=True)
class RuleLabel:
    """How a rule is shown, beside its type in the model: the label, its options in words (none: a text), and a hint.

    `path` is where a text goes inside the rule: the prefix of a refund. `field`: it matters only where that field is mapped.
    """

    label: LocalizedText
    options: Mapping[str, LocalizedText] | None = None
    hint: LocalizedText | None = None
    path: str | None = None
    field: str | None = None


@dataclass(frozen=True)
class OneOf:
    """Fields of which at least one has to be mapped; `path` is where a fault says so."""

    fields: tuple[str, ...]
    path: str = "mapping.columns"


UNCHANGED = LocalizedText("没有变化：文件中的内容都已导入过。", "Nothing changed: every row was already here.")
KindRules = TypeVar("KindRules", bound=Rules)


class ImportKind(ABC, Generic[KindRules]):
    """One thing a file can become. `fact` tells kinds of one `name` apart."""

    name: ClassVar[str]
    fact: str | None = None
    label: LocalizedText
    fields: tuple[Field, ...]
    rules_model: type[KindRules]
    needs_one_of: tuple[OneOf, ...] = ()
    takes_attributes: bool = False
    """Whether columns may become attributes of members (`attribute.<name>`)."""
    chunk_as_csv: bool = True
    """Whether a chunk is written to CSV files for COPY, or comes into Python."""
    records: tuple[str, ...] = ()
    """The facts that its rows record: journeys that listen for one may be entered."""
    happens_at: str | None = None
    """The field that says when what a row records happened; None: when it is imported."""
    file_words: tuple[str, ...] = ()
    """What the name of such a file often contains."""

    def rules(self, mapping: MappingDocument) -> KindRules:
        """The mapping's rules; raises Invalid with the path of each that this kind does not have."""
        try:
            return self.rules_model.model_validate(mapping.rules)
        except ValidationError as error:
            raise Invalid(errors=parser_faults(error.errors(), "mapping", "rules")) from error

    def fields_of(self, mapping: MappingDocument) -> Sequence[Field]:
        """The fields that `mapping` may fill."""
        return self.fields

    def check(self, mapping: MappingDocument, columns: Collection[str]) -> list[Fault]:
        """What is wrong with `mapping` for this kind, besides unknown and missing fields; the file has these `columns`."""
        return []

    # --- rows of a file, in DuckDB

    def required_in_row(self, mapping: MappingDocument) -> set[str]:
        """Fields that no row can do without, besides those that are required anyway."""
        return set()

    def row_checks(self, mapping: MappingDocument, fields: Sequence[FieldSql]) -> list[tuple[str, str]]:
        """(condition, fault) in SQL of a row as a whole."""
        return []

    def extra_columns(self, mapping: MappingDocument, upload: Upload) -> str:
        """SQL of columns beside the fields, each begun with a comma."""
        return ""

    @abstractmethod
    def arrange(self, mapping: MappingDocument) -> str:
        """SQL after the common table expression `typed`: rows with pos, head, duplicate, withheld, fit and faults."""

    @abstractmethod
    def chunk_selects(self, mapping: MappingDocument, columns: set[str]) -> Mapping[str, str]:
        """{name: SQL over `good`} of what a chunk is written from."""

    # --- a chunk, in Python and Postgres

    @abstractmethod
    def prepare(self, workspace_id: int, mapping: MappingDocument, chunk: Chunk) -> Any:
        """All that can be made of a chunk without the database, done while the chunk before it is written."""

    @abstractmethod
    async def write(self, tx: Tx, run: Import, mapping: MappingDocument, chunk: Chunk, now: datetime) -> Tally:
        """Write a chunk and return its counters."""

    @abstractmethod
    async def match_preview(self, tx: Tx, workspace_id: int, mapping: MappingDocument) -> PreviewMatch:
        """How rows of a preview are held against what the shop knows now."""

    def stated_words(self, mapping: MappingDocument, fetch: Fetch) -> list[StatedWord]:
        """The words of `previewed` (all rows looked at) that decide what rows are, for people to check and to change."""
        return []

    def preview_selects(self, mapping: MappingDocument) -> Mapping[str, str]:
        """{name: SQL over `good` of distinct texts} of what `preview_notes` looks at."""
        return {}

    async def preview_notes(
        self, tx: Tx, workspace_id: int, mapping: MappingDocument, values: Mapping[str, Sequence[str]]
    ) -> list[LocalizedText]:
        """What somebody should know before they import: how much of it is here already, what would be made beside it."""
        return []

    async def complete(self, tx: Tx, workspace_id: int, mapping: MappingDocument) -> MappingDocument:
        """The mapping with what the shop knows about its fields; raises Invalid."""
        return mapping

    async def define(self, tx: Tx, caller: Caller, mapping: MappingDocument, now: datetime) -> None:
        """Make what the mapping wants to exist before the first row."""

    @abstractmethod
    def summary(self, tally: Tally) -> LocalizedText:
        """What came in, in one sentence, where anything did."""

    def sentence(self, tally: Tally) -> LocalizedText:
        """What came in, in one sentence."""
        return self.summary(tally) if tally.changed or tally.rows_refused else UNCHANGED


AnyKind = ImportKind[Any]
