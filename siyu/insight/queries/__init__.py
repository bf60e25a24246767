"""Answers of the insight room: reports over the lake, and how the shop stands today."""

from siyu.insight.queries.reporting import answered, members, report, rows
from siyu.insight.queries.today import Source, Today, today

__all__ = ["Source", "Today", "answered", "members", "report", "rows", "today"]
