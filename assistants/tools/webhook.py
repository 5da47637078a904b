"""Calling a company's own web service for a model: signed, bounded, repeated only where that is safe."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from happ_project.core import clock, http, signing

LARGEST_ANSWER = 200_000
"""Bytes that are read of an answer; the rest stays on the wire."""
_IN_THE_ADDRESS = {"get", "delete"}
_TRIES = 2

RESERVED = frozenset(
    {"host", "content-length", "content-type", "transfer-encoding", "connection", "user-agent", "cookie"}
)
"""Headers that are ours to set; and every one that begins with `webhook-` or `x-happ-`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """Where and how; nothing of it that may be secret shows in `repr`."""

    name: str
    url: str = field(repr=False)
    method: str = "post"
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    secret: str = field(default="", repr=False)
    timeout: float = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """What was sent and what came back; `error` is '' when an answer of any status came."""

    method: str
    url: str
    headers: Mapping[str, str]
    """As sent, without the values that people gave."""
    body: str
    status: int = 0
    text: str = ""
    cut: bool = False
    seconds: float = 0.0
    tries: int = 1
    error: str = ""

    @property
    def ok(self) -> bool:
        return not self.error and 200 <= self.status < 300


def call(hook: Webhook, arguments: Mapping[str, Any], *, about: Mapping[str, str], key: str) -> Exchange:
    """Never raises for what the other side does. `about` goes along as headers, `key` names the call for good."""
    in_address = hook.method in _IN_THE_ADDRESS
    url = _with_query(hook.url, arguments) if in_address else hook.url
    body = b"" if in_address else json.dumps(arguments, ensure_ascii=False, separators=(",", ":")).encode()
    own = {
        **({} if in_address else {"Content-Type": "application/json"}),
        "Accept": "application/json, text/plain;q=0.9, */*;q=0.1",
        "User-Agent": "Happ-Tools/1",
        **{f"X-HAPP-{name}": value for name, value in about.items() if value.isascii() and value.isprintable()},
    }
    sent = {**dict.fromkeys(hook.headers, "…"), **own}
    exchange = Exchange(method=hook.method.upper(), url=url, headers=sent, body=body.decode())
    try:
        own |= signing.headers(hook.secret, body, message_id=call_id(hook.name, arguments, key))
    except signing.BadSecret as error:
        return replace(exchange, error=f"the secret cannot be used: {error}")
    exchange = replace(exchange, headers={**sent, **own})
    # what people set comes first: ours may not be overruled
    return _tried({**hook.headers, **own}, hook, exchange, body)


def call_id(name: str, arguments: Mapping[str, Any], key: str) -> str:
    """The same for the same call of the same turn, even by another worker after the first was killed."""
    told = json.dumps([key, name, arguments], sort_keys=True, default=str)
    return f"call_{hashlib.sha256(told.encode()).hexdigest()[:32]}"


def _tried(headers: Mapping[str, str], hook: Webhook, exchange: Exchange, body: bytes) -> Exchange:
    started = clock.monotonic()
    for number in range(1, _TRIES + 1):
        left = hook.timeout - (clock.monotonic() - started)
        exchange, again = _once(headers, hook, exchange, body, patience=max(left, 0.1))
        exchange = replace(exchange, tries=number, seconds=clock.monotonic() - started)
        if not again or clock.monotonic() - started >= hook.timeout:
            break
    return exchange


def _once(
    headers: Mapping[str, str], hook: Webhook, exchange: Exchange, body: bytes, *, patience: float
) -> tuple[Exchange, bool]:
    """The exchange with its result, and whether it may be tried again: surely not carried out, or only a look."""
    is_look = hook.method == "get"
    door = http.client("tool", user_given=True).patient(patience)
    try:
        with door.stream(exchange.method, exchange.url, headers=headers, data=body or None) as stream:
            content, cut = _read(stream)
            status = stream.status
    except http.ConnectFailed as error:
        return replace(exchange, error=str(error)), True
    except http.Refused:
        return replace(exchange, error="the address is not one that may be called"), False
    except http.HttpError as error:
        return replace(exchange, error=str(error)), is_look
    text = content.decode("utf-8", "replace")
    return replace(exchange, error="", status=status, text=text, cut=cut), is_look and status >= 500


def _read(stream: Any) -> tuple[bytes, bool]:
    content = bytearray()
    for chunk in stream.chunks():
        content += chunk
        if len(content) > LARGEST_ANSWER:
            return bytes(content[:LARGEST_ANSWER]), True
    return bytes(content), False


def _with_query(url: str, arguments: Mapping[str, Any]) -> str:
    parts = urlsplit(url)
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    pairs += [(name, value if isinstance(value, str) else json.dumps(value)) for name, value in arguments.items()]
    return urlunsplit(parts._replace(query=urlencode(pairs)))
