"""The reader of files: whatever comes in becomes one table, whatever a mapping says becomes prepared rows.

An upload is a folder: `table.parquet` (the rows as they are) and `about.json` (what it is). An import adds
`prepared-<id>-<layout>.parquet`: every row converted, its faults named, the rows of a document next to each other.
DuckDB is used here in memory and on that folder alone; the lake is none of this room's business.
"""
