"""The proof that a database hears: a fact is recorded, found by every reader and in the lake, and taken away again."""

from datetime import datetime

from sqlalchemy import text

from siyu.facts.catalogue.fact import Fact
from siyu.facts.lake import consistency
from siyu.facts.lake.connection import Lake
from siyu.facts.lake.relay import relay, relay_position
from siyu.facts.log import queries
from siyu.facts.log.actions import Entry, record
from siyu.facts.log.queries import Position
from siyu.facts.origin import actions as origin
from siyu.kit.db import Database
from siyu.kit.text import LocalizedText

NO_WORKSPACE = 0
"""The rehearsed fact is of no brand: nobody's audience, trigger or report sees it."""
RELAY = "relay"


class RestoreRehearsal(Fact):
    """In no catalogue: it is there only while a restore is proven."""

    name, label = "rehearsal", LocalizedText("恢复验证", "Rehearsal")


async def rehearse(db: Database, lake: Lake, now: datetime) -> list[str]:
    """Who does not hear a fact recorded now: readers by name, `relay` for the lake. Nobody else may be using the database."""
    async with db.transaction() as tx:
        await origin.settle(tx, await relay_position(lake), now)
    before = await relay_position(lake)
    async with db.transaction() as tx:
        await record(tx, [Entry(NO_WORKSPACE, RestoreRehearsal(), now)], now)
    async with db.transaction() as tx:
        seq, txid, fact_id = (
            await tx.execute(
                text("SELECT seq, txid::text::bigint, id FROM fact WHERE workspace_id = :none AND name = :name"),
                {"none": NO_WORKSPACE, "name": RestoreRehearsal.name},
            )
        ).one()
        deaf = await queries.deaf_readers(tx, Position(txid, seq), before)
    await relay(db, lake)
    rows = await lake.rows("SELECT count(*) FROM lake.facts WHERE id = ?", [fact_id])
    difference = await consistency.verify(db, lake)
    if RELAY not in deaf and (rows[0][0] != 1 or not difference.clean):
        deaf.append(RELAY)
    await lake.run(lambda cursor: cursor.execute("DELETE FROM lake.facts WHERE id = ?", [fact_id]).fetchall())
    async with db.transaction() as tx:
        await tx.execute(text("DELETE FROM fact WHERE seq = :seq"), {"seq": seq})
    return deaf
