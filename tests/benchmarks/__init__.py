"""Measures the running product in one run and says which goals were met."""
