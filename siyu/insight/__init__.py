"""What worked: one dictionary of metrics, and reports, each a folder of SQL and shape.

Reads the lake only; writes nothing.
"""
