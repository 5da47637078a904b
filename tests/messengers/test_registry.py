"""Naming a messenger costs nothing; opening one loads it."""

from __future__ import annotations

import subprocess
import sys

import pytest

from messengers import registry


def test_an_unknown_kind_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        registry.get("carrier-pigeon")


@pytest.mark.parametrize("heavy", ["requests", "httpx2", "openai", "telethon", "cryptography", "django"])
def test_opening_every_messenger_loads_nothing_heavy(heavy: str) -> None:
    """The web process opens adapters to verify and parse; what it must not carry is imported by the first call out."""
    script = f"""
import sys
from messengers import registry
from tests.doubles.recording_io import OfflineIO
for kind in registry.kinds():
    registry.open(kind, io=OfflineIO())
print({heavy!r} in sys.modules)
"""
    told = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert told.stdout.strip() == "False"
