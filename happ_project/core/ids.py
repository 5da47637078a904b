"""The only source of identifiers and random secrets."""

import secrets
from uuid import UUID

from uuid_utils.compat import uuid7


def new_id() -> UUID:
    """A UUIDv7: unguessable enough for a public key of a row, and in order of creation."""
    return uuid7()


def read(text: str | None) -> UUID | None:
    """An id that came from outside; None if it is none."""
    try:
        return UUID(text or "")
    except ValueError:
        return None


def new_token(length: int = 32) -> str:
    """A random URL-safe secret with `length` bytes of entropy."""
    return secrets.token_urlsafe(length)


def new_code(length: int = 12) -> str:
    """A random lower-case code for names that people see in addresses, such as `wgt_…`."""
    return "".join(secrets.choice("abcdefghijkmnpqrstuvwxyz23456789") for _ in range(length))
