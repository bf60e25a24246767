"""What was not sent, and why."""
