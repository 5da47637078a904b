"""The way in for messengers that post everything of an app to one address: each event finds its own channel."""

from collections import Counter, defaultdict
from collections.abc import Sequence

from happ_project.core import tenancy
from messengers import types
from messengers.services import directory, inbox, left_out


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
        address = directory.by_external_id(kind, external_id)
        if address is None:
            nobodys[left_out.UNKNOWN_ADDRESS] += len(events)
            continue
        with tenancy.company_scope(address.company_id):
            inbox.accept(address, events)
    left_out.count(kind, nobodys)
