"""Files in: CSV, Excel and Parquet of members, orders and facts, with mapping, preview, errors by row and resume.

Verbs: upload, start, run, resume, cancel (actions). Writes through the verbs of contacts and commerce.
Records setting_changed.
"""
