"""Careful hands for JSON from elsewhere: a value of the wrong type is said so, never stumbled over."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any

import orjson

from messengers.types import AttachmentKind, Unreadable

_EXTENSIONS: dict[str, AttachmentKind] = {
    **dict.fromkeys(("jpg", "jpeg", "png", "gif", "webp", "heic"), "image"),
    **dict.fromkeys(("mp4", "mov", "3gp", "webm"), "video"),
    **dict.fromkeys(("ogg", "oga", "opus", "mp3", "m4a", "aac", "amr", "wav"), "audio"),
}


class Malformed(Exception):
    """This entry cannot be understood; its neighbours may be."""


def mapping(value: Any, *, default: dict[str, Any] | None = None) -> dict[str, Any]:
    """The value if it is an object; otherwise the default, or Malformed without one."""
    if isinstance(value, dict):
        return value
    if default is None:
        raise Malformed("an object was expected")
    return default


def text_of(value: Any) -> str:
    """A string or a number as text, everything else as ''; without what PostgreSQL cannot store."""
    if isinstance(value, str):
        return value.replace("\x00", "")
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""


def number_of(value: Any) -> float | None:
    try:
        return float(value) if isinstance(value, int | float | str) and not isinstance(value, bool) else None
    except (ValueError, OverflowError):
        return None


def size_of(value: Any) -> int | None:
    """Bytes, where a messenger says how large a file is."""
    number = number_of(value)
    return int(number) if number is not None and 0 <= number < 1e12 else None


def link_of(value: Any) -> dict[str, Any] | None:
    """An address as the reference of what is behind it; None for what is no address."""
    address = text_of(value).strip()
    return {"url": address} if address.startswith(("http://", "https://")) else None


def kind_of_name(name: str) -> AttachmentKind:
    """What a file is by the end of its name, where the messenger says no more than that it is one."""
    return _EXTENSIONS.get(name.rpartition(".")[2].lower(), "document")


def duration_of(value: Any) -> float | None:
    """Seconds, where a messenger says how long a recording is."""
    number = number_of(value)
    return number if number is not None and 0 <= number < 1e7 else None


def moment_of(value: Any) -> datetime | None:
    """Seconds or milliseconds, as a number, as digits, or as the two halves of a 64-bit number."""
    if isinstance(value, dict):
        value = value.get("low")
    try:
        number = float(value) if isinstance(value, int | float | str) and not isinstance(value, bool) else 0.0
        moment = datetime.fromtimestamp(number / 1000 if number > 1e11 else number, UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return moment if 2000 < moment.year < 2200 else None


def json_object(
    body: bytes, *, secrets: Collection[str] = (), secret_keys: Collection[str] = ()
) -> dict[str, Any] | None:
    """The body if it is a JSON object, in the form that may be kept; None if not.

    Keys that hold credentials (`secret_keys`, in lower case) are left out, strings in which one of the `secrets` stands
    are replaced, and NUL, which PostgreSQL does not store, is removed.
    """
    try:
        read = orjson.loads(body)
        return _cleaned(read, secrets, secret_keys) if isinstance(read, dict) else None
    except (orjson.JSONDecodeError, RecursionError):
        return None


def _cleaned(value: Any, secrets: Collection[str], secret_keys: Collection[str]) -> Any:
    if isinstance(value, dict):
        kept = {key: item for key, item in value.items() if key.lower() not in secret_keys}
        return {_cleaned(key, secrets, ()): _cleaned(item, secrets, secret_keys) for key, item in kept.items()}
    if isinstance(value, list):
        return [_cleaned(item, secrets, secret_keys) for item in value]
    if isinstance(value, str):
        return "(removed)" if any(secret in value for secret in secrets) else value.replace("\x00", "")
    return value


def fingerprint(value: Any) -> str:
    """SHA-256 of bytes, or of any JSON value whatever the order of its keys."""
    if not isinstance(value, bytes):
        value = orjson.dumps(value, option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS)
    return hashlib.sha256(value).hexdigest()


def unreadable(raw: dict[str, Any] | None, reason: str, *, body: bytes = b"") -> Unreadable:
    """`raw`: the entry, cleaned; None with the whole `body` when that is no JSON object at all."""
    return Unreadable(raw=raw, reason=reason, digest=fingerprint(raw if raw is not None else body))
