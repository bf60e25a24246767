"""Listening for members who were erased."""

from datetime import datetime

from siyu.channels.actions import erasing
from siyu.facts.jobs import Reader
from siyu.facts.queries import Happened
from siyu.kit.db import Tx


async def _erased(tx: Tx, facts: list[Happened], now: datetime) -> None:
    await erasing.forget(tx, [fact.member_id for fact in facts if fact.member_id is not None], now)


FORGET_ERASED = Reader("channels_erasure", frozenset({"member_erased"}), _erased)
