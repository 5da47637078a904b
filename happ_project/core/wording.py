"""Texts of ours that are stored in English and read in the reader's language: notes, reasons, what went wrong.

Whoever stores one marks it with `gettext_noop`; what only the moment knows follows a colon: `f"{marked}: {name}"`.
Of a text of several lines each is translated by itself, also behind the `BULLET` of a list.
"""

from django.utils.translation import gettext

from happ_project.core.text import BULLET

_JOINT = ": "


def translated(text: str) -> str:
    """The text in the active language, as far as it is ours; words of others stay as they are."""
    whole = gettext(text) if text else ""
    if whole != text:
        return whole
    return "\n".join(_of_line(line) for line in text.split("\n"))


def _of_line(line: str) -> str:
    mark, text = (BULLET, line[len(BULLET) :]) if line.startswith(BULLET) else ("", line)
    whole = gettext(text) if text else ""
    if whole != text or _JOINT not in text:
        return mark + whole
    return mark + _JOINT.join(gettext(part) if part else "" for part in text.split(_JOINT))
