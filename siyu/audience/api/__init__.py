"""HTTP of the audience room."""

from fastapi import APIRouter

from siyu.audience.api import asking, saved

router = APIRouter(prefix="/api/v1", tags=["audience"])
for _part in (asking, saved):
    router.include_router(_part.router)

__all__ = ["router"]
