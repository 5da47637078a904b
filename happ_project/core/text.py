"""Words for code that must stay free of Django: marks a label for translation, templates translate it."""

from __future__ import annotations


def gettext_noop(message: str) -> str:
    """The message itself; `makemessages` finds it by this function's name."""
    return message
