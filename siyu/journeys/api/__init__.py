"""HTTP of the journeys room."""

from fastapi import APIRouter

from siyu.journeys.api import drawing, dry_running, running

router = APIRouter(prefix="/api/v1", tags=["journeys"])
router.include_router(drawing.router)
router.include_router(running.router)
router.include_router(dry_running.router)
