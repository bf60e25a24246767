"""What every adapter is given and what it answers."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

import httpx
from pydantic import BaseModel


@dataclass(frozen=True)
class Account:
    """An account of ours on a platform. `secrets` are in clear: never log it."""

    id: int
    workspace_id: int
    channel: str
    name: str
    key: str
    config: Mapping[str, Any]
    secrets: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True)
class Content:
    """A message as rendered for one member."""

    text: str
    attachments: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True)
class Addressee:
    """One receiver of a call."""

    message_id: int
    member_id: int
    address: str


@dataclass(frozen=True)
class Batch:
    """One call: the same payload from one sender to many. `key` is the same whenever this call is repeated."""

    key: str
    kind: str
    sender: str | None
    payload: Mapping[str, Any]
    to: tuple[Addressee, ...]
    started_at: datetime


@dataclass(frozen=True)
class Accepted:
    """Carried out. `refused`: message id -> reason, for receivers the platform named. `final`: nothing more will be
    heard, the message is delivered."""

    provider_id: str | None = None
    refused: Mapping[int, str] = field(default_factory=dict)
    final: bool = False


@dataclass(frozen=True)
class Refused:
    """Not carried out, and asking again will not help."""

    detail: str
    reason: str = "refused"


@dataclass(frozen=True)
class RetryLater:
    """Certainly not carried out; ask again after `after_s` seconds. `account`: the account itself is in trouble."""

    detail: str
    after_s: float = 0.0
    account: bool = False


@dataclass(frozen=True)
class Unknown:
    """Perhaps carried out."""

    detail: str


Receipt = Accepted | Refused | RetryLater | Unknown


@dataclass(frozen=True)
class DeliveryOutcome:
    """What became of one receiver: `reason` for failed."""

    address: str
    state: Literal["delivered", "failed"]
    reason: str | None = None
    at: datetime | None = None


@dataclass(frozen=True)
class OutcomeQuery:
    """A call whose outcome is to be asked for."""

    provider_id: str
    sender: str | None


@dataclass(frozen=True)
class Request:
    """A call of a platform to us."""

    method: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Inbound:
    """What to answer, and what to keep: `event` None when there is nothing to handle. `key` tells repeats."""

    answer: str = ""
    event: str | None = None
    key: bytes = b""


class Forged(Exception):
    """A call to us whose signature does not hold, or which nobody of ours can read."""


class Unsendable(Exception):
    """Content the platform would refuse; the text says why."""


class NotConnected(Exception):
    """The account does not work; the text says why, in the platform's words."""


@dataclass(frozen=True)
class Tokens:
    """Where all processes share one platform token of an account. `renew(refused, fetch)` answers a token other than
    `refused`, calling `fetch` -> (token, seconds of life) in one process only."""

    read: Callable[[], Awaitable[str | None]]
    renew: Callable[[str | None, Callable[[], Awaitable[tuple[str, int]]]], Awaitable[str]]


@dataclass(frozen=True)
class AdapterContext:
    """What an adapter may use to reach its platform. `private`: addresses of this network are allowed."""

    account: Account
    http: httpx.AsyncClient
    tokens: Tokens
    now: Callable[[], datetime]
    private: bool = False


@dataclass(frozen=True)
class Quota:
    """A limit of the platform and how much of it is used; `dated` is the day of the page it was read from."""

    name: str
    zh: str
    en: str
    limit: int
    unit: str
    dated: str


@dataclass(frozen=True)
class Adapter:
    """A channel. `addressed`: `friend` (staff and address from friend links) or `member` (the member's number).
    `takes_key`: the provider keeps a repeated key from being carried out twice."""

    channel: str
    addressed: Literal["friend", "member"]
    takes_key: bool
    batch_max: int
    config: type[BaseModel]
    secrets: type[BaseModel]
    render: Callable[[Content, Mapping[str, Any]], dict[str, Any]]
    """The payload of a content under an account's config. Pure; raises Unsendable."""
    open: Callable[[AdapterContext], Any]
    """The session that the calls below take."""
    send: Callable[[Any, Batch], Awaitable[Receipt]]
    check: Callable[[Any], Awaitable[None]]
    """Raises NotConnected."""
    receive: Callable[[Account, Request], Inbound]
    """Pure; raises Forged."""
    quotas: Callable[[Mapping[str, Any]], tuple[Quota, ...]]
    """The limits in force under an account's config."""
    results: Callable[[Any, OutcomeQuery], Awaitable[list[DeliveryOutcome] | None]] | None = None
    """None when the platform could not be asked."""
    cancel: Callable[[Any, OutcomeQuery], Awaitable[bool]] | None = None
    """Whether the platform was told."""
