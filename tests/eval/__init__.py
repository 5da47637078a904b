"""How well the built-in answerer does: the set it is measured on, and the measurement."""
