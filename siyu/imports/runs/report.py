"""What an import did: its counters."""

from dataclasses import asdict, dataclass, fields
from decimal import Decimal
from typing import Any

FEN = Decimal(100)


@dataclass(frozen=True)
class Tally:
    """Counters of one chunk, or of a whole import. Amounts of the file are exact decimals in yuan, ours are fen.

    Every row ends in exactly one of order_lines, refund_lines, rows_known, rows_new, rows_refused, rows_dropped.
    """

    rows_new: int = 0
    rows_known: int = 0
    rows_refused: int = 0
    rows_dropped: int = 0
    rows_held_back: int = 0
    order_lines: int = 0
    refund_lines: int = 0
    lines_without_member: int = 0
    orders: int = 0
    refunds: int = 0
    corrections: int = 0
    documents_known: int = 0
    documents_different: int = 0
    members_created: int = 0
    members_known: int = 0
    identities_elsewhere: int = 0
    facts: int = 0
    source_total: Decimal = Decimal(0)
    left_out_total: Decimal = Decimal(0)
    total_fen: int = 0

    def plus(self, other: "Tally") -> "Tally":
        """Both together."""
        return Tally(**{f.name: getattr(self, f.name) + getattr(other, f.name) for f in fields(self)})

    @property
    def rounding_difference(self) -> Decimal:
        """What rounding each line to fen took away: source - left out - ours, in yuan."""
        return self.source_total - self.left_out_total - Decimal(self.total_fen) / FEN

    @property
    def changed(self) -> bool:
        """Whether anything new came in."""
        return bool(self.orders or self.refunds or self.members_created or self.rows_new or self.facts)

    def document(self) -> dict[str, Any]:
        """JSON of it; decimals as plain text without trailing zeros."""
        values = {k: plain(v) if isinstance(v, Decimal) else v for k, v in asdict(self).items()}
        return {**values, "rounding_difference": plain(self.rounding_difference), "changed": self.changed}


def plain(value: Decimal) -> str:
    """`9747747.934000000` -> `9747747.934`."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def tally(document: dict[str, Any]) -> Tally:
    """The counters of a stored document; an empty one is all zeros."""
    known = {f.name for f in fields(Tally)}
    read: dict[str, Any] = {k: Decimal(v) if isinstance(v, str) else v for k, v in document.items() if k in known}
    return Tally(**read)
