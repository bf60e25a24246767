"""Where a table stands in what was uploaded: as it was found, or as somebody chose."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

ROW, UNREADABLE = "siyu_row", "siyu_unreadable"
"""Columns of every table beside those of the file: the row as a spreadsheet counts, and the text of a line that is none."""
HEADING_WITHIN = 30
"""Filled lines among which the heading is looked for."""
HEAD_CELLS_SHOWN = 12
HEAD_CHARS_SHOWN = 40
_TOTAL_WORDS = "合计|总计|共计|汇总|小计|总合计|grand total|totals?|subtotal|sum"
TOTAL = rf"(?i)\s*[【\[（(]?\s*(?:{_TOTAL_WORDS})\s*[】\]）)]?\s*[:：]?\s*"
"""What the first filled cell of a total row says, as a regular expression of Python and of DuckDB."""
TOTAL_LINE = r"^[\s\"]*(?:合计|总计|共计|汇总|共\s*\d)"
"""How a line begins that has nothing but a sentence of sums."""
NUMBERLIKE = r"\s*[-+/¥￥$€£]*\s*[-+]?[\d,.\s]*\s*(?:元|件|笔|单|%)?\s*"
Record = tuple[int, list[str]]


@dataclass(frozen=True)
class LayoutChoice:
    """What somebody chose; None where it is to be found."""

    encoding: str | None = None
    sheet: str | None = None
    heading_row: int | None = None


@dataclass(frozen=True)
class HeadRow:
    """One of the first filled rows, for choosing the heading among them."""

    row: int
    cells: list[str]


@dataclass(frozen=True)
class Layout:
    """How a table was read: a text's encoding and delimiter or a workbook's sheet, the heading's row, what was left out."""

    heading_row: int = 1
    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None
    sheets: Sequence[str] = ()
    head: Sequence[HeadRow] = ()
    totals: int = 0
    """Rows of sums (合计) that are no data."""


def used(cells: Sequence[str]) -> int:
    """How many cells up to the last filled one."""
    return max((n for n, cell in enumerate(cells, 1) if cell.strip()), default=0)


def find_heading(records: Sequence[Record]) -> int | None:
    """Which of the first records is the heading: titles above a table fill less than half of its width."""
    if not records:
        return None
    widths = Counter(used(cells) for _, cells in records)
    # of widths met equally often the larger one is the table's
    width = max(widths, key=lambda width: (widths[width], width))
    enough = max(width / 2, 2 if width > 1 else 1)
    wide = (place for place, (_, cells) in enumerate(records) if sum(bool(cell.strip()) for cell in cells) >= enough)
    return next(wide, 0)


def head_of(records: Sequence[Record]) -> list[HeadRow]:
    """The first records as people choose among them."""
    return [
        HeadRow(number, [cell.strip()[:HEAD_CHARS_SHOWN] for cell in cells[:HEAD_CELLS_SHOWN]])
        for number, cells in records
    ]
