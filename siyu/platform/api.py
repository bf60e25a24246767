"""HTTP of the platform room: the team, keys, the brand and the audit trail."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from siyu.facts.log import queries as fact_queries
from siyu.facts.log.queries import FactRecord, FactSearch
from siyu.kit import clock, ids
from siyu.kit.db import Tx
from siyu.kit.http import DEFAULT_LIMIT, Body, Id, InTx, Limit, Page, cursor_of, read_cursor
from siyu.kit.limits import NAME_CHARS_MAX
from siyu.kit.personal_data import PersonalJson
from siyu.kit.text import LocalizedText, like_pattern, same
from siyu.platform import actions, queries, rules
from siyu.platform.access import allow, signed_in
from siyu.platform.models import ApiKey
from siyu.platform.queries import Caller
from siyu.platform.requests import Locale, Name, UserOut, WorkspaceOut, workspace_out
from siyu.platform.sign_in.password_hashing import hashed
from siyu.platform.sign_in.rules import PASSWORD_CHARS_MAX
from siyu.platform.staff.actions import link_staff

router = APIRouter(prefix="/api/v1", tags=["platform"])


class TeamMember(UserOut):
    """`invited`: asked to join by the brand and not a member of its team before they accept; `created_at` is since when they
    are here, or asked."""

    role: str
    created_at: datetime
    invited: bool = False
    staff: str | None = None


class TeamOut(Page):
    items: list[TeamMember]


@router.get("/users")
async def team(tx: InTx, caller: Annotated[Caller, allow("users.manage")]) -> TeamOut:
    """The team, and whom it has asked to join."""
    items = await _team(tx, caller.workspace_id)
    return TeamOut(items=items, total=len(items))


async def _team(tx: Tx, workspace_id: int) -> list[TeamMember]:
    people = [
        TeamMember(
            id=u.id,
            name=u.name,
            email=u.email,
            locale=u.locale,
            role=role.role,
            created_at=role.added_at,
            staff=role.staff,
        )
        for u, role in await queries.team(tx, workspace_id)
    ]
    # what somebody is called in other brands is known here once they have accepted
    invited = [
        TeamMember(
            id=u.id, name=u.email, email=u.email, locale="", role=row.role, created_at=row.invited_at, invited=True
        )
        for u, row in await queries.invited(tx, workspace_id, clock.now())
    ]
    return people + invited


class InviteIn(Body):
    """`name` and `password` are for somebody new. Who belongs to another brand keeps theirs: given all the same they are
    refused as `has_own_account`, and without them the person is invited."""

    email: str = Field(max_length=254)
    name: Name | None = None
    password: str | None = Field(None, max_length=PASSWORD_CHARS_MAX)
    role: str


@router.post("/users", status_code=201)
async def invite(body: InviteIn, tx: InTx, caller: Annotated[Caller, allow("users.manage")]) -> TeamMember:
    """Add a person with a first password, or invite one of another brand."""
    user = await actions.invite(
        tx, caller, email=body.email, name=body.name, password=body.password, role=body.role, now=clock.now()
    )
    return next(person for person in await _team(tx, caller.workspace_id) if person.id == user.id)


@router.delete("/users/{user_id}/invitation", status_code=204)
async def withdraw_invitation(user_id: Id, tx: InTx, caller: Annotated[Caller, allow("users.manage")]) -> None:
    """Take an invitation back."""
    await actions.withdraw_invitation(tx, caller, user_id, clock.now())


class FirstPasswordOut(BaseModel):
    password: str


@router.post("/users/{user_id}/password")
async def reset_password(user_id: Id, tx: InTx, caller: Annotated[Caller, allow("users.manage")]) -> FirstPasswordOut:
    """A new first password for a person who lost theirs: it is in this answer and nowhere else, and must be changed at once."""
    password = ids.password()
    await actions.reset_password(tx, caller, user_id, await hashed(password), clock.now())
    return FirstPasswordOut(password=password)


class PersonIn(Body):
    """Only what is given changes. `staff`: who they are among the staff that customers are connected with, by the id the
    platform gives them; null takes it back."""

    role: str | None = None
    staff: str | None = Field(None, max_length=NAME_CHARS_MAX)


@router.patch("/users/{user_id}", status_code=204)
async def change_person(
    user_id: Id, body: PersonIn, tx: InTx, caller: Annotated[Caller, allow("users.manage")]
) -> None:
    """Give a person another role, or link them with their staff account."""
    if body.role is not None:
        await actions.change_role(tx, caller, user_id, body.role, clock.now())
    if "staff" in body.model_fields_set:
        await link_staff(tx, caller, user_id, body.staff, clock.now())


@router.delete("/users/{user_id}", status_code=204)
async def remove_user(user_id: Id, tx: InTx, caller: Annotated[Caller, allow("users.manage")]) -> None:
    """Take a person off the team."""
    await actions.remove_user(tx, caller, user_id, clock.now())


class RoleOut(BaseModel):
    role: str
    permissions: list[str]


class PermissionOut(BaseModel):
    name: str
    zh: str
    en: str


class AccessOut(BaseModel):
    roles: list[RoleOut]
    permissions: list[PermissionOut]


@router.get("/access")
async def access(caller: Annotated[Caller, signed_in()]) -> AccessOut:
    """The access table: roles, permissions and what they are called."""
    return AccessOut(
        roles=[RoleOut(role=role, permissions=sorted(allowed)) for role, allowed in rules.ROLES.items()],
        permissions=[PermissionOut(name=name, zh=label.zh, en=label.en) for name, label in rules.PERMISSIONS.items()],
    )


class KeyOut(BaseModel):
    """`owner_name` answers for it, `maker_name` made it (a person or another key); `ended_zh` and `ended_en` say why it opens
    nothing any more, and `can_be_taken_over` whether somebody may answer for it instead."""

    id: int
    name: str
    prefix: str
    scopes: list[str]
    created_at: datetime
    last_used_at: datetime | None
    maker_name: str
    owner_id: int | None
    owner_name: str
    ended_at: datetime | None
    ended_reason: str | None
    ended_zh: str
    ended_en: str
    can_be_taken_over: bool


class KeysOut(Page):
    items: list[KeyOut]


class NewKeyOut(KeyOut):
    secret: str


class KeyIn(Body):
    name: Name
    scopes: list[str] = Field(max_length=100)


async def _keys(tx: Tx, caller: Caller, *only: ApiKey) -> list[dict[str, Any]]:
    shown = only or await queries.keys(tx, caller.workspace_id)
    names = await queries.actors(tx, caller.workspace_id, [key.created_by for key in shown])
    return [_key(key, names, caller) for key in shown]


def _key(key: ApiKey, names: Mapping[str, str], caller: Caller) -> dict[str, Any]:
    ended = rules.KEY_END_LABELS.get(key.ended_reason or "", same(""))
    plain = ("id", "name", "prefix", "scopes", "created_at", "last_used_at", "owner_id", "ended_at", "ended_reason")
    return {name: getattr(key, name) for name in plain} | {
        "maker_name": names.get(key.created_by, key.created_by),
        "owner_name": names.get(f"user:{key.owner_id}", ""),
        "ended_zh": ended.zh,
        "ended_en": ended.en,
        "can_be_taken_over": key.ended_reason != "revoked"
        and key.owner_id != caller.user_id
        and caller.permissions.issuperset(key.scopes),
    }


@router.get("/api-keys")
async def keys(tx: InTx, caller: Annotated[Caller, allow("keys.manage")]) -> KeysOut:
    """API keys, without their secrets; those that ended too."""
    items = [KeyOut(**key) for key in await _keys(tx, caller)]
    return KeysOut(items=items, total=len(items))


@router.post("/api-keys", status_code=201)
async def make_key(body: KeyIn, tx: InTx, caller: Annotated[Caller, allow("keys.manage")]) -> NewKeyOut:
    """Make a key with permissions of one's own; its secret is in this answer and nowhere else."""
    key, secret = await actions.make_key(tx, caller, body.name, body.scopes, clock.now())
    (made,) = await _keys(tx, caller, key)
    return NewKeyOut(**made, secret=secret)


