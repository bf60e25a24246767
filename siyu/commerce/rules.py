"""What is handed to the commerce room, and what it answers. Money is integer fen."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal


@dataclass(frozen=True)
class Line:
    """A line as the shop wrote it; `amount` is what was paid for it, in fen."""

    product: str
    amount: int
    quantity: Decimal = Decimal(1)
    title: str | None = None


@dataclass(frozen=True)
class Document:
    """An order or a refund with its lines. `refund_of` is the number of the order a refund belongs to, if known."""

    number: str
    at: datetime
    lines: list[Line] = field(default_factory=list)
    member_id: int | None = None
    store: str | None = None
    refund_of: str | None = None

    @property
    def amount(self) -> int:
        """What its lines add up to."""
        return sum(line.amount for line in self.lines)

    @property
    def all_negative(self) -> bool:
        """Whether every line is negative: of an order a correction of the books, which nobody paid."""
        return all(line.quantity < 0 or line.amount < 0 for line in self.lines)

    @property
    def negative_total(self) -> bool:
        """Whether it is written in negative numbers: its amounts or its quantities add up to less than zero."""
        return self.amount < 0 or sum(line.quantity for line in self.lines) < 0


def adjustment(amount: int, lines: Sequence[int | None], shipping: int | None, discount: int | None) -> int | None:
    """What an order comes to beyond its lines, postage and discount: a tax, a coupon of the platform. None: nobody can tell."""
    known = [line for line in lines if line is not None]
    if len(known) < len(lines):
        return None
    return amount - sum(known) - (shipping or 0) + (discount or 0)


@dataclass(frozen=True)
class ImportResult:
    """What came of a set of documents: the new ones, those already here just so, and those here with other content."""

    documents: int = 0
    lines: int = 0
    amount: int = 0
    corrections: int = 0
    lines_without_member: int = 0
    known: int = 0
    known_lines: int = 0
    known_amount: int = 0
    different: tuple[str, ...] = ()
    facts: int = 0
