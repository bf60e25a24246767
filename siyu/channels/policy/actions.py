"""Setting a brand's calm."""

from collections.abc import Sequence
from datetime import date, datetime, time

from sqlalchemy import delete

from siyu.channels.policy.models import Cap, QuietHours
from siyu.channels.policy.queries import send_policy
from siyu.channels.policy.rules import (
    POLICY_LABELS,
    FrequencyCap,
    QuietWindow,
    check_caps,
    check_holidays,
    check_quiet,
    policy_values,
)
from siyu.kit.db import Tx
from siyu.kit.errors import Invalid
from siyu.platform.actions import audit
from siyu.platform.queries import Caller
from siyu.platform.rules import changes_between


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
    policy = await send_policy(tx, caller.workspace_id)
    before = policy_values(policy.caps, policy.quiet)
    await tx.execute(delete(Cap).where(Cap.workspace_id == caller.workspace_id))
    tx.add_all(
        Cap(workspace_id=caller.workspace_id, channel=cap.channel, days=cap.days, count=cap.count) for cap in caps
    )
    # equal times stand for: no quiet hours, the holidays alone
    begins, ends = quiet or (time(), time())
    await tx.merge(
        QuietHours(workspace_id=caller.workspace_id, begins=begins, ends=ends, holidays=sorted(set(holidays)))
    )
    after = policy_values(caps, QuietWindow(begins, ends, frozenset(holidays)))
    await audit(tx, caller, "calm", "set", "", now, changes=changes_between(POLICY_LABELS, before, after))
