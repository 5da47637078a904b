"""What stops the supervisor, said in one sentence that tells the reader what to do."""


class Problem(Exception):
    """Shown to the person at the terminal as it is, without a traceback; the exit code is 1."""
