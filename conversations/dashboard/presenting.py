"""Messages as a page shows them: who spoke, in which group, on which day, at what cost."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlsplit

from django.utils import timezone
from django.utils.translation import gettext as _

from assistants.services.providers import BUILTIN
from conversations.models import Message
from happ_project.files import services as files

_GROUPED_WITHIN = timedelta(minutes=3)
_REPEATABLE = {Message.Status.FAILED, Message.Status.UNSURE}


@dataclasses.dataclass(kw_only=True)
class Line:
    """One message; `day` is set on the first of a day, `joined` when the next line continues it."""

    message: Message
    side: str  # "customer", "assistant", "team", "note"
    author: str
    file_url: str = ""
    day: date | None = None
    joined: bool = False
    may_repeat: bool = False

    @property
    def is_picture(self) -> bool:
        return self.message.file is not None and bool(self.file_url) and self.message.file.mime.startswith("image/")

    @property
    def model(self) -> str:
        """What made the answer, as people call it; "" if nobody but people had a hand in it."""
        turn = self.message.turn
        if turn is None:
            return ""
        return _("Built-in answerer") if turn.provider == BUILTIN else turn.model or turn.provider


def lines(messages: Iterable[Message], *, reader: Any, own_source: str) -> list[Line]:
    """The messages in order. `reader` is the signed-in person, `own_source` the API's word of the chat's messenger."""
    shown = [_line(message, reader=reader, own_source=own_source) for message in messages]
    last_day = None
    for index, line in enumerate(shown):
        day = timezone.localtime(line.message.sent_at).date()
        line.day, last_day = (day if day != last_day else None), day
        following = shown[index + 1] if index + 1 < len(shown) else None
        line.joined = following is not None and _continues(line, following, day)
    return shown


def _continues(line: Line, following: Line, day: date) -> bool:
    return (
        following.side == line.side
        and following.author == line.author
        and line.side != "note"
        and following.message.sent_at - line.message.sent_at < _GROUPED_WITHIN
        and timezone.localtime(following.message.sent_at).date() == day
        and line.message.status == following.message.status
    )


def _line(message: Message, *, reader: Any, own_source: str) -> Line:
    side, author = _speaker(message, reader=reader, own_source=own_source)
    url = urlsplit(files.signed_url(message.file)).path if message.file else ""
    may_repeat = side in {"assistant", "team"} and message.status in _REPEATABLE
    return Line(message=message, side=side, author=author, file_url=url, may_repeat=may_repeat)


def _speaker(message: Message, *, reader: Any, own_source: str) -> tuple[str, str]:
    if message.is_from_customer:
        return "customer", message.member or _("Customer")
    if message.is_from_ai:
        return "assistant", _("Assistant")
    if message.role != Message.Role.ASSISTANT:
        return "note", _("System")
    if message.author_id is not None and message.author is not None:
        return "team", _("You") if message.author_id == reader.pk else message.author.name
    if message.source == own_source:
        return "team", _("Team, on the phone")
    if message.source == "API":
        return "team", _("A program")
    return "team", _("Team")
