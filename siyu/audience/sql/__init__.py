"""Audiences as SQL of the lake, in DuckDB's dialect: sets of members, scans of facts, who was in and who is due."""
