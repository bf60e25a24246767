"""Forgetting erased members: what they were sent and where they were reached goes, the count of it stays."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import text

from siyu.kit.db import Tx


async def forget(tx: Tx, member_ids: Collection[int], now: datetime) -> None:
    """Empty the messages of these members (and of those merged into them), end what is queued, delete their links."""
    ids = list(
        await tx.scalars(
            text(
                "SELECT id FROM member WHERE id = ANY(CAST(:ids AS bigint[])) OR merged_into = ANY(CAST(:ids AS bigint[]))"
            ),
            {"ids": list(member_ids)},
        )
    )
    await tx.execute(
        text("""
            UPDATE message SET address = NULL, content = NULL, "values" = '{}', changed_at = :now,
                state = CASE state WHEN 'queued' THEN 'withheld' ELSE state END,
                reason = CASE state WHEN 'queued' THEN 'erased' ELSE reason END
            WHERE member_id = ANY(CAST(:ids AS bigint[]))
        """),
        {"ids": ids, "now": now},
    )
    await tx.execute(text("DELETE FROM friend_link WHERE member_id = ANY(CAST(:ids AS bigint[]))"), {"ids": ids})
