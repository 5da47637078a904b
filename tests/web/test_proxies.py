"""Who asks: the connection's address, or what as many proxies as there are say."""

from typing import Any

import pytest
from django.core.exceptions import MiddlewareNotUsed
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from happ_project.core.proxies import ClientAddress

PROXY = "10.0.0.1"


def seen(settings: Any, count: int, forwarded: str | None) -> str:
    settings.TRUSTED_PROXIES = count
    request = RequestFactory().get("/", REMOTE_ADDR=PROXY, **({"HTTP_X_FORWARDED_FOR": forwarded} if forwarded else {}))
    asked: list[HttpRequest] = []
    ClientAddress(lambda request: asked.append(request) or HttpResponse())(request)  # type: ignore[func-returns-value]
    return asked[0].META["REMOTE_ADDR"]


@pytest.mark.parametrize(
    ("count", "forwarded", "address"),
    [
        (1, "198.51.100.7", "198.51.100.7"),
        (1, "192.0.2.1, 198.51.100.7", "198.51.100.7"),  # the first was written by the client
        (2, "192.0.2.1, 198.51.100.7, 10.0.0.2", "198.51.100.7"),
        (2, "198.51.100.7", PROXY),  # it came past one of them
        (1, None, PROXY),
        (1, " , ", PROXY),
    ],
)
def test_only_what_ours_added_is_believed(settings: Any, count: int, forwarded: str | None, address: str) -> None:
    assert seen(settings, count, forwarded) == address


def test_without_proxies_the_header_means_nothing(settings: Any) -> None:
    settings.TRUSTED_PROXIES = 0

    with pytest.raises(MiddlewareNotUsed):
        ClientAddress(lambda request: HttpResponse())
