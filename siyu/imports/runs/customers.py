"""The customers that a chunk names: who they are, which of them are made, and which can be nobody."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from siyu.contacts.identities.queries import hashes_of, owners
from siyu.contacts.identities.resolution import Key
from siyu.contacts.identities.rules import normalise, veiled
from siyu.contacts.members.actions import upsert
from siyu.contacts.members.rules import MemberRow
from siyu.imports.files.chunks import Chunk, FaultOfRow, customers_select
from siyu.imports.kind import Fetch, PreviewMatch, RuleLabel
from siyu.imports.mapping.document import Mapping as MappingDocument
from siyu.imports.models import Import
from siyu.kit.db import Tx
from siyu.kit.errors import Invalid
from siyu.kit.text import LocalizedText

UNKNOWN_MEMBERS = RuleLabel(
    LocalizedText("没见过的客户", "Customers nobody knows yet"),
    {"create": LocalizedText("新建", "Create"), "refuse": LocalizedText("不导入该行", "Refuse the row")},
    field="member",
)
"""The rule of kinds whose rows name a customer: `create` or `refuse`."""


@dataclass(frozen=True)
class Customers:
    """The customers of a chunk by what they are found by, and {value: code} of those who can be nobody."""

    keys: Mapping[str, Key]
    refused: Mapping[str, str]


def read_customers(workspace_id: int, mapping: MappingDocument, values: Sequence[str]) -> Customers:
    """What customers of these values are found by."""
    kind = mapping.identity()
    hashed = hashes_of(workspace_id, kind)
    keys: dict[str, Key] = {}
    refused: dict[str, str] = {}
    for value in values:
        try:
            keys[value] = (kind, hashed(normalise(kind, value, "member")))
        except Invalid:
            refused[value] = "veiled" if veiled(value) else "identity"
    return Customers(keys, refused)


@dataclass(frozen=True)
class FoundMembers:
    """Who the customers of a chunk are: {value: member}, how many were made, and {value: code} of those refused."""

    members: dict[str, int]
    created: int
    refused: dict[str, str]


async def find_members(
    tx: Tx,
    run: Import,
    mapping: MappingDocument,
    chunk: Chunk,
    now: datetime,
    *,
    create: bool,
    fresh: Callable[[Sequence[str]], Awaitable[Collection[str]]] | None = None,
) -> FoundMembers:
    """Find the members behind a chunk's customers; those nobody knows are made, or refused without `create`.

    `fresh` says which of them are named by something new: nobody is made of a row that is here already with somebody else.
    """
    assert isinstance(chunk.prepared, Customers)
    keys, refused = chunk.prepared.keys, dict(chunk.prepared.refused)
    known = await owners(tx, run.workspace_id, keys.values())
    members = {value: known[key] for value, key in keys.items() if key in known}
    strangers = [value for value in keys if value not in members]
    if not create:
        return FoundMembers(members, 0, refused | dict.fromkeys(strangers, "unknown"))
    if fresh is not None and strangers:
        named = set(await fresh(strangers))
        refused |= dict.fromkeys((value for value in strangers if value not in named), "different")
        strangers = [value for value in strangers if value in named]
    rows = [MemberRow(identities={mapping.identity(): value}) for value in strangers]
    source = f"import:{mapping.source}"
    made = await upsert(tx, run.workspace_id, rows, source=source, actor=run.started_by, now=now)
    members |= {value: upserted.member_id for value, upserted in zip(strangers, made, strict=True)}
    return FoundMembers(members, sum(upserted.created for upserted in made), refused)


def match_customers(workspace_id: int, mapping: MappingDocument, *, kept: bool = False) -> PreviewMatch:
    """In a preview, rows of customers that cannot be one are refused, or (`kept`) come in without them."""

    def match(fetch: Fetch, columns: set[str]) -> list[FaultOfRow]:
        select = customers_select(columns)
        if select is None:
            return []
        named = fetch(select)
        refused = read_customers(workspace_id, mapping, sorted({value for _, value in named})).refused
        heading = mapping.heading("member")
        return [FaultOfRow(row, heading, value, refused[value], kept) for row, value in named if value in refused]

    return match
