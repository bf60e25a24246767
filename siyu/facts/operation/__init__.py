"""How the house runs: what was set aside so that the rest could go on, and how each part of the worker fares."""
