"""One line of history of the database, inside the package: an installed wheel can migrate. Alembic runs it."""
