"""Django's way to PostgreSQL, with our own way to see whether a connection is alive."""
