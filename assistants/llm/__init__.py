"""Models that write answers: one interface, and the providers behind it."""
