"""HTTP of the channels room: the message log, calm, accounts, callbacks, and members' own settings."""

from fastapi import APIRouter

from siyu.channels.api import accounts, callbacks, calm, messages, preferences

router = APIRouter(prefix="/api/v1", tags=["channels"])
for part in (messages, calm, accounts, callbacks, preferences):
    router.include_router(part.router)
