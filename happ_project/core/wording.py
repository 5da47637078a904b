"""Texts of ours that are stored in English and read in the reader's language: notes, reasons, what went wrong.

Whoever stores one marks it with `gettext_noop`; what only the moment knows follows a colon: `f"{marked}: {name}"`.
"""

from django.utils.translation import gettext

_JOINT = ": "


def translated(text: str) -> str:
    """The text in the active language, as far as it is ours; words of others stay as they are."""
    whole = gettext(text) if text else ""
    if whole != text or _JOINT not in text:
        return whole
    return _JOINT.join(gettext(part) if part else "" for part in text.split(_JOINT))
