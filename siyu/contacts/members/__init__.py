"""Members: upserted, changed, erased, listed."""
