"""The same door in the form that the OpenAI SDK takes: a transport for its httpx2 client."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import httpx2

from happ_project.core.http import errors
from happ_project.core.http.door import Client, Stream, client
from happ_project.core.text import gettext_noop as _
from happ_project.core.text import sentence

# `requests` sets these itself, from the body and the address
_OURS = {"host", "content-length", "transfer-encoding", "connection"}


class ModelTransport(httpx2.BaseTransport):
    """Carries httpx2's requests through our client, so that one set of rules holds for every request."""

    def __init__(self, door: Client) -> None:
        self._door = door

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        headers = {name: value for name, value in request.headers.items() if name.lower() not in _OURS}
        held = ExitStack()
        body = request.read()
        try:
            opened = self._given(request).stream(request.method, str(request.url), headers=headers, data=body or None)
            stream = held.enter_context(opened)
        except errors.HttpError as error:
            raise _translated(error, request) from None
        limit = self._door.role.max_bytes
        return httpx2.Response(
            status_code=stream.status,
            headers=list(stream.headers.items()),
            stream=_Body(stream, held=held, limit=limit, request=request),
        )

    def _given(self, request: httpx2.Request) -> Client:
        """The time that the SDK was told to wait is the time of the whole request, however it trickles in."""
        seconds = request.extensions.get("timeout", {}).get("read")
        return self._door if seconds is None else self._door.patient(seconds)


class _Body(httpx2.SyncByteStream):
    def __init__(self, stream: Stream, *, held: ExitStack, limit: int, request: httpx2.Request) -> None:
        self._stream, self._held, self._left, self._request = stream, held, limit, request

    def __iter__(self) -> Iterator[bytes]:
        try:
            for chunk in self._stream.chunks(decode=False):
                self._left -= len(chunk)
                if self._left < 0:
                    raise errors.TooLarge(sentence(_("%(host)s answers with too much"), host=self._stream.host))
                yield chunk
        except errors.HttpError as error:
            raise _translated(error, self._request) from None

    def close(self) -> None:
        self._held.close()


def _translated(error: errors.HttpError, request: httpx2.Request) -> httpx2.TransportError:
    kinds: dict[type[errors.HttpError], type[httpx2.TransportError]] = {
        errors.ConnectFailed: httpx2.ConnectError,
        errors.TimedOut: httpx2.ReadTimeout,
        errors.Refused: httpx2.UnsupportedProtocol,
    }
    return kinds.get(type(error), httpx2.ReadError)(str(error), request=request)


def model_transport(*, operator: bool) -> httpx2.BaseTransport:
    """As `happ_project.core.http.model_transport`."""
    return ModelTransport(client("model", user_given=not operator))
