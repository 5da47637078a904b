"""The file behind a link in somebody's message, fetched with care: such links work for a while only."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from happ_project.core import http
from happ_project.core.text import gettext_noop as _
from happ_project.core.text import sentence
from messengers import errors
from messengers.types import Fetched

if TYPE_CHECKING:
    from messengers.adapter import IO

_MOST_BYTES = 50 * 1024 * 1024
LARGEST_PORTRAIT = 5 * 1024 * 1024


def download(
    io: IO,
    url: str,
    *,
    trusted: Collection[str] = (),
    headers: Mapping[str, str] | None = None,
    most: int = _MOST_BYTES,
) -> Fetched:
    """`trusted`: addresses of the operator's own choice; a link that leads elsewhere never reaches a private network.

    Raises Rejected where the link is dead or the file has more than `most` bytes, TryLater where it may come back.
    """
    door = io.http.client("media", user_given=_origin(url) not in {_origin(each) for each in trusted})
    try:
        response = door.get(url, max_bytes=most, headers=headers)
    except http.TooLarge as error:
        raise errors.Rejected("too_large", str(error)) from None
    except http.Refused as error:
        raise errors.Rejected("no_media", str(error)) from None
    except http.HttpError as error:
        raise errors.TryLater(None, str(error)) from None
    if response.status >= 500 or response.status == 429:
        raise errors.TryLater(None, sentence(_("the file's server answered %(status)s"), status=response.status))
    if not response.ok:
        raise errors.Rejected("no_media", sentence(_("the file's server answered %(status)s"), status=response.status))
    mime = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    return Fetched(content=response.content, mime=mime)


def portrait(
    io: IO, url: str, *, trusted: Collection[str] = (), headers: Mapping[str, str] | None = None
) -> Fetched | None:
    """A person's picture; None without an address. Raises what `download` does."""
    if not url.startswith(("http://", "https://")):
        return None
    return download(io, url, trusted=trusted, headers=headers, most=LARGEST_PORTRAIT)


def _origin(url: str) -> tuple[str, str]:
    try:
        parts = urlsplit(url)
    except ValueError:
        return "", ""
    return parts.scheme, parts.netloc
