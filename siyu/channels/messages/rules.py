"""Sending: which messages share a call, how long to wait after a failure, and what a lease means."""

import hashlib
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal, TypeVar

import orjson

from siyu.channels.messages.states import STATES
from siyu.kit.errors import Conflict

LEASE = timedelta(minutes=5)
"""How long a call may take, waiting for its turn included, before it counts as lost."""
BACKOFF_FIRST_S = 30.0
BACKOFF_MAX_S = 3_600.0
KEYED_TRIES_MAX = 12
"""Repeats of a call with the same idempotency key (about nine hours) before it is left to a person."""
UNCONFIRMED_AFTER = timedelta(days=7)
"""Staff who have not confirmed a group send this long after it was asked for are asked no more: it is cancelled."""

Outcome = Literal["delivered", "failed", "queued"]
"""What a person may decide about a message in doubt; `queued` sends it again."""


class NotInDoubt(Conflict):
    """Only what is in doubt is for a person to settle."""

    code, title, title_zh = "not_in_doubt", "This message is not in doubt", "这条消息不在待核实状态"

    def __init__(self, state: str) -> None:
        super().__init__(f"This message is {state}", f"这条消息当前为：{STATES[state].zh}")


Item = TypeVar("Item")
Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True)
class RenderedMessage:
    """A message ready to go: rendered, addressed, with the payload its adapter made of it."""

    message_id: int
    member_id: int
    account_id: int
    address: str
    staff: str | None
    template_version: int
    content: dict[str, Any]
    payload: dict[str, Any]


def content_key(payload: dict[str, Any]) -> bytes:
    """Equal for equal payloads only."""
    return hashlib.sha256(orjson.dumps(payload, option=orjson.OPT_SORT_KEYS)).digest()


def calls(written: Iterable[RenderedMessage], batch_max: int) -> list[list[RenderedMessage]]:
    """The calls to make: one sender and one content each, at most `batch_max` receivers, nobody twice in one."""
    groups: dict[tuple[str | None, bytes], list[list[RenderedMessage]]] = {}
    last: dict[tuple[str | None, bytes], set[str]] = {}
    for message in written:
        key = (message.staff, content_key(message.payload))
        batches = groups.setdefault(key, [])
        if not batches or len(batches[-1]) >= batch_max or message.address in last[key]:
            batches.append([])
            last[key] = set()
        batches[-1].append(message)
        last[key].add(message.address)
    return [batch for batches in groups.values() for batch in batches]


def backoff(tries: int, at_least_s: float = 0.0) -> timedelta:
    """How long to wait after the `tries`-th failure: doubling from half a minute to an hour."""
    return timedelta(seconds=max(at_least_s, min(BACKOFF_FIRST_S * 2 ** min(tries, 20), BACKOFF_MAX_S)))


def slices(items: Sequence[Item], size: int) -> list[Sequence[Item]]:
    """`items` in parts of at most `size`."""
    return [items[start : start + size] for start in range(0, len(items), size)]
