"""Reads of the insight room: `reports` over the lake, `today` for the first page."""
