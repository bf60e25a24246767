"""Staff and their customers, as the platform tells them."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from siyu.channels.adapters.types import ContactSource
from siyu.channels.adapters.wecom.client import WeComClient, WeComRefused
from siyu.channels.inbound.types import PlatformContact
from siyu.kit.errors import OutOfRange
from siyu.kit.time import EARLIEST, moment_of

BATCH_STAFF_MAX = 100
"""userids in one batch/get_by_user."""
BATCH_ROWS_MAX = 100
NOBODY = 84061
PAGES_MAX = 100_000


async def staff(client: WeComClient) -> list[str]:
    """userids of the staff who may talk to customers; raises WeComError."""
    return await client.follow_user_list()


async def customers(client: WeComClient, userids: Sequence[str]) -> AsyncIterator[list[PlatformContact]]:
    """The customers of up to BATCH_STAFF_MAX staff, page by page; raises WeComError."""
    cursor = ""
    for _ in range(PAGES_MAX):
        try:
            page = await client.customer_batch(userids, cursor, BATCH_ROWS_MAX)
        except WeComRefused as error:
            if error.errcode == NOBODY:
                return
            raise
        yield [_contact(row["external_contact"], row["follow_info"]) for row in page.get("external_contact_list") or ()]
        cursor = str(page.get("next_cursor") or "")
        if not cursor:
            return


async def customer(client: WeComClient, external_userid: str) -> list[PlatformContact]:
    """One customer, once for each member of staff who has them (empty: nobody has); raises WeComError."""
    try:
        answer = await client.customer_get(external_userid)
    except WeComRefused as error:
        if error.errcode == NOBODY:
            return []
        raise
    return [_contact(answer["external_contact"], follow) for follow in answer.get("follow_user") or ()]


def _contact(contact: Mapping[str, Any], follow: Mapping[str, Any]) -> PlatformContact:
    unionid = str(contact.get("unionid") or "")
    return PlatformContact(
        str(follow["userid"]),
        str(contact["external_userid"]),
        _added_at(follow),
        str(contact.get("name") or "") or None,
        {"unionid": unionid} if unionid else {},
        str(follow.get("state") or ""),
    )


def _added_at(follow: Mapping[str, Any]) -> datetime:
    """Since when they are connected; EARLIEST when the platform tells a moment that cannot be: the connection stands."""
    try:
        return moment_of(follow.get("createtime") or 0)
    except OutOfRange:
        return EARLIEST


CONTACTS = ContactSource(staff=staff, staff_max=BATCH_STAFF_MAX, of_staff=customers, find=customer)
