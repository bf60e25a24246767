"""Timers, jobs and readers of the channels room. Each is safe to run anywhere, by many, and to be killed at any point."""

from datetime import datetime, timedelta

from siyu.channels.inbound.actions import contact_links
from siyu.channels.inbound.jobs import handle_callbacks, handle_now, sync_contacts, sync_now
from siyu.channels.inbound.rules import HANDLE_CALLBACKS, SYNC_ACCOUNT
from siyu.channels.messages.actions import clock_correction, outcomes
from siyu.channels.messages.jobs import dispatch, reconcile
from siyu.facts.log.queries import FactRecord
from siyu.facts.log.subscribers import Subscriber
from siyu.kit.db import Tx
from siyu.kit.jobs import ClockCorrection, Job, Timer


async def _erased(tx: Tx, facts: list[FactRecord], now: datetime) -> None:
    member_ids = [fact.member_id for fact in facts if fact.member_id is not None]
    await outcomes.erase(tx, member_ids, now)
    await contact_links.erase(tx, member_ids)


FORGET_ERASED = Subscriber("channels_erasure", frozenset({"member_erased"}), _erased)

TIMERS = (
    Timer("handle_callbacks", timedelta(seconds=1), handle_callbacks),
    Timer("dispatch", timedelta(seconds=1), dispatch),
    Timer("settle", timedelta(seconds=5), reconcile),
    Timer("sync_customers", timedelta(minutes=5), sync_contacts),
)
CLOCK_CORRECTION = ClockCorrection("channels", clock_correction.correct)
SUBSCRIBERS = (FORGET_ERASED,)
JOBS = (Job(HANDLE_CALLBACKS, handle_now), Job(SYNC_ACCOUNT, sync_now))
