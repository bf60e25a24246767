"""Servers that behave as the platforms do, for the demo and for tests; nothing else in Siyu imports them."""
