"""Who was in a saved audience at a moment, from the facts of entering and leaving: queries over the lake.

Exact to the microsecond: the last fact up to the moment decides. Facts are recorded with the member of then; somebody who
is part of another by now answers for that one, and an erased member for nobody.
"""

from collections.abc import Sequence
from datetime import datetime

from siyu.audience.sql.merges import current_member, winners
from siyu.audience.sql.params import Params, Query, timestamp_literal

ENTERED, LEFT = "audience_entered", "audience_left"


def members_at(
    workspace_id: int, audience: str, made_at: datetime, at: datetime, only: Sequence[int] | None = None
) -> Query:
    """(member_id, entered_at) of those who were in `audience` at `at`; with `only`, of them. What happened before it was
    `made_at` is of an older audience of the same name."""
    params = Params()
    name = params.add(audience, "VARCHAR")
    among = "" if only is None else f" AND list_contains({params.add(list(only), 'BIGINT[]')}, member_id)"
    return params.write(
        f"""
        WITH {_last(workspace_id, f"f.p_audience = {name}", made_at, at)}
        SELECT member_id, max(entered_at) AS entered_at FROM last
        WHERE name = '{ENTERED}' AND {_known(workspace_id)}{among} GROUP BY 1"""
    )


def audiences_at(workspace_id: int, member_id: int, at: datetime) -> Query:
    """(audience, entered_at) of the audiences, by name, that a member was in at `at`."""
    params = Params()
    member = params.add(member_id, "BIGINT")
    family = (
        f"f.member_id IN (SELECT {member} UNION ALL "
        f"SELECT member_id FROM ({winners(workspace_id)}) AS w WHERE winner = {member})"
    )
    return params.write(
        f"""
        WITH {_last(workspace_id, family, None, at)}
        SELECT audience, max(entered_at) AS entered_at FROM last
        WHERE name = '{ENTERED}' AND member_id = {member} AND {_known(workspace_id)} GROUP BY 1"""
    )


def _last(workspace_id: int, which: str, since: datetime | None, at: datetime) -> str:
    """`last`: of each recorded member and audience the last fact up to `at`, with the member it is part of now."""
    start = "" if since is None else f" AND f.occurred_at >= {timestamp_literal(since)}"
    return f"""
        latest AS (
            SELECT f.p_audience AS audience, f.member_id, arg_max(f.name, (f.occurred_at, f.seq)) AS name,
                   max(f.occurred_at) AS entered_at
            FROM lake.facts f
            WHERE f.workspace_id = {int(workspace_id)} AND f.name IN ('{ENTERED}', '{LEFT}') AND {which}
              AND f.occurred_at <= {timestamp_literal(at)}{start} GROUP BY 1, 2),
        last AS (
            SELECT latest.audience, latest.name, latest.entered_at,
                   {current_member("latest", "m")} AS member_id
            FROM latest LEFT JOIN ({winners(workspace_id)}) AS m ON m.member_id = latest.member_id)"""


def _known(workspace_id: int) -> str:
    profiles = f"SELECT member_id FROM lake.profiles WHERE workspace_id = {int(workspace_id)} AND merged_into IS NULL"
    return f"member_id IN ({profiles})"
