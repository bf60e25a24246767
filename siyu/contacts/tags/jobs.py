"""The contacts room's timer: tags whose time is over come off."""

from datetime import datetime, timedelta
from typing import Any

from siyu.contacts.tags import actions
from siyu.kit.db import Database
from siyu.kit.jobs import Timer
from siyu.kit.limits import BATCH_ROWS_MAX


async def expire(db: Database, _lake: Any, now: datetime) -> None:
    """Take off expired tags, a batch a transaction."""
    while True:
        async with db.transaction() as tx:
            if await actions.expire_tags(tx, now) < BATCH_ROWS_MAX:
                return


EXPIRE_TAGS = Timer("contacts.expire_tags", timedelta(minutes=1), expire)
