"""SQL over the lake that reports and the home page are built of; nothing here runs it."""
