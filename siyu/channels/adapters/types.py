"""What every adapter is given and what it answers."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

import httpx

from siyu.channels.inbound.types import InboundValue, PlatformContact
from siyu.kit.config import Config
from siyu.kit.text import LocalizedText


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
    """One call: the same payload from one sender to many. `key` is the same whenever this call is repeated; `code` is
    what the platform gave us to answer a welcome with."""

    key: str
    kind: str
    sender: str | None
    payload: Mapping[str, Any]
    to: tuple[Addressee, ...]
    started_at: datetime
    code: str | None = field(default=None, repr=False)


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
    """What to answer, and what to keep: `body` None when there is nothing to handle. `key` tells repeats; `urgent`: it
    is to be handled within seconds."""

    answer: str = ""
    body: str | None = None
    key: bytes = b""
    urgent: bool = False


class Forged(Exception):
    """A call to us whose signature does not hold, or which nobody of ours can read."""


class Unsendable(Exception):
    """Content the platform would refuse; the text says why."""


class PlatformError(Exception):
    """A call to a platform that did not come back well; the text says why, in the platform's words."""


@dataclass(frozen=True)
class Tokens:
    """Where all processes share one platform token of an account. `renew(refused, fetch)` answers a token other than
    `refused`, calling `fetch` -> (token, seconds of life) in one process only."""

    read: Callable[[], Awaitable[str | None]]
    renew: Callable[[str | None, Callable[[], Awaitable[tuple[str, int]]]], Awaitable[str]]


@dataclass(frozen=True)
class AdapterContext:
    """What an adapter may use to reach its platform; `http` calls nothing in our own network."""

    account: Account
    http: httpx.AsyncClient
    tokens: Tokens
    now: Callable[[], datetime]


@dataclass(frozen=True)
class Quota:
    """A limit of a platform; `dated` is the day of the page it was read from.

    `counted` says what of ours uses it up from `since` on: `calls`, or `messages_per_member` (the most that one got);
    None: it is not counted.
    """

    name: str
    label: LocalizedText
    limit: int
    unit: str
    dated: str
    counted: Literal["calls", "messages_per_member"] | None = None
    since: datetime | None = None


@dataclass(frozen=True)
class ContactSource:
    """A platform that keeps customers of its own, each with the members of staff who have them. All raise
    PlatformError."""

    staff: Callable[[Any], Awaitable[list[str]]]
    """Who may have customers."""
    staff_max: int
    """How many of them may be asked about at once."""
    of_staff: Callable[[Any, Sequence[str]], AsyncIterator[list[PlatformContact]]]
    """The customers of staff, page by page."""
    find: Callable[[Any, str], Awaitable[list[PlatformContact]]]
    """One customer, once for each member of staff who has them."""


@dataclass(frozen=True)
class Adapter:
    """What serves a channel. `addressed`: by `contact_link` (staff and address) or by `member` (the member's number).
    `takes_key`: the provider keeps a repeated key from being carried out twice."""

    channel: str
    description: LocalizedText
    """How it delivers, for the reference."""
    member_label: LocalizedText
    """What members know it as."""
    addressed: Literal["contact_link", "member"]
    takes_key: bool
    batch_max: int
    config: type[Config]
    """What an account is configured with; the console draws its form from it."""
    secrets: type[Config]
    """Likewise what is kept encrypted and never answered."""
    render: Callable[[Content, Mapping[str, Any]], dict[str, Any]]
    """The payload of a content under an account's config. Pure; raises Unsendable."""
    open: Callable[[AdapterContext], Any]
    """The session that the calls below take."""
    send: Callable[[Any, Batch], Awaitable[Receipt]]
    check: Callable[[Any], Awaitable[None]]
    """Raises PlatformError when the account does not work."""
    receive: Callable[[Account, Request], Inbound]
    """Pure; raises Forged."""
    parse: Callable[[str], list[InboundValue]]
    """What a kept body says. Pure; raises Unreadable."""
    quotas: Callable[[Mapping[str, Any], datetime], tuple[Quota, ...]]
    """The limits in force at a moment under an account's config."""
    results: Callable[[Any, OutcomeQuery], Awaitable[list[DeliveryOutcome] | None]] | None = None
    """None when the platform could not be asked."""
    cancel: Callable[[Any, OutcomeQuery], Awaitable[bool]] | None = None
    """Whether the platform was told."""
    contacts: ContactSource | None = None
    make_secret: Callable[[], str] | None = None
    """Makes the `secret` where none is given; it is shown once."""
    address: str | None = None
    """The field of the config that says where the secrets go; whoever changes it gives them anew."""
    setup_hint: LocalizedText | None = None
    """What has to be arranged on the platform before an account works."""
    callback_hint: LocalizedText | None = None
    """Where the callback address is to be entered; None where the platform never calls."""
