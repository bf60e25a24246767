"""Who may have changed: queries of what came of age, of what will, and of the members that facts of the log are about."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from siyu.audience.language.time_dependence import ExpiringFact
from siyu.audience.language.time_windows import TICK
from siyu.audience.sql.merges import winners
from siyu.audience.sql.params import Params, Query, timestamp_literal

_SOURCES = {
    "fact": ("lake.facts", "occurred_at", "name"),
    "created": ("lake.profiles", "created_at", None),
    "tag": ("lake.tags", "until", "tag"),
}
"""Where each kind of expiring thing lies, the moment it ages from, and the column of its name."""


def _crossed(params: Params, item: ExpiringFact, workspace_id: int, low: datetime, high: datetime | None) -> str:
    """FROM and WHERE of the things that cross in (`low`, `high`]: a tag ends at its moment, the rest just after its age."""
    table, at, column = _SOURCES[item.of]
    late = TICK if item.of == "tag" else timedelta(0)
    parts = [f"workspace_id = {int(workspace_id)}", f"{at} >= {timestamp_literal(low - item.span + late)}"]
    parts += [] if high is None else [f"{at} < {timestamp_literal(high - item.span + late)}"]
    parts += [] if column is None else [f"{column} = {params.add(item.name, 'VARCHAR')}"]
    parts.append("merged_into IS NULL" if item.of == "created" else "member_id IS NOT NULL")
    return f"FROM {table} WHERE {' AND '.join(parts)}"


def next_crossings(
    expiring: Sequence[ExpiringFact], workspace_id: int, now: datetime, until: datetime | None = None
) -> Query:
    """A query of (place in `expiring`, the first moment (UTC) after `now`, up to `until`, at which one of it crosses or null)."""
    params, parts = Params(), []
    for place, item in enumerate(expiring):
        late = item.span // TICK + (item.of != "tag")
        source = _crossed(params, item, workspace_id, now, until)
        parts.append(
            f"SELECT {place} AS place, min({_SOURCES[item.of][1]}) + to_microseconds({late}) AS turns {source}"
        )
    return params.write(" UNION ALL ".join(parts))


def crossed(since: Mapping[ExpiringFact, datetime], workspace_id: int, now: datetime) -> Query:
    """A query of the members (as recorded, merged ones too) with something that crossed after its moment in `since`, up to
    `now`."""
    params = Params()
    parts = [f"SELECT member_id {_crossed(params, item, workspace_id, low, now)}" for item, low in since.items()]
    return params.write(" UNION ALL ".join(parts))


_ABOUT_TWO = ("member_merged", "member_unmerged")
"""Facts about two members: the other one is in their properties."""


def changed_members(workspace_id: int, kinds: Sequence[str], after: tuple[int, int], upto: tuple[int, int]) -> str:
    """SELECT (kind, member_id) of the members that facts of `kinds` in (`after`, `upto`] of the log are about.

    `kind` is the place in `kinds`, 1 the first; these are names of the catalogue. Places in the log are (txid, seq).
    """
    names = ", ".join(f"'{name}'" for name in kinds)
    about_two = ", ".join(f"'{name}'" for name in _ABOUT_TWO)
    log = f"""
        SELECT DISTINCT array_position(ARRAY[{names}], f.name) AS kind, side.id AS member_id
        FROM fact f CROSS JOIN LATERAL (
            VALUES (f.member_id), (CASE WHEN f.name IN ({about_two}) THEN (f.props->>'other_id')::bigint END)) AS side (id)
        WHERE (f.txid, f.seq) > ('{after[0]}'::xid8, {after[1]}) AND (f.txid, f.seq) <= ('{upto[0]}'::xid8, {upto[1]})
          AND f.workspace_id = {int(workspace_id)} AND f.name IN ({names}) AND side.id IS NOT NULL
    """.replace("'", "''")
    return f"SELECT kind, member_id FROM postgres_query('pg', '{log}')"


def resolve_merges(workspace_id: int, members: str) -> str:
    """SELECT (kind, member_id, stands) of `members` (SQL of kind, member_id) and of those they were merged into; `stands`:
    neither merged into somebody else nor erased."""
    return f"""
        WITH merged AS MATERIALIZED ({winners(workspace_id)}),
        given AS MATERIALIZED ({members}),
        everyone AS MATERIALIZED (
            SELECT kind, member_id FROM given UNION
            SELECT kind, winner FROM given JOIN merged USING (member_id) WHERE winner IS NOT NULL)
        SELECT CAST(e.kind AS SMALLINT) AS kind, e.member_id, m.member_id IS NULL AS stands
        FROM everyone e LEFT JOIN merged m ON m.member_id = e.member_id
    """