@router.post("/api-keys/{key_id}/owner")
async def take_over_key(key_id: Id, tx: InTx, caller: Annotated[Caller, allow("keys.manage")]) -> KeyOut:
    """Answer for a key from now on; one that ended with its owner opens again."""
    (key,) = await _keys(tx, caller, await actions.take_over_key(tx, caller, key_id, clock.now()))
    return KeyOut(**key)


@router.delete("/api-keys/{key_id}", status_code=204)
async def drop_key(key_id: Id, tx: InTx, caller: Annotated[Caller, allow("keys.manage")]) -> None:
    """Make a key worthless."""
    await actions.revoke_key(tx, caller, key_id, clock.now())


class WorkspaceIn(Body):
    name: Name | None = None
    zone: str | None = Field(None, max_length=64)
    locale: Locale | None = None


@router.get("/workspace")
async def workspace(tx: InTx, caller: Annotated[Caller, signed_in()]) -> WorkspaceOut:
    """The brand."""
    return workspace_out(await queries.workspace(tx, caller.workspace_id))


@router.patch("/workspace")
async def set_up(body: WorkspaceIn, tx: InTx, caller: Annotated[Caller, allow("workspace.write")]) -> WorkspaceOut:
    """Change the brand's name, zone or language."""
    changed = await actions.set_up(tx, caller, name=body.name, zone=body.zone, locale=body.locale, now=clock.now())
    return workspace_out(changed)


