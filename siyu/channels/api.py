"""HTTP of the channels room: the message log, the send policy, accounts, callbacks, and members' own choices."""

from fastapi import APIRouter

from siyu.channels.accounts import api as accounts
from siyu.channels.consent import api as consent
from siyu.channels.inbound import api as inbound
from siyu.channels.messages import api as messages
from siyu.channels.policy import api as policy

router = APIRouter(prefix="/api/v1", tags=["channels"])
for part in (messages, policy, accounts, inbound, consent):
    router.include_router(part.router)
