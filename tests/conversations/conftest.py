from tests.working import committed, mind, time

__all__ = ["committed", "mind", "time"]
