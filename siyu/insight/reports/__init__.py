"""Every report there is; to add one, write its folder and put it here."""

from siyu.insight.reports.funnel import shape as funnel
from siyu.insight.reports.overview import shape as overview
from siyu.insight.reports.retention import shape as retention
from siyu.insight.reports.trend import shape as trend

REPORTS = (overview.KIND, trend.KIND, funnel.KIND, retention.KIND)
KINDS = {kind.name: kind for kind in REPORTS}
