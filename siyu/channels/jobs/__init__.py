"""Timers and jobs of the channels room. Each is safe to run anywhere, by many, and to be killed at any point."""

from datetime import timedelta

from siyu.channels.jobs.callbacks import handle_callbacks, handle_now
from siyu.channels.jobs.dispatching import dispatch
from siyu.channels.jobs.forgetting import FORGET_ERASED
from siyu.channels.jobs.settling import settle
from siyu.channels.jobs.syncing import sync_customers, sync_now
from siyu.channels.rules.jobs import HANDLE_CALLBACKS, SYNC_ACCOUNT
from siyu.kit.jobs import Job, Timer

TIMERS = (
    Timer("handle_callbacks", timedelta(seconds=1), handle_callbacks),
    Timer("dispatch", timedelta(seconds=1), dispatch),
    Timer("settle", timedelta(seconds=5), settle),
    Timer("sync_customers", timedelta(minutes=5), sync_customers),
)
READERS = (FORGET_ERASED,)
JOBS = (Job(HANDLE_CALLBACKS, handle_now), Job(SYNC_ACCOUNT, sync_now))

__all__ = ["JOBS", "READERS", "TIMERS", "dispatch", "handle_callbacks", "settle", "sync_customers"]
