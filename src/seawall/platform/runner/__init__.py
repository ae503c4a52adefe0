"""Work outside the process that holds the database: a list of it, and a pool that does it."""
