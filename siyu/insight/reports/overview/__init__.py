"""What happened in a period, against the one before."""
