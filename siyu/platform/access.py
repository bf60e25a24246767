"""Who is calling: the dependency every route states its permission with."""

import hmac
from collections.abc import Callable
from typing import Annotated, Any

from fastapi import Depends, Request

from siyu.kit import clock
from siyu.kit.db import Database
from siyu.kit.errors import Forbidden, Unauthenticated
from siyu.kit.http import database
from siyu.kit.personal_data import Sight, set_sight
from siyu.platform import actions, queries, rules
from siyu.platform.queries import Caller
from siyu.platform.sign_in.rules import PasswordChangeNeeded

SESSION_COOKIE = "siyu_session"
CSRF_HEADER = "X-CSRF-Token"
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


async def caller_behind(request: Request, db: Annotated[Database, Depends(database)]) -> Caller:
    """The caller behind the session cookie or the API key, whatever their password; raises Unauthenticated, WrongCsrf."""
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    now = clock.now()
    async with db.transaction() as tx:
        if scheme.lower() == "bearer" and key:
            identified = await queries.caller_by_key(tx, key)
            if identified is not None:
                await actions.touch_key(tx, key, now)
        else:
            identified = await queries.caller_by_session(tx, request.cookies.get(SESSION_COOKIE, ""), now)
    if identified is None:
        raise Unauthenticated()
    set_sight(sight_of(identified))
    if identified.csrf is not None and request.method not in SAFE:
        sent = request.headers.get(CSRF_HEADER, "")
        if not hmac.compare_digest(sent.encode(), identified.csrf.encode()):
            raise rules.WrongCsrf()
    return identified


def sight_of(identified: Caller) -> Sight:
    """What of personal data the caller may see."""
    if identified.may("members.reveal"):
        return Sight.CLEAR
    return Sight.NAMES if identified.may("members.read") else Sight.NONE


def caller(identified: Annotated[Caller, Depends(caller_behind)]) -> Caller:
    """The caller, with a password of their own choice; raises PasswordChangeNeeded."""
    if identified.password_temporary:
        raise PasswordChangeNeeded()
    return identified


def allow(permission: str, *, of_all: bool = False) -> Any:
    """`caller: Annotated[Caller, allow("members.read")]`: refuses callers without `permission`; where it is about the
    customers `of_all`, also those who reach only their own."""
    assert permission in rules.PERMISSIONS, permission

    def check(identified: Annotated[Caller, Depends(caller)]) -> Caller:
        if not identified.may(permission):
            label = rules.PERMISSIONS[permission]
            raise Forbidden(f"This needs the permission: {label.en}", f"需要权限：{label.zh}")
        if of_all and identified.serves is not None:
            raise Forbidden(
                "Your role reaches only the customers connected with you", "你的角色只能查看和处理自己的客户"
            )
        return identified

    return Depends(_named(check, f"allow {permission}"))


def signed_in() -> Any:
    """Any caller of the brand, whatever their role."""
    return Depends(_named(lambda identified: identified, "allow any", caller))


def allow_first() -> Any:
    """As `signed_in`, also for those who have yet to choose a password of their own."""
    return Depends(_named(lambda identified: identified, "allow any", caller_behind))


def public() -> Any:
    """States that a route is open to everybody: `dependencies=[public()]`."""
    return Depends(_named(lambda: None, "public"))


def _named(function: Callable[..., Any], name: str, inner: Callable[..., Any] | None = None) -> Callable[..., Any]:
    """`function` under a name that the house test and the docs can read off the route."""
    if inner is not None:

        def passing(identified: Annotated[Caller, Depends(inner)]) -> Caller:
            return identified

        function = passing
    function.access = name  # type: ignore[attr-defined]
    return function
