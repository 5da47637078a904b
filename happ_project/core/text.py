"""Words for code that must stay free of Django: marks a label for translation, templates translate it."""

from __future__ import annotations

BULLET = "– "
"""Before each line of a list, in a text of several lines."""


def gettext_noop(message: str) -> str:
    """The message itself; `makemessages` finds it by this function's name."""
    return message
