"""Meta's signatures: webhooks, signed requests, and the proof that a call comes from the app's own server."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Sequence
from typing import Any

from messengers import errors
from messengers.adapter import WebhookRequest
from messengers.reading import json_object

_HEADER = "X-Hub-Signature-256"


def of(body: bytes, secret: str) -> str:
    """The header's value for a body, over its bytes as they are sent (Meta escapes non-ASCII, then signs)."""
    return f"sha256={_hex(body, secret)}"


def verify(request: WebhookRequest, secrets: Sequence[str]) -> None:
    """Raise BadSignature unless one of the app secrets signed these very bytes."""
    given = request.header(_HEADER).encode()
    matches = [hmac.compare_digest(given, of(request.body, secret).encode()) for secret in secrets if secret]
    if not given or not any(matches):
        raise errors.BadSignature(f"{_HEADER} is not the body's under any of the app's secrets")


def handshake(request: WebhookRequest, token: str) -> str:
    """The challenge to give back. Only letters and digits are, because whatever is given back is shown as it is."""
    given, challenge = request.query.get("hub.verify_token", ""), request.query.get("hub.challenge", "")
    is_ours = bool(token) and hmac.compare_digest(given.encode(), token.encode())
    if request.query.get("hub.mode") != "subscribe" or not is_ours or not (challenge.isascii() and challenge.isalnum()):
        raise errors.BadSignature("the verify token is not ours")
    return challenge


def read_signed_request(value: str, secrets: Sequence[str]) -> dict[str, Any]:
    """The payload of a `signed_request`; raises BadSignature. The signature is over the encoded payload, as text."""
    signature, _dot, payload = value.partition(".")
    given = _decoded(signature)
    matches = [
        hmac.compare_digest(given, hmac.new(secret.encode(), payload.encode(), hashlib.sha256).digest())
        for secret in secrets
        if secret
    ]
    read = json_object(_decoded(payload))
    if not given or not any(matches) or read is None or str(read.get("algorithm")).upper() != "HMAC-SHA256":
        raise errors.BadSignature("the signed request is not from the platform")
    return read


def proof(token: str, secret: str) -> str:
    """`appsecret_proof`: this token is used by whoever knows the app's secret."""
    return _hex(token.encode(), secret)


def _hex(content: bytes, secret: str) -> str:
    return hmac.new(secret.encode(), content, hashlib.sha256).hexdigest()


def _decoded(text: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(text.encode() + b"=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        return b""
