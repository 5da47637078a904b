"""The list of chats: its filters, its pages, and who is being answered right now."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import Q

from conversations import selectors
from conversations.models import AiTurn, Chat
from happ_project.core import jobs
from integrations import selectors as switchboard

PAGE = 30
MOST = 150
"""As many rows as a live update draws again; whoever has scrolled further sees the rest on the next scroll."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Filters:
    search: str = ""
    kind: str = ""
    state: str = ""  # "attention", "unread", "ai", "people"

    @classmethod
    def read(cls, given: Mapping[str, Any]) -> Filters:
        return cls(
            search=str(given.get("search", ""))[:100].strip(),
            kind=str(given.get("kind", ""))[:30],
            state=str(given.get("state", "")),
        )

    @property
    def any(self) -> bool:
        return bool(self.search or self.kind or self.state)

    def query(self) -> str:
        return urlencode({name: value for name, value in dataclasses.asdict(self).items() if value})


@dataclasses.dataclass(frozen=True)
class Page:
    chats: list[Chat]
    writing: set[UUID]
    next: str


def page(filters: Filters, *, after: str = "", take: int = PAGE) -> Page:
    """One page of chats; `next` is the cursor of the following one, "" at the end."""
    found = selectors.inbox(
        search=filters.search,
        kind=filters.kind,
        ai={"ai": "on", "people": "off"}.get(filters.state, ""),
        unread=filters.state == "unread",
    )
    if filters.state == "attention":
        found = found.filter(needs_attention=True)
    mark = _mark(after)
    if mark is not None:
        moment, key = mark
        found = found.filter(Q(last_message_at__lt=moment) | Q(last_message_at=moment, id__lt=key))
    rows = list(found[: take + 1])
    more = len(rows) > take
    rows = rows[:take]
    cursor = f"{rows[-1].last_message_at.isoformat()}_{rows[-1].pk}" if more else ""
    return Page(rows, _writing({chat.pk for chat in rows}), cursor)


def _mark(cursor: str) -> tuple[datetime, UUID] | None:
    moment, _, key = cursor.partition("_")
    try:
        return datetime.fromisoformat(moment), UUID(key)
    except ValueError:
        return None


def _writing(chat_ids: set[UUID]) -> set[UUID]:
    """The chats in which the assistant is writing now."""
    running = AiTurn.objects.filter(chat_id__in=chat_ids, state=jobs.Job.State.RUNNING)
    return set(running.values_list("chat_id", flat=True))


def channels() -> list[Any]:
    """The messengers that the company uses, for the filter."""
    kinds = {integration.address.kind: integration.address.adapter_class for integration in switchboard.visible()}
    return [kinds[kind] for kind in sorted(kinds)]
