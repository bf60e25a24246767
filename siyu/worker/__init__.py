"""The worker door: relay, subscribers, jobs and timers, in rounds."""
