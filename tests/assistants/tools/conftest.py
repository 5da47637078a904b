from tests.speaking import service

__all__ = ["service"]
