"""HTTP of the contacts room."""

from fastapi import APIRouter

from siyu.contacts.api import attributes, changes, members, tags

router = APIRouter(prefix="/api/v1", tags=["contacts"])
for _part in (members, changes, tags, attributes):
    router.include_router(_part.router)

__all__ = ["router"]
