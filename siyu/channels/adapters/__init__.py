"""What serves a channel: one folder each, with its `ADAPTER`, which knows the platform's words and nobody else does."""
