"""A chunk of history: facts about members, each told once however often its file comes."""

from datetime import datetime

from sqlalchemy import text

from siyu.facts.log.actions import record_from
from siyu.imports.actions.staging import find_members, load, name_members, refuse
from siyu.imports.files.chunks import Chunk, fact_select
from siyu.imports.models import Import
from siyu.imports.rules.kinds import fact_kind, fact_targets
from siyu.imports.rules.mapping import Mapping
from siyu.imports.rules.report import Tally
from siyu.kit.crypto import keyed_hash
from siyu.kit.db import Tx

_EVENT = """
    CREATE TEMP TABLE import_event (row bigint, member text, at timestamptz, key text, props jsonb) ON COMMIT DROP
"""
_NOT_PROPS = frozenset({"member", "occurred_at", "key"})


def selects_of(mapping: Mapping, columns: set[str]) -> tuple[str, ...]:
    """SQL of the events of a chunk."""
    assert mapping.fact is not None
    props = [
        (t.name, t.type) for t in fact_targets(mapping.fact) if t.name in mapping.columns and t.name not in _NOT_PROPS
    ]
    return (fact_select(props, columns),)


async def take(tx: Tx, run: Import, mapping: Mapping, chunk: Chunk, now: datetime) -> Tally:
    """Record the chunk's facts; returns its counters.

    A fact without a key of its own is known by whose, when and what. The customer goes in as a keyed hash: the key must
    outlive a merge of members and must not tell who it was.
    """
    assert mapping.fact is not None
    await tx.execute(text(_EVENT))
    await load(tx, "import_event", chunk.csvs[0])
    members, created, unknown = await find_members(tx, run, mapping, chunk, now)
    kind = mapping.identity()
    await name_members(tx, [(v, m, keyed_hash("import", kind, v).hex()) for v, m in members.items()])
    spec = mapping.spec("member")
    refused = await refuse(tx, run, "import_event", "member", (spec.column if spec else None) or "member", unknown)
    told = await record_from(
        tx,
        fact_kind(mapping.fact),
        """
            SELECT CAST(:workspace_id AS int), m.member_id, e.at, CAST(:actor AS text), concat_ws(':', 'import', CAST(:fact AS text),
                CAST(:source AS text), coalesce(e.key, md5(concat_ws('|', m.key, extract(epoch FROM e.at), e.props)))),
                jsonb_strip_nulls(e.props)
            FROM import_event e JOIN import_member m ON m.value = e.member ORDER BY e.at, e.row
        """,
        {"workspace_id": run.workspace_id, "actor": run.started_by, "fact": mapping.fact, "source": mapping.source},
        now,
    )
    rows = chunk.end - chunk.start - chunk.refused - refused
    return Tally(
        rows_new=told,
        rows_known=rows - told,
        rows_refused=chunk.refused + refused,
        members_created=created,
        facts=told,
    )
