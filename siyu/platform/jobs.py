"""What the platform room does by itself."""

from datetime import datetime, timedelta
from typing import Any

from siyu.kit.db import Database
from siyu.kit.jobs import Timer
from siyu.platform.sign_in import actions


async def _forget(db: Database, _lake: Any, now: datetime) -> None:
    async with db.transaction() as tx:
        await actions.forget(tx, now)


FORGET_SIGN_INS = Timer("forget_sign_ins", timedelta(hours=1), _forget)
"""Sessions that are over, counts of tries nobody asks for any more, devices long unused."""
