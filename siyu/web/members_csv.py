"""`GET /api/v1/members.csv`: the list of members as it is on the screen, all rows and columns. What it shows is of rooms that
do not see each other, so the door puts it together."""

import csv
import io
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from fastapi.responses import StreamingResponse

from siyu.channels.catalogue import CHANNEL_LABELS
from siyu.channels.policy.queries import Reach, reach
from siyu.contacts.attributes.queries import attribute_specs
from siyu.contacts.identities.rules import KIND_LABELS
from siyu.contacts.members.api import Sort, which
from siyu.contacts.members.queries import MemberFilter, count, every
from siyu.contacts.members.responses import MemberOut, member_out
from siyu.contacts.members.rules import CONSENT_LABELS, SOURCES
from siyu.kit import clock
from siyu.kit.db import Database
from siyu.kit.http import InTx, database
from siyu.kit.personal_data import visible_model
from siyu.kit.text import Lang, LocalizedText, same, spreadsheet_text
from siyu.kit.time import local_minute
from siyu.platform.access import allow
from siyu.platform.actions import audit
from siyu.platform.queries import Caller

router = APIRouter(prefix="/api/v1", tags=["contacts"])

COLUMNS: dict[str, LocalizedText] = {
    "name": LocalizedText("客户", "Member"),
    "external_id": KIND_LABELS["external_id"],
    "phone": KIND_LABELS["phone"],
    "email": KIND_LABELS["email"],
    "reach": LocalizedText("可触达", "Reachable on"),
    "tags": LocalizedText("标签", "Tags"),
    "consents": LocalizedText("授权", "Consent"),
    "source": LocalizedText("来源", "Source"),
    "zone": LocalizedText("时区", "Time zone"),
    "created_at": LocalizedText("成为客户", "Member since"),
    "updated_at": LocalizedText("更新时间", "Changed"),
}
YES, NO = LocalizedText("是", "yes"), LocalizedText("否", "no")
_SOURCES: Mapping[str, LocalizedText] = {**CHANNEL_LABELS, **SOURCES}


@router.get("/members.csv", response_class=StreamingResponse)
async def export(
    tx: InTx,
    caller: Annotated[Caller, allow("members.read")],
    member_filter: Annotated[MemberFilter, Depends(which)],
    db: Annotated[Database, Depends(database)],
    sort: Sort = "-id",
    lang: Lang = "zh",
) -> StreamingResponse:
    """The members of the current filter in its order as CSV (UTF-8 with a mark, for spreadsheets), times in the brand's zone."""
    specs = await attribute_specs(tx, caller.workspace_id)
    total = await count(tx, caller.workspace_id, member_filter)
    now = clock.now()
    await audit(tx, caller, "members", "exported", str(total), now)
    heads = {**COLUMNS, **{f"attribute.{name}": same(spec.label) for name, spec in specs.items()}}
    return StreamingResponse(
        _lines(db, caller, member_filter, sort, heads, lang, now),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="members.csv"'},
    )


async def _lines(
    db: Database,
    caller: Caller,
    member_filter: MemberFilter,
    sort: str,
    heads: Mapping[str, LocalizedText],
    lang: Lang,
    now: datetime,
) -> AsyncIterator[str]:
    yield "\ufeff" + _written([[label.read(lang) for label in heads.values()]])
    async with db.transaction() as tx:
        async for cards in every(tx, caller.workspace_id, member_filter, sort):
            members = [visible_model(member_out(card)) for card in cards]
            can = await reach(tx, caller.workspace_id, [member.id for member in members], now)
            values = [_values(member, can[member.id], caller.zone, lang) for member in members]
            yield _written([[row.get(column, "") for column in heads] for row in values])


def _written(rows: Sequence[Sequence[Any]]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer).writerows([[_cell(value) for value in row] for row in rows])
    return buffer.getvalue()


def _cell(value: Any) -> Any:
    return value if isinstance(value, int | float) else spreadsheet_text(str(value))


def _values(member: MemberOut, can: Reach, zone: str, lang: Lang) -> dict[str, Any]:
    """What stands in each column of a member's line."""
    comma, colon = ("、", "：") if lang == "zh" else (", ", ": ")
    channels = [CHANNEL_LABELS[channel].read(lang) for channel, reason in can.items() if reason is None]
    consents = [
        f"{CHANNEL_LABELS[channel].read(lang)}{colon}{CONSENT_LABELS[state].read(lang)}"
        for channel, state in sorted(member.consents.items())
    ]
    return {
        "name": member.name or "",
        "external_id": member.external_id or "",
        "phone": member.phone or "",
        "email": member.email or "",
        "reach": comma.join(channels),
        "tags": comma.join(member.tags),
        "consents": comma.join(consents),
        "source": _SOURCES[member.source].read(lang) if member.source in _SOURCES else member.source,
        "zone": member.zone or "",
        "created_at": local_minute(member.created_at, zone),
        "updated_at": local_minute(member.updated_at, zone),
        **{f"attribute.{name}": _attribute(value, comma, lang) for name, value in member.attributes.items()},
    }


def _attribute(value: Any, comma: str, lang: Lang) -> Any:
    if value is None:
        return ""
    if isinstance(value, bool):
        return (YES if value else NO).read(lang)
    return comma.join(map(str, value)) if isinstance(value, list) else value
