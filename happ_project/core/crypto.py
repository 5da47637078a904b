"""Credentials at rest: encrypted with Fernet keys that can be rotated.

`HAPP_ENCRYPTION_KEYS` holds one or more keys, newest first: the first encrypts, all decrypt.
"""

import hashlib
import hmac
import json
from functools import cache
from typing import Any

from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.db import models


@cache
def _fernet(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])


def encrypt(plain: bytes) -> bytes:
    return _fernet(tuple(settings.ENCRYPTION_KEYS)).encrypt(plain)


def decrypt(token: bytes) -> bytes:
    """Raises `InvalidToken` when no known key fits."""
    return _fernet(tuple(settings.ENCRYPTION_KEYS)).decrypt(token)


def digest(secret: str) -> str:
    """How a random secret is stored when it only has to be recognised: SHA-256, in hex."""
    return hashlib.sha256(secret.encode()).hexdigest()


def same(left: str, right: str) -> bool:
    """Compare two secrets in constant time."""
    return hmac.compare_digest(left.encode(), right.encode())


class Secret(dict):
    """A mapping whose values never show in `repr`, so that no log or traceback prints them."""

    def __repr__(self) -> str:
        return f"<Secret: {', '.join(sorted(self)) or 'empty'}>"

    __str__ = __repr__


class EncryptedJSONField(models.BinaryField):
    """A mapping stored encrypted and given back as `Secret`; empty is stored as empty."""

    _pyi_private_set_type: Any
    _pyi_private_get_type: Any  # Secret; the stub of BinaryField knows bytes only

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("default", Secret)
        kwargs.setdefault("blank", True)
        kwargs["editable"] = False
        super().__init__(*args, **kwargs)

    def get_prep_value(self, value: Any) -> bytes:
        if not value:
            return b""
        return encrypt(json.dumps(value, separators=(",", ":")).encode())

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Secret:
        if not value:
            return Secret()
        return Secret(json.loads(decrypt(bytes(value))))

    def to_python(self, value: Any) -> Any:
        return value
