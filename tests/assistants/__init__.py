"""The mind: models, knowledge, the built-in answerer."""
