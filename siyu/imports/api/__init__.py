"""HTTP of the imports room: what can be imported, files in, mapping, preview, progress and refused rows."""

from fastapi import APIRouter

from siyu.imports.api import files, runs

router = APIRouter(prefix="/api/v1", tags=["imports"])
router.include_router(files.router)
router.include_router(runs.router)
