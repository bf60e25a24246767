"""HTTP of the audience room."""

from fastapi import APIRouter

from siyu.audience.api import asking, counting, saved

router = APIRouter(prefix="/api/v1", tags=["audience"])
for _part in (asking, counting, saved):
    router.include_router(_part.router)

__all__ = ["router"]
