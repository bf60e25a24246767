"""HTTP of the platform room: sign-in, the team, keys, the brand and the audit trail."""

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field

from siyu.facts.log import queries as fact_queries
from siyu.facts.log.queries import FactRecord
from siyu.kit import clock
from siyu.kit.errors import Forbidden
from siyu.kit.http import DEFAULT_LIMIT, Body, InTx, Limit, Page, cursor_of, read_cursor
from siyu.kit.limits import NAME_CHARS_MAX
from siyu.platform import actions, queries, rules
from siyu.platform.access import SESSION_COOKIE, allow, public, signed_in
from siyu.platform.queries import Caller

router = APIRouter(prefix="/api/v1", tags=["platform"])

Name = Annotated[str, Field(min_length=1, max_length=NAME_CHARS_MAX)]
Locale = Literal["zh", "en"]


class SignInIn(Body):
    email: str = Field(max_length=254)
    password: str = Field(max_length=rules.PASSWORD_CHARS_MAX)


class UserOut(BaseModel):
    id: int
    name: str
    email: str
    locale: str


class WorkspaceOut(BaseModel):
    id: int
    name: str
    zone: str
    locale: str
    currency: str


class MeOut(BaseModel):
    user: UserOut
    workspace: WorkspaceOut
    role: str
    permissions: list[str]
    csrf: str


@router.post("/sign-in", dependencies=[public()])
async def sign_in(body: SignInIn, request: Request, response: Response, tx: InTx) -> dict[str, str]:
    """Open a session; the answer carries the CSRF token, the cookie the session."""
    session = await actions.sign_in(tx, body.email, body.password, clock.now())
    if session is None:
        # the failed try must outlive the refusal that rolls the request back
        await tx.commit()
        raise rules.WrongCredentials()
    settings = request.app.state.settings
    response.set_cookie(
        SESSION_COOKIE,
        session.token,
        max_age=int(rules.SESSION_LASTS.total_seconds()),
        httponly=True,
        samesite="lax",
        secure=settings.cookie_secure,
        path="/",
    )
    return {"csrf": session.csrf}


@router.post("/sign-out", status_code=204)
async def sign_out(request: Request, response: Response, tx: InTx, caller: Annotated[Caller, signed_in()]) -> None:
    """Close this session."""
    await actions.sign_out(tx, request.cookies.get(SESSION_COOKIE, ""))
    response.delete_cookie(SESSION_COOKIE, path="/")


@router.get("/me")
async def me(tx: InTx, caller: Annotated[Caller, signed_in()]) -> MeOut:
    """Who I am here and what I may do."""
    if caller.user_id is None:
        raise Forbidden("This is for people, not for keys", "仅供登录用户使用")
    user = await queries.user(tx, caller.user_id)
    workspace = await queries.workspace(tx, caller.workspace_id)
    return MeOut(
        user=UserOut(id=user.id, name=user.name, email=user.email, locale=user.locale),
        workspace=_workspace(workspace),
        role=caller.role or "",
        permissions=sorted(caller.permissions),
        csrf=caller.csrf or "",
    )


def _workspace(workspace: Any) -> WorkspaceOut:
    return WorkspaceOut(
        id=workspace.id,
        name=workspace.name,
        zone=workspace.zone,
        locale=workspace.locale,
        currency=workspace.currency,
    )


class MeIn(Body):
    name: Name | None = None
    locale: Locale | None = None


@router.patch("/me")
async def change_me(body: MeIn, tx: InTx, caller: Annotated[Caller, signed_in()]) -> UserOut:
    """Change my own name or language."""
    user = await queries.user(tx, caller.user_id or 0)
    user.name = body.name or user.name
    user.locale = body.locale or user.locale
    return UserOut(id=user.id, name=user.name, email=user.email, locale=user.locale)


class PasswordIn(Body):
    old: str = Field(max_length=rules.PASSWORD_CHARS_MAX)
    new: str = Field(max_length=rules.PASSWORD_CHARS_MAX)


@router.post("/me/password", status_code=204)
async def change_password(body: PasswordIn, tx: InTx, caller: Annotated[Caller, signed_in()]) -> None:
    """Change my password; every session of mine ends."""
    await actions.change_password(tx, caller, body.old, body.new, clock.now())


class TeamMember(UserOut):
    role: str
    created_at: datetime


class TeamOut(Page):
    items: list[TeamMember]


@router.get("/users")
async def team(tx: InTx, caller: Annotated[Caller, allow("users.manage")]) -> TeamOut:
    """The team."""
    people = await queries.team(tx, caller.workspace_id)
    items = [
        TeamMember(id=u.id, name=u.name, email=u.email, locale=u.locale, role=role, created_at=u.created_at)
        for u, role in people
    ]
    return TeamOut(items=items, total=len(items))


