"""The demo company and its shop, for a first look; not in production."""

EMAIL = "demo@happ.example"
