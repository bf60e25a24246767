"""Every condition and every report on DuckDB and on Spark: the same members, the same rows. `make conformance` runs it."""