class InviteIn(Body):
    email: str = Field(max_length=254)
    name: Name
    password: str = Field(max_length=rules.PASSWORD_CHARS_MAX)
    role: str


@router.post("/users", status_code=201)
async def invite(body: InviteIn, tx: InTx, caller: Annotated[Caller, allow("users.manage")]) -> TeamMember:
    """Add a person with a first password."""
    user = await actions.invite(
        tx, caller, email=body.email, name=body.name, password=body.password, role=body.role, now=clock.now()
    )
    return TeamMember(
        id=user.id, name=user.name, email=user.email, locale=user.locale, role=body.role, created_at=user.created_at
    )


class RoleIn(Body):
    role: str


@router.patch("/users/{user_id}", status_code=204)
async def change_role(user_id: int, body: RoleIn, tx: InTx, caller: Annotated[Caller, allow("users.manage")]) -> None:
    """Give a person another role."""
    await actions.change_role(tx, caller, user_id, body.role, clock.now())


@router.delete("/users/{user_id}", status_code=204)
async def remove_user(user_id: int, tx: InTx, caller: Annotated[Caller, allow("users.manage")]) -> None:
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
    id: int
    name: str
    prefix: str
    scopes: list[str]
    created_at: datetime
    last_used_at: datetime | None


class KeysOut(Page):
    items: list[KeyOut]


class NewKeyOut(KeyOut):
    secret: str


class KeyIn(Body):
    name: Name
    scopes: list[str] = Field(max_length=100)


def _key(key: Any) -> dict[str, Any]:
    return {name: getattr(key, name) for name in KeyOut.model_fields}


@router.get("/api-keys")
async def keys(tx: InTx, caller: Annotated[Caller, allow("keys.manage")]) -> KeysOut:
    """API keys, without their secrets."""
    items = [KeyOut(**_key(key)) for key in await queries.keys(tx, caller.workspace_id)]
    return KeysOut(items=items, total=len(items))


@router.post("/api-keys", status_code=201)
async def make_key(body: KeyIn, tx: InTx, caller: Annotated[Caller, allow("keys.manage")]) -> NewKeyOut:
    """Make a key; its secret is in this answer and nowhere else."""
    key, secret = await actions.make_key(tx, caller, body.name, body.scopes, clock.now())
    return NewKeyOut(**_key(key), secret=secret)


@router.delete("/api-keys/{key_id}", status_code=204)
async def drop_key(key_id: int, tx: InTx, caller: Annotated[Caller, allow("keys.manage")]) -> None:
    """Make a key worthless."""
    await actions.revoke_key(tx, caller, key_id, clock.now())


class WorkspaceIn(Body):
    name: Name | None = None
    zone: str | None = Field(None, max_length=64)
    locale: Locale | None = None


@router.get("/workspace")
async def workspace(tx: InTx, caller: Annotated[Caller, signed_in()]) -> WorkspaceOut:
    """The brand."""
    return _workspace(await queries.workspace(tx, caller.workspace_id))


@router.patch("/workspace")
async def set_up(body: WorkspaceIn, tx: InTx, caller: Annotated[Caller, allow("workspace.write")]) -> WorkspaceOut:
    """Change the brand's name, zone or language."""
    changed = await actions.set_up(tx, caller, name=body.name, zone=body.zone, locale=body.locale, now=clock.now())
    return _workspace(changed)


class AuditLine(BaseModel):
    id: int
    name: str
    zh: str
    en: str
    actor: str
    actor_name: str
    occurred_at: datetime
    props: dict[str, Any]


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
) -> AuditOut:
    """Who changed what, newest first."""
    start = read_cursor(before, 1)
    chosen_kinds = [name for name in kinds or rules.AUDIT_KINDS if name in rules.AUDIT_KINDS]
    lines = await fact_queries.of_workspace(tx, caller.workspace_id, chosen_kinds, start[0] if start else None, limit)
    names = await queries.actors(tx, caller.workspace_id)
    items = [_audit_line(line, names.get(line.actor, line.actor)) for line in lines]
    return AuditOut(items=items, next=cursor_of(lines[-1].seq) if len(lines) == limit else None)


def _audit_line(line: FactRecord, actor_name: str) -> AuditLine:
    """One line, told by what was done to which kind of thing, or else by the kind of fact it is."""
    done = f"{line.props.get('what')}.{line.props.get('verb')}"
    label = rules.AUDIT_ACTIONS.get(done) or rules.AUDIT_KINDS[line.name]
    return AuditLine(
        id=line.seq,
        name=line.name,
        zh=label.zh,
        en=label.en,
        actor=line.actor,
        actor_name=actor_name,
        occurred_at=line.occurred_at,
        props=line.props,
    )
