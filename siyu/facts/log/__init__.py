"""The fact log in Postgres: recording, reading back, and the subscribers that read it at a cursor of their own."""
