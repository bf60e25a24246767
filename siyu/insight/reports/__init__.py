"""Every report there is, in the order they are listed; to add one, write its folder and put it here."""

from siyu.insight.reports.flows import shape as flows
from siyu.insight.reports.funnel import shape as funnel
from siyu.insight.reports.journeys import shape as journeys
from siyu.insight.reports.leavers import shape as leavers
from siyu.insight.reports.messages import shape as messages
from siyu.insight.reports.overview import shape as overview
from siyu.insight.reports.retention import shape as retention
from siyu.insight.reports.rfm import shape as rfm
from siyu.insight.reports.stages import shape as stages
from siyu.insight.reports.trend import shape as trend
from siyu.insight.reports.warning import shape as warning
from siyu.insight.reports.withheld import shape as withheld

REPORTS = (
    overview.KIND,
    flows.KIND,
    funnel.KIND,
    retention.KIND,
    rfm.KIND,
    stages.KIND,
    leavers.KIND,
    warning.KIND,
    journeys.KIND,
    messages.KIND,
    withheld.KIND,
    trend.KIND,
)
KINDS = {kind.name: kind for kind in REPORTS}
