"""The calls for Messenger: those of its page. What refusals mean is in `messengers/vendors/meta/verdicts.py`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from messengers.vendors.meta.pages import Page

if TYPE_CHECKING:
    from messengers.adapter import IO

PERSON = "first_name,last_name,name"


def page(io: IO, external_id: str, credentials: Mapping[str, Any]) -> Page:
    return Page(io, external_id, str(credentials.get("token") or ""))
