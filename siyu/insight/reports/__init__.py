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
from siyu.insight.rules.metrics import METRICS

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
METRIC_DICTIONARY = METRICS | {metric.name: metric for kind in REPORTS for metric in kind.metrics}
"""Every metric there is, by its name."""
REPORTS_BY_NAME = {kind.name: kind for kind in REPORTS}
