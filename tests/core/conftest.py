from tests.working import committed, time

__all__ = ["committed", "time"]
