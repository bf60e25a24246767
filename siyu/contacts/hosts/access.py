"""Whose customers: every route of one member states its permission with `allow_member`."""

from typing import Annotated, Any

from fastapi import Depends

from siyu.contacts.hosts.queries import check_served
from siyu.kit.http import BigId, InTx
from siyu.platform.access import allow
from siyu.platform.queries import Caller


def allow_member(permission: str) -> Any:
    """As `allow` on a route with a `member_id`: for who reaches only customers of their own there are no others."""

    async def check(member_id: BigId, tx: InTx, caller: Annotated[Caller, allow(permission)]) -> Caller:
        await check_served(tx, caller, [member_id])
        return caller

    check.of_member = True  # type: ignore[attr-defined]
    return Depends(check)
