"""Every report there is, in the order they are listed; to add one, write its file and put it here."""

from siyu.insight.reports import (
    flows,
    funnel,
    journeys,
    messages,
    overview,
    retention,
    rfm,
    stages,
    trend,
    warning,
    withheld,
)
from siyu.insight.reports.leavers import report as leavers

REPORTS = (
    overview.REPORT,
    flows.REPORT,
    funnel.REPORT,
    retention.REPORT,
    rfm.REPORT,
    stages.REPORT,
    leavers.REPORT,
    warning.REPORT,
    journeys.REPORT,
    messages.REPORT,
    withheld.REPORT,
    trend.REPORT,
)
REPORTS_BY_NAME = {kind.name: kind for kind in REPORTS}
