"""How often somebody unknown may try to sign in or up, counted by address on the network and by account."""

from allauth.account.adapter import get_adapter
from django.http import HttpRequest
from rest_framework.exceptions import Throttled
from rest_framework.request import Request

from happ_project.core import crypto, ratelimit


def spend(request: Request, action: str, *, account: str = "") -> None:
    """Count one try; raises `Throttled` (429 with Retry-After) when there were too many."""
    django_request: HttpRequest = request._request
    wait = ratelimit.wait(f"{action}:from:{get_adapter().get_client_ip(django_request)}", limit=30, seconds=60)
    if account:
        name = crypto.digest(account.strip().lower())[:24]
        wait = max(wait, ratelimit.wait(f"{action}:of:{name}", limit=10, seconds=300))
    if wait:
        raise Throttled(wait)
