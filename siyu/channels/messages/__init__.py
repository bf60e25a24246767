"""Messages: planned, sent, settled; their log."""
