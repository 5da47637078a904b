"""Whose address a request from outside speaks for: one of the named places that look across companies."""

from django.conf import settings

from happ_project.companies.models import Company
from happ_project.core import clock, tenancy
from messengers.models import Address

_MOST_KEPT = 1_000
_kept: dict[tuple[str, str, str], tuple[float, Address]] = {}


def by_webhook_token(kind: str, token: str) -> Address | None:
    """For messengers that are given a URL of each address to call."""
    return _find(kind, "webhook_token", token)


def by_external_id(kind: str, external_id: str) -> Address | None:
    """For messengers, widgets and companies' own channels, which name the address themselves."""
    return _find(kind, "external_id", external_id)


def _find(kind: str, column: str, value: str) -> Address | None:
    """The address as it was at most `ADDRESS_KEPT_SECONDS` ago: looking it up and decrypting it costs more than storing
    what came. Read it only, several threads may hold the same one. That there is none is never kept.
    """
    found = _kept.get((kind, column, value))
    if found is not None and clock.monotonic() - found[0] < settings.ADDRESS_KEPT_SECONDS:
        return found[1]
    looked_at = clock.monotonic()
    with tenancy.all_companies():
        living = Address.objects.select_related("account").filter(deleted_at=None, company__status__in=Company.OPEN)
        address: Address | None = living.filter(kind=kind, **{column: value}).first()
    if address is not None:
        if len(_kept) >= _MOST_KEPT:
            _kept.clear()
        _kept[kind, column, value] = looked_at, address
    return address
