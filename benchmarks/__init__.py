"""Reference workloads: each checks its answer first, then prints our figure beside the best that hand-written code does.

Nothing here is asserted on seconds: they differ from machine to machine, ratios of one run do not.
"""
