"""The way in for messengers that post everything of an app to one address: each event finds its own channel."""

import logging
from collections import Counter, defaultdict
from collections.abc import Sequence

from django.conf import settings

from happ_project.core import clock, tenancy
from messengers import types
from messengers.models import Address
from messengers.services import addresses, inbox, left_out

log = logging.getLogger(__name__)

_MOST_KEPT = 1_000
_kept: dict[tuple[str, str], tuple[float, Address]] = {}


def accept(kind: str, found: Sequence[types.Inbound | types.Unreadable], *, ignored: Counter[str]) -> None:
    """Store every event with the address it names; what belongs to nobody is counted, what is unreadable is kept."""
    by_address: dict[str, list[types.Inbound]] = defaultdict(list)
    for event in found:
        if isinstance(event, types.Unreadable):
            inbox.accept_unreadable(kind, event)
        else:
            by_address[event.address_ref].append(event)
    nobodys = Counter(ignored)
    for external_id, events in by_address.items():
        address = find(kind, external_id)
        if address is None:
            nobodys[left_out.UNKNOWN_ADDRESS] += len(events)
            continue
        with tenancy.company_scope(address.company_id):
            inbox.accept(address, events)
    left_out.count(kind, nobodys)


def find(kind: str, external_id: str) -> Address | None:
    """The channel of this id, as it was at most `ADDRESS_KEPT_SECONDS` ago. Read it only: threads share it."""
    known = _kept.get((kind, external_id))
    if known is not None and clock.monotonic() - known[0] < settings.ADDRESS_KEPT_SECONDS:
        return known[1]
    looked_at = clock.monotonic()
    address = addresses.find_by_external_id(kind, external_id)
    if address is not None:  # that there is none may change any moment
        if len(_kept) >= _MOST_KEPT:
            _kept.clear()
        _kept[kind, external_id] = looked_at, address
    return address
