"""What worked: one dictionary of metrics, reports (each a folder of SQL and shape), and the state of the shop today.

Reads the lake, and tables of lower rooms for what needs a person; writes nothing.
Verbs: report, today, metric_dictionary (queries).
"""
