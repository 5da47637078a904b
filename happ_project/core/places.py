"""A number of places under one name, shared by all processes: so many at once, and no more."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from django.db import Error as DatabaseTrouble
from django.db import connection


@contextmanager
def place(name: str, *, most: int) -> Iterator[bool]:
    """Hold one of `most` places for the block; False if none is free.

    A place is a lock of this database session: whoever dies gives theirs back.
    """
    key = next((key for key in _keys(name, most) if _try(key)), None)
    try:
        yield key is not None
    finally:
        if key is not None:
            with suppress(DatabaseTrouble), connection.cursor() as cursor:  # a session that is gone holds nothing
                cursor.execute("SELECT pg_advisory_unlock(%s)", [key])


def _keys(name: str, most: int) -> Iterator[int]:
    for number in range(most):
        digest = hashlib.sha256(f"{name}:{number}".encode()).digest()
        yield int.from_bytes(digest[:8], "big", signed=True)


def _try(key: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [key])
        row = cursor.fetchone()
    return bool(row and row[0])
