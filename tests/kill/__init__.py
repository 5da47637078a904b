"""Kills processes of the running product under load, over and over, and counts from outside what was lost."""
