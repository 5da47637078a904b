"""Words for code that must stay free of Django: marks a label for translation, templates translate it."""

from __future__ import annotations

import math
from typing import Any

BULLET = "– "
"""Before each line of a list, in a text of several lines."""


def storable(value: Any) -> Any:
    """A JSON value that PostgreSQL keeps: texts without NUL and without halves of characters, numbers that are some."""
    if isinstance(value, str):
        return value.replace("\x00", "").encode("utf-8", "replace").decode()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, list):
        return [storable(each) for each in value]
    if isinstance(value, dict):
        return {storable(key): storable(each) for key, each in value.items()}
    return value


def gettext_noop(message: str) -> str:
    """The message itself; `makemessages` finds it by this function's name."""
    return message


def sentence(template: str, **values: object) -> str:
    """A sentence of ours in English with what only the moment knows: `sentence(_("%(host)s is late"), host=host)`.

    It is stored and logged as it is; `core.wording` finds the marked template again and says it in another language.
    """
    return template % values
