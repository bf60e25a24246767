"""HTTP of signing in: sessions, and one's own name and password."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, Field

from siyu.kit import clock
from siyu.kit.db import Database
from siyu.kit.http import Body, Id, InTx, database
from siyu.platform import actions as platform
from siyu.platform import queries
from siyu.platform.access import SESSION_COOKIE, allow_first, public, signed_in
from siyu.platform.queries import Caller
from siyu.platform.requests import Locale, Name, UserOut, WorkspaceOut, workspace_out
from siyu.platform.sign_in import actions, password_hashing, rules
from siyu.platform.workspaces.actions import person

router = APIRouter(prefix="/api/v1", tags=["platform"])

DEVICE_COOKIE = "siyu_device"
InDatabase = Annotated[Database, Depends(database)]
"""For routes that do something slow between two transactions."""


class SignInIn(Body):
    email: str = Field(max_length=254)
    password: str = Field(max_length=rules.PASSWORD_CHARS_MAX)


class MeOut(BaseModel):
    """`password_temporary`: until it is changed nothing else is answered. `serves`: null for every customer, else only those
    connected with this member of staff; empty for nobody yet."""

    user: UserOut
    workspace: WorkspaceOut
    role: str
    permissions: list[str]
    csrf: str
    password_temporary: bool
    serves: str | None


async def _compare(db: Database, attempt: actions.Attempt, password: str) -> bool:
    """Whether the password is right; a try that there was no room for is given back."""
    try:
        return await password_hashing.verify(attempt.password_hash, password)
    except rules.SignInBusy:
        async with db.transaction() as tx:
            await actions.give_back(tx, attempt)
        raise


@router.post("/sign-in", dependencies=[public()])
async def sign_in(body: SignInIn, request: Request, response: Response, db: InDatabase) -> dict[str, str]:
    """Open a session; the answer carries the CSRF token, the cookie the session. 429 and 503 say when to come again."""
    source = rules.source_of(request.client.host if request.client else "")
    async with db.transaction() as tx:
        device = request.cookies.get(DEVICE_COOKIE, "")
        attempt = await actions.begin_sign_in(tx, body.email, source, device, clock.now())
    right = await _compare(db, attempt, body.password)
    async with db.transaction() as tx:
        session = await actions.conclude_sign_in(tx, attempt, right, clock.now())
    if session is None:
        raise rules.WrongCredentials()
    _keep_cookie(request, response, SESSION_COOKIE, session.token, rules.SESSION_LASTS)
    _keep_cookie(request, response, DEVICE_COOKIE, session.device, rules.DEVICE_LASTS)
    return {"csrf": session.csrf}


def _keep_cookie(request: Request, response: Response, name: str, value: str, lasts: timedelta) -> None:
    secure = request.app.state.settings.cookie_secure
    seconds = int(lasts.total_seconds())
    response.set_cookie(name, value, max_age=seconds, httponly=True, samesite="lax", secure=secure, path="/")


class SwitchIn(Body):
    workspace_id: Id


@router.put("/me/workspace")
async def switch_workspace(
    body: SwitchIn, request: Request, response: Response, tx: InTx, caller: Annotated[Caller, signed_in()]
) -> dict[str, str]:
    """Go on in another brand of mine: the session and its CSRF token are new, pages of the former brand must be loaded again."""
    person(caller)
    token = request.cookies.get(SESSION_COOKIE, "")
    session = await actions.switch_workspace(tx, token, body.workspace_id, clock.now())
    _keep_cookie(request, response, SESSION_COOKIE, session.token, rules.SESSION_LASTS)
    return {"csrf": session.csrf}


@router.post("/sign-out", status_code=204)
async def sign_out(request: Request, response: Response, tx: InTx, caller: Annotated[Caller, allow_first()]) -> None:
    """Close this session."""
    await actions.sign_out(tx, request.cookies.get(SESSION_COOKIE, ""))
    response.delete_cookie(SESSION_COOKIE, path="/")


@router.get("/me")
async def me(tx: InTx, caller: Annotated[Caller, allow_first()]) -> MeOut:
    """Who I am here and what I may do."""
    user = await queries.user(tx, person(caller))
    workspace = await queries.workspace(tx, caller.workspace_id)
    return MeOut(
        user=UserOut(id=user.id, name=user.name, email=user.email, locale=user.locale),
        workspace=workspace_out(workspace),
        role=caller.role or "",
        permissions=sorted(caller.permissions),
        csrf=caller.csrf or "",
        password_temporary=caller.password_temporary,
        serves=caller.serves,
    )


class MeIn(Body):
    name: Name | None = None
    locale: Locale | None = None


@router.patch("/me")
async def change_me(body: MeIn, tx: InTx, caller: Annotated[Caller, signed_in()]) -> UserOut:
    """Change my own name or language."""
    user = await queries.user(tx, person(caller))
    user.name = body.name or user.name
    user.locale = body.locale or user.locale
    return UserOut(id=user.id, name=user.name, email=user.email, locale=user.locale)


class PasswordIn(Body):
    old: str = Field(max_length=rules.PASSWORD_CHARS_MAX)
    new: str = Field(max_length=rules.PASSWORD_CHARS_MAX)


@router.post("/me/password", status_code=204)
async def change_password(body: PasswordIn, db: InDatabase, caller: Annotated[Caller, allow_first()]) -> None:
    """Change my password; every session of mine ends."""
    async with db.transaction() as tx:
        user = await queries.user(tx, person(caller))
        rules.check_new_password(body.old, body.new, (user.name, user.email))
        attempt = await actions.begin_password_change(tx, user, clock.now())
    if not await _compare(db, attempt, body.old):
        raise rules.WrongOldPassword()
    password_hash = await password_hashing.hashed(body.new)
    async with db.transaction() as tx:
        await platform.change_password(tx, caller, attempt, password_hash, clock.now())
