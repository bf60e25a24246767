"""What the contacts room answers. Personal values are masked here unless the caller may see them."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from pydantic import BaseModel

from siyu.contacts.queries import Card
from siyu.contacts.queries.about import veiled
from siyu.contacts.queries.members import Whole
from siyu.kit.http import Page
from siyu.platform.queries import Caller


class Words(BaseModel):
    zh: str
    en: str


class MaskedOut(BaseModel):
    kind: str
    masked: str


class MemberOut(BaseModel):
    """A member in a list. `phone`, `email` and `external_id` are the first of each, masked."""

    id: int
    name: str | None
    zone: str | None
    phone: str | None
    email: str | None
    external_id: str | None
    identities: list[MaskedOut]
    tags: list[str]
    consents: dict[str, str]
    suppressed: list[str]
    attributes: dict[str, Any]
    source: str
    created_at: datetime
    updated_at: datetime


class MembersOut(Page):
    items: list[MemberOut]


class IdentityOut(BaseModel):
    id: int
    kind: str
    masked: str
    created_at: datetime


class TagOn(BaseModel):
    id: int
    name: str
    group: str
    source: str
    tagged_at: datetime
    expires_at: datetime | None


class ConsentOut(BaseModel):
    channel: str
    state: str
    purpose: str
    source: str
    changed_at: datetime


class SuppressionOut(BaseModel):
    channel: str
    reason: str
    since: datetime


class MemberDetail(BaseModel):
    """Everything about a member. When `merged_into` is set, this record is history: go to that member."""

    id: int
    name: str | None
    zone: str | None
    attributes: dict[str, Any]
    source: str
    merged_into: int | None
    merged_from: list[int]
    created_at: datetime
    updated_at: datetime
    erased_at: datetime | None
    identities: list[IdentityOut]
    tags: list[TagOn]
    consents: list[ConsentOut]
    suppressions: list[SuppressionOut]


class RevealedIdentity(BaseModel):
    id: int
    kind: str
    value: str


class RevealedOut(BaseModel):
    identities: list[RevealedIdentity]


class TimelineItem(BaseModel):
    """Something that happened. `title` names the kind of fact, `text` says the rest (may be empty)."""

    id: int
    fact: str
    at: datetime
    title: Words
    text: Words
    actor: str
    actor_name: str
    member_id: int
    props: dict[str, Any]


class TimelineOut(BaseModel):
    items: list[TimelineItem]
    next: str | None


class MergeOut(BaseModel):
    id: int
    winner_id: int
    loser_id: int
    loser_name: str | None
    reason: Words
    merged_by: str
    merged_by_name: str
    merged_at: datetime
    undone_by: str | None
    undone_at: datetime | None


class MergesOut(Page):
    items: list[MergeOut]


class MergedOut(BaseModel):
    merge_id: int
    winner_id: int


class UndoneOut(BaseModel):
    winner_id: int
    restored_id: int


class ChangedOut(BaseModel):
    """How many members changed."""

    changed: int


def seen(caller: Caller, value: Any) -> Any:
    """`value` as the caller may see it."""
    return value if caller.may("members.reveal") else veiled(value)


def member_out(card: Card, caller: Caller) -> MemberOut:
    """A card as a line of a list."""
    first: Mapping[str, str] = {kind: masked[0] for kind, masked in card.identities.items()}
    return MemberOut(
        id=card.id,
        name=seen(caller, card.name),
        zone=card.zone,
        phone=first.get("phone"),
        email=first.get("email"),
        external_id=first.get("external_id"),
        identities=[MaskedOut(kind=kind, masked=one) for kind, its in card.identities.items() for one in its],
        tags=card.tags,
        consents=card.consents,
        suppressed=sorted(card.suppressed),
        attributes=seen(caller, card.attributes),
        source=card.source,
        created_at=card.created_at,
        updated_at=card.updated_at,
    )


def member_detail(member: Whole, caller: Caller) -> MemberDetail:
    """A member as its page shows it."""
    values = asdict(member)
    values["merged_from"] = [one for one in values.pop("family") if one != member.id]
    values["name"] = seen(caller, member.name)
    values["attributes"] = seen(caller, member.attributes)
    for suppression in values["suppressions"]:
        suppression["reason"] = seen(caller, suppression["reason"])
    return MemberDetail.model_validate(values)
