"""What the import would refuse besides unreadable cells, for a preview: identities, tags and attributes, by the same rules."""

from dataclasses import replace
from itertools import chain

from siyu.imports.actions import people
from siyu.imports.actions.staging import read_keys
from siyu.imports.files.chunks import FaultOfRow
from siyu.imports.files.expressions import alias
from siyu.imports.files.preview import Fetch, Judge
from siyu.imports.rules.mapping import Mapping
from siyu.kit.db import Tx


async def judge(tx: Tx, workspace_id: int, mapping: Mapping) -> Judge:
    """How `files.preview` holds rows of `mapping` against what the shop knows now. Attributes the import would define count as known."""
    if mapping.kind != "members":
        return lambda fetch, columns: _customers(workspace_id, mapping, fetch, columns)
    allowed = await people.words(tx, workspace_id, mapping)
    allowed = replace(allowed, specs={**people.defined(mapping), **allowed.specs})

    def members(fetch: Fetch, columns: set[str]) -> list[FaultOfRow]:
        read = people.read_rows(workspace_id, mapping, fetch(people.selects_of(mapping, columns)[0]))
        return [*read.faults, *chain.from_iterable(people.wrong_words(mapping, read, allowed).values())]

    return members


def _customers(workspace_id: int, mapping: Mapping, fetch: Fetch, columns: set[str]) -> list[FaultOfRow]:
    who = "doc_member" if "doc_member" in columns else alias("member")
    if who.strip('"') not in columns:
        return []
    named = fetch(f"SELECT row, {who} FROM good WHERE {who} IS NOT NULL ORDER BY row")
    refused = read_keys(workspace_id, mapping, sorted({value for _, value in named})).refused
    spec = mapping.spec("member")
    heading = (spec.column if spec else None) or "member"
    return [FaultOfRow(row, heading, value, refused[value]) for row, value in named if value in refused]
