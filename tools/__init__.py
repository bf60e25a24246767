"""What `make` runs for those who change Siyu; nothing of it is installed."""
