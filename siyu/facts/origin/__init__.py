"""Where the log is written: which database that is, its moves from one to another, and the seal of the key it belongs to."""