class AuditLine(BaseModel):
    """`change_zh` and `change_en`: from what to what, where it is known."""

    id: int
    name: str
    zh: str
    en: str
    actor: str
    actor_name: str
    occurred_at: datetime
    props: PersonalJson
    change_zh: str
    change_en: str


class AuditOut(BaseModel):
    items: list[AuditLine]
    next: str | None


@router.get("/audit")
async def audit(
    tx: InTx,
    caller: Annotated[Caller, allow("audit.read")],
    before: str | None = None,
    limit: Limit = DEFAULT_LIMIT,
    kinds: Annotated[list[str] | None, Query()] = None,
    search: Annotated[str | None, Query(max_length=NAME_CHARS_MAX)] = None,
) -> AuditOut:
    """Who changed what, newest first; `search` is part of what was done, of what it was done to, or of who did it."""
    start = read_cursor(before, int, name="before")
    chosen_kinds = [name for name in kinds or rules.AUDIT_KINDS if name in rules.AUDIT_KINDS]
    names = await queries.actors(tx, caller.workspace_id)
    meant = _audit_search(search, names) if search else None
    at = start[0] if start else None
    lines = await fact_queries.of_workspace(tx, caller.workspace_id, chosen_kinds, at, limit, meant)
    names = await queries.actors(tx, caller.workspace_id, _named_in(lines))
    items = [_audit_line(line, names) for line in lines]
    return AuditOut(items=items, next=cursor_of(lines[-1].seq) if len(lines) == limit else None)


def _audit_search(search: str, names: Mapping[str, str]) -> FactSearch:
    """What a text means on the page: it is looked for in what is read there."""
    needle = search.casefold()

    def says(label: LocalizedText) -> bool:
        return needle in label.zh.casefold() or needle in label.en.casefold()

    return FactSearch(
        like=like_pattern(search),
        texts=("subject", "reason"),
        actors=[actor for actor, name in names.items() if needle in name.casefold()],
        kinds=[kind for kind, label in rules.AUDIT_KINDS.items() if says(label)],
        done=[done for done, label in rules.AUDIT_ACTIONS.items() if says(label)],
    )


def _named_in(lines: Iterable[FactRecord]) -> set[str]:
    """The actors of these lines, and those whom they name as from and to."""
    details = [line.props.get("detail") or {} for line in lines]
    ends = [detail.get(end) for detail in details for end in ("from", "to")]
    return {line.actor for line in lines} | {end for end in ends if isinstance(end, str)}


def _audit_line(line: FactRecord, names: Mapping[str, str]) -> AuditLine:
    """One line, told by what was done to which kind of thing, or else by the kind of fact it is."""
    done = f"{line.props.get('what')}.{line.props.get('verb')}"
    label = rules.AUDIT_ACTIONS.get(done) or rules.AUDIT_KINDS[line.name]
    change = rules.change_text(line.name, line.props, names)
    return AuditLine(
        id=line.seq,
        name=line.name,
        zh=label.zh,
        en=label.en,
        actor=line.actor,
        actor_name=names.get(line.actor, line.actor),
        occurred_at=line.occurred_at,
        props=line.props,
        change_zh=change.zh,
        change_en=change.en,
    )
