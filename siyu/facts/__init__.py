"""The fact log: what happened, written once, read by whoever cares.

Owns the catalogue of fact kinds, the log in Postgres, the subscribers' cursors, and the lake.
Verbs: record, record_from, erase (log.actions); consume_new (log.subscribers); relay (lake.relay).
A fact keeps the member it was recorded with; merges are resolved when read.
"""
