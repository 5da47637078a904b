import pytest
from django.core.cache import cache


@pytest.fixture(autouse=True)
def _nobody_has_tried_yet() -> None:
    """allauth counts in the cache how often anybody signs up, and no test rolls that back."""
    cache.clear()
