"""HTTP of one's own brands."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field

from siyu.kit import clock
from siyu.kit.http import Body, Id, InTx
from siyu.platform.access import allow, signed_in
from siyu.platform.queries import Caller
from siyu.platform.requests import Locale, Name, WorkspaceOut, workspace_out
from siyu.platform.workspaces import actions, queries
from siyu.platform.workspaces.queries import Belonging

router = APIRouter(prefix="/api/v1", tags=["platform"])


class BelongingOut(WorkspaceOut):
    """`role`: what one is there, `since` when; of an invitation what one would be, and when it was made."""

    role: str
    since: datetime
    current: bool


class WorkspacesOut(BaseModel):
    items: list[BelongingOut]
    invitations: list[BelongingOut]


@router.get("/workspaces")
async def workspaces(tx: InTx, caller: Annotated[Caller, signed_in()]) -> WorkspacesOut:
    """The brands I belong to, and those that ask me to join."""
    user_id = actions.person(caller)
    own = await queries.of_person(tx, user_id)
    asking = await queries.invitations(tx, user_id, clock.now())
    return WorkspacesOut(
        items=[_belonging(brand, caller) for brand in own], invitations=[_belonging(brand, caller) for brand in asking]
    )


def _belonging(brand: Belonging, caller: Caller) -> BelongingOut:
    plain = workspace_out(brand.workspace).model_dump()
    return BelongingOut(**plain, role=brand.role, since=brand.since, current=brand.workspace.id == caller.workspace_id)


class NewWorkspaceIn(Body):
    name: Name
    zone: str = Field("Asia/Shanghai", max_length=64)
    locale: Locale = "zh"


@router.post("/workspaces", status_code=201)
async def found(body: NewWorkspaceIn, tx: InTx, caller: Annotated[Caller, allow("workspace.create")]) -> WorkspaceOut:
    """Create another brand and be its admin; `PUT /me/workspace` opens it."""
    made = await actions.found(tx, caller, name=body.name, zone=body.zone, locale=body.locale, now=clock.now())
    return workspace_out(made)


@router.post("/workspaces/{workspace_id}/invitation", status_code=204)
async def accept(workspace_id: Id, tx: InTx, caller: Annotated[Caller, signed_in()]) -> None:
    """Join a brand that asked me."""
    await actions.accept(tx, caller, workspace_id, clock.now())


@router.delete("/workspaces/{workspace_id}/invitation", status_code=204)
async def decline(workspace_id: Id, tx: InTx, caller: Annotated[Caller, signed_in()]) -> None:
    """Do not join a brand that asked me."""
    await actions.decline(tx, caller, workspace_id, clock.now())
