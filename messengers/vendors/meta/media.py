"""Files that people send: links that work for a while, fetched at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from happ_project.core import http
from messengers import errors
from messengers.types import Fetched
from messengers.vendors.meta import app

if TYPE_CHECKING:
    from messengers.adapter import IO

_MOST_BYTES = 50 * 1024 * 1024


def fetch(io: IO, media_ref: Mapping[str, Any]) -> Fetched:
    """The file behind an attachment's link. Raises Rejected when the link is dead, TryLater when it may come back."""
    url = str(media_ref.get("url") or "")
    # only the operator's own servers are trusted with addresses; a link in a message comes from elsewhere
    ours = {_origin(app.facebook(io.settings).graph_url), _origin(app.instagram(io.settings).graph_url)}
    door = io.http.client("media", user_given=_origin(url) not in ours)
    try:
        response = door.get(url, max_bytes=_MOST_BYTES)
    except http.TooLarge as error:
        raise errors.Rejected("too_large", str(error)) from None
    except http.Refused as error:
        raise errors.Rejected("no_media", str(error)) from None
    except http.HttpError as error:
        raise errors.TryLater(None, str(error)) from None
    if response.status >= 500 or response.status == 429:
        raise errors.TryLater(None, f"the file's server answered {response.status}")
    mime = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if not response.ok or mime == "text/html":  # a page that says that there is nothing, or wants a sign-in
        raise errors.Rejected("no_media", f"the link to the file is dead ({response.status})")
    return Fetched(content=response.content, mime=mime)


def _origin(url: str) -> tuple[str, str]:
    try:
        parts = urlsplit(url)
    except ValueError:
        return "", ""
    return parts.scheme, parts.netloc
