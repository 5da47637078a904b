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
from conversations.dashboard import wording
from conversations.models import Message
from conversations.services import carriage
from happ_project.files import services as files
from happ_project.files.views import SHOWN_INLINE

_GROUPED_WITHIN = timedelta(minutes=3)
_BARS = 50
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
        return self._is("image/")

    @property
    def is_sound(self) -> bool:
        return self._is("audio/")

    @property
    def is_film(self) -> bool:
        return self._is("video/")

    @property
    def is_sticker(self) -> bool:
        return self.is_picture and self.message.specific_type == carriage.STICKER

    def _is(self, family: str) -> bool:
        file = self.message.file
        return file is not None and bool(self.file_url) and file.mime.startswith(family) and file.mime in SHOWN_INLINE

    @property
    def bars(self) -> list[tuple[int, int, int]]:
        """Of a voice note with a waveform: place, top and height of each bar, in a box of 150 by 32."""
        levels = (self.message.recording or {}).get("waveform") or []
        step = max(len(levels) / _BARS, 1)
        shown = [levels[int(i * step)] for i in range(min(len(levels), _BARS))]
        return [(i * 3, 16 - (level // 2 + 1), (level // 2 + 1) * 2) for i, level in enumerate(shown)]

    @property
    def length(self) -> str:
        """How long a recording is, "1:05"; "" if nobody said."""
        seconds = round((self.message.recording or {}).get("seconds") or 0)
        return f"{seconds // 60}:{seconds % 60:02d}" if seconds else ""

    @property
    def what(self) -> str:
        """What it was, where it is more, or other, than its text and file."""
        return "" if self.is_sticker else wording.of(self.message.specific_type)

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
