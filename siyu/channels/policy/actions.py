"""Setting a brand's calm."""

from collections.abc import Sequence
from datetime import date, datetime, time

from sqlalchemy import delete

from siyu.channels.policy.models import Cap, QuietHours
from siyu.channels.policy.rules import FrequencyCap, check_caps, check_holidays, check_quiet
from siyu.kit.db import Tx
from siyu.kit.errors import Invalid
from siyu.platform.actions import audit
from siyu.platform.queries import Caller


async def set_send_policy(
    tx: Tx,
    caller: Caller,
    *,
    caps: Sequence[FrequencyCap],
    quiet: tuple[time, time] | None,
    holidays: Sequence[date],
    now: datetime,
) -> None:
    """Replace caps, quiet hours and holidays; raises Invalid. It binds every message from the next decision on."""
    faults = [*check_caps(caps), *check_quiet(quiet), *check_holidays(holidays)]
    if faults:
        raise Invalid(errors=faults)
    await tx.execute(delete(Cap).where(Cap.workspace_id == caller.workspace_id))
    tx.add_all(
        Cap(workspace_id=caller.workspace_id, channel=cap.channel, days=cap.days, count=cap.count) for cap in caps
    )
    # equal times stand for: no quiet hours, the holidays alone
    begins, ends = quiet or (time(), time())
    await tx.merge(
        QuietHours(workspace_id=caller.workspace_id, begins=begins, ends=ends, holidays=sorted(set(holidays)))
    )
    detail = {
        "caps": [f"{cap.channel} {cap.count}/{cap.days}d" for cap in caps],
        "quiet": f"{begins:%H:%M}-{ends:%H:%M}" if quiet else None,
        "holidays": len(set(holidays)),
    }
    await audit(tx, caller, "calm", "set", "", now, detail)
