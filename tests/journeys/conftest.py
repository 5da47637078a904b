from tests.journeys.fixtures import double, number, real_number, real_shop, shop
from tests.working import committed, mind, time

__all__ = ["committed", "double", "mind", "number", "real_number", "real_shop", "shop", "time"]
