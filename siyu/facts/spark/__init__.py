"""Spark: the same question over the same files, for what is too large for one node.

`snapshot` says which files and rows the lake has at one moment, `dialect` rewrites a compiled query for Spark, `session`
asks it. Needs the extra `spark` and Java; nothing else of Siyu does.
"""
