"""Listening for members who were erased."""

from datetime import datetime

from siyu.channels.actions import erasing
from siyu.facts.log.queries import FactRecord
from siyu.facts.log.subscribers import Subscriber
from siyu.kit.db import Tx


async def _erased(tx: Tx, facts: list[FactRecord], now: datetime) -> None:
    await erasing.forget(tx, [fact.member_id for fact in facts if fact.member_id is not None], now)


FORGET_ERASED = Subscriber("channels_erasure", frozenset({"member_erased"}), _erased)
