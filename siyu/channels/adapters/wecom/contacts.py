"""Staff and their customers, as the platform tells them."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from siyu.channels.adapters.wecom.client import WeComRefused
from siyu.channels.adapters.wecom.session import Session

BATCH_STAFF_MAX = 100
"""userids in one batch/get_by_user."""
BATCH_ROWS_MAX = 100
NOBODY = 84061
PAGES_MAX = 100_000


@dataclass(frozen=True)
class Friend:
    """A customer as one member of staff has them. `name` None: the platform was not asked."""

    staff: str
    address: str
    added_at: datetime
    name: str | None = None
    unionid: str | None = None
    state: str = ""


async def staff(session: Session) -> list[str]:
    """userids of the staff who may talk to customers; raises WeComError."""
    return list((await session.client.call("externalcontact/get_follow_user_list")).get("follow_user") or ())


async def customers(session: Session, userids: Sequence[str]) -> AsyncIterator[list[Friend]]:
    """The customers of up to BATCH_STAFF_MAX staff, page by page; raises WeComError."""
    cursor = ""
    for _ in range(PAGES_MAX):
        try:
            page = await session.client.customer_batch(userids, cursor, BATCH_ROWS_MAX)
        except WeComRefused as error:
            if error.errcode == NOBODY:
                return
            raise
        yield [_friend(row["external_contact"], row["follow_info"]) for row in page.get("external_contact_list") or ()]
        cursor = str(page.get("next_cursor") or "")
        if not cursor:
            return


async def customer(session: Session, external_userid: str) -> list[Friend]:
    """One customer, once for each member of staff who has them (empty: nobody has); raises WeComError."""
    try:
        answer = await session.client.customer_get(external_userid)
    except WeComRefused as error:
        if error.errcode == NOBODY:
            return []
        raise
    return [_friend(answer["external_contact"], follow) for follow in answer.get("follow_user") or ()]


def _friend(contact: Mapping[str, Any], follow: Mapping[str, Any]) -> Friend:
    return Friend(
        str(follow["userid"]),
        str(contact["external_userid"]),
        datetime.fromtimestamp(int(follow["createtime"]), UTC),
        str(contact.get("name") or "") or None,
        str(contact.get("unionid") or "") or None,
        str(follow.get("state") or ""),
    )
