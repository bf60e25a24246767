"""What platforms tell us: callbacks, contacts, delivery reports."""
