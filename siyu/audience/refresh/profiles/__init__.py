"""The lake's profiles: one row a member, kept as Postgres has it."""
