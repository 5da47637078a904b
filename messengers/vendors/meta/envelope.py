"""A webhook's body as events: what Messenger and Instagram put into the same envelope.

https://developers.facebook.com/docs/messenger-platform/webhooks. One body may speak of several pages and events, in no
order; each event keeps the envelope in which it alone would have come, so that it can be read again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from messengers import types
from messengers.reading import Malformed, mapping, text_of, unreadable
from messengers.vendors.meta.frames import Frame, Reader

# fields of `changes` whose value has the form of a `messaging` item (Instagram's own login, and Meta's test button)
_AS_MESSAGING = {
    "messages", "message_echoes", "messaging_postbacks", "messaging_seen", "message_reactions", "message_edits",
    "message_reads", "message_deliveries", "messaging_referrals",
}  # fmt: skip
_LATER_THAN_ALL = datetime.max.replace(tzinfo=UTC)


class Parser:
    """One body. `ignored` counts what is left out on purpose; what cannot be understood becomes `Unreadable`."""

    def __init__(
        self, body: Mapping[str, Any], *, shared: Mapping[str, str], own_apps: frozenset[str], ignored: Counter[str]
    ) -> None:
        self._object = body.get("object")
        self._entries = body.get("entry")
        self._ignored = ignored
        self._reader = Reader(shared=shared, own_apps=own_apps, ignored=ignored)

    def events(self) -> list[types.Inbound | types.Unreadable]:
        """Ordered by the platform's time, because the platform does not promise to."""
        if not isinstance(self._entries, list):
            whole = {"object": self._object, "entry": self._entries}
            return [unreadable(whole, "a body without a list of entries")]
        found: list[types.Inbound | types.Unreadable] = []
        for entry in self._entries:
            for frame in self._frames(entry):
                try:
                    found += self._reader.read(frame)
                except Malformed as error:
                    found.append(unreadable(frame.wrap(frame.item), str(error)))
        return sorted(found, key=_moment)

    def _frames(self, entry: Any) -> Iterator[Frame]:
        if not isinstance(entry, dict):
            yield self._frame({}, "", entry)
            return
        for name in ("messaging", "standby", "changes"):
            items = entry.get(name)
            if items is None:
                continue
            if not isinstance(items, list):
                yield self._frame(entry, name, items)
            elif name == "standby":
                self._ignored["standby"] += len(items)  # another app answers; we only may look
            elif name == "changes":
                yield from self._changes(entry, items)
            else:
                yield from (self._frame(entry, name, item) for item in items)
        if not {"messaging", "standby", "changes"} & entry.keys():
            self._ignored["an entry without events"] += 1

    def _changes(self, entry: dict[str, Any], items: list[Any]) -> Iterator[Frame]:
        for change in items:
            told = mapping(change, default={})
            field = text_of(told.get("field"))
            if field in _AS_MESSAGING:
                yield self._frame(entry, field, told.get("value"))
            elif not told:
                yield self._frame(entry, "changes", change)
            else:
                self._ignored[f"changes: {field[:40]}"] += 1

    def _frame(self, entry: dict[str, Any], name: str, item: Any) -> Frame:
        return Frame(object=self._object, entry=entry, name=name, item=item)


def _moment(event: types.Inbound | types.Unreadable) -> datetime:
    moment = None if isinstance(event, types.Unreadable) else event.sent_at
    return moment or _LATER_THAN_ALL
