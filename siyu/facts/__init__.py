"""The fact log: what happened, written once, read by whoever cares.

Owns the catalogue of fact kinds, the log in Postgres, the readers' cursors, and the lake.
Verbs: record, record_from (actions); relay, read_on (jobs).
A fact keeps the member it was recorded with; merges are resolved when read.
"""
