"""Files in: CSV, Excel and Parquet of members, orders and facts, with mapping, preview, errors by row and resume.

`files` reads, `mapping` says which column is what, `kinds` holds all that differs between members, orders and facts, `runs`
carries an import through. Verbs: start, resume, cancel (runs). Writes through the verbs of contacts and commerce.
"""
