"""Files that people send: links that work for a while, fetched at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from happ_project.core.text import gettext_noop as _
from messengers import errors, fetching
from messengers.reading import text_of
from messengers.types import Fetched
from messengers.vendors.meta import app

if TYPE_CHECKING:
    from messengers.adapter import IO


def fetch(io: IO, media_ref: Mapping[str, Any]) -> Fetched:
    """The file behind an attachment's link. Raises Rejected when the link is dead, TryLater when it may come back."""
    file = fetching.download(io, text_of(media_ref.get("url")), trusted=_ours(io))
    if file.mime == "text/html":  # a page that says that there is nothing, or wants a sign-in
        raise errors.Rejected("no_media", _("the link to the file is dead"))
    return file


def portrait(io: IO, url: str) -> Fetched | None:
    """A person's picture behind the link that Meta gave for it."""
    return fetching.portrait(io, url, trusted=_ours(io))


def _ours(io: IO) -> list[str]:
    return [app.facebook(io.settings).graph_url, app.instagram(io.settings).graph_url]
