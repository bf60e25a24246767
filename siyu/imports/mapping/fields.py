"""Fields: what a column of a file can be mapped to."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from siyu.contacts.identities.rules import KIND_LABELS
from siyu.kit.text import LocalizedText

FieldType = Literal["text", "identity", "number", "money", "boolean", "time", "list", "zone"]

IMPORTED_IDENTITIES: dict[str, LocalizedText] = {
    kind: KIND_LABELS[kind] for kind in ("external_id", "phone", "email", "unionid", "openid", "external_userid")
}
"""Kinds of identity a file may carry, strongest key first."""


@dataclass(frozen=True)
class Field:
    """Something a column can be mapped to. `headings` are what people call such a column, as `plain` writes them."""

    name: str
    label: LocalizedText
    type: FieldType = "text"
    required: bool = False
    headings: Sequence[str] = ()
    exact: bool = False
    """A number that names something: shortened by a spreadsheet it would name several."""
    essential: bool = False
    """The row means something else without it: a cell that cannot be read refuses the row, an empty one does not."""
    of_document: bool = False
    """Written once for a whole document, on its first line or on each: a row may leave it empty."""


CUSTOMER_HEADINGS = [
    "customer",
    "customerid",
    "customerno",
    "customernumber",
    "member",
    "memberid",
    "memberno",
    "household",
    "householdid",
    "userid",
    "buyer",
    "buyerid",
    "externalid",
    "客户",
    "客户编号",
    "客户号",
    "客户id",
    "会员",
    "会员号",
    "会员编号",
    "会员id",
    "会员卡号",
    "买家",
    "买家id",
    "用户id",
    "用户编号",
]


def plain(heading: str) -> str:
    """A heading as headings are compared: lower case, letters, digits and Chinese only."""
    return "".join(c for c in heading.lower() if c.isalnum())
