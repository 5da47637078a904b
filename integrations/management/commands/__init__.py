"""Commands for the terminal and the supervisor."""
