"""The web door: HTTP API, console, member pages, health and metrics."""
