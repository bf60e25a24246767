"""The worker door: relay, readers, jobs and timers, in rounds."""
