"""Templates are written for a channel: making one."""
