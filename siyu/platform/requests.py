"""What several routes of the platform room take and answer."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from siyu.kit.limits import NAME_CHARS_MAX
from siyu.platform.models import Workspace

Name = Annotated[str, Field(min_length=1, max_length=NAME_CHARS_MAX)]
Locale = Literal["zh", "en"]


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


def workspace_out(workspace: Workspace) -> WorkspaceOut:
    """A brand as the API shows it."""
    return WorkspaceOut(
        id=workspace.id,
        name=workspace.name,
        zone=workspace.zone,
        locale=workspace.locale,
        currency=workspace.currency,
    )
