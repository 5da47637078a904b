"""Runs a call of a login where Telethon costs nobody anything: in a process that ends with it.

Telethon takes 36 MB for as long as a process lives (130 MB where its bytecode is not cached). The session runner has
it anyway; a Celery worker that helped one person to log in should not keep it, so the call is made by
`python -m messengers.adapters.telegram.apart`, which gets it on its standard input and answers on its standard output.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

log = logging.getLogger(__name__)

_SETTINGS = ("TELEGRAM_API_ID", "TELEGRAM_API_HASH", "TELEGRAM_TEST_DC", "TELEGRAM_TEST_DC_KEY")
_PROJECT = Path(__file__).resolve().parents[3]
_PATIENCE = 90.0


def call(name: str, settings: Mapping[str, Any], **arguments: Any) -> dict[str, Any]:
    """The answer of one of the calls in `client.signing`; `{"error": "unreachable"}` if there is none."""
    needed = {key: settings.get(key) or "" for key in _SETTINGS}
    if "telethon" in sys.modules:
        return _make(name, needed, arguments)
    question = json.dumps({"name": name, "settings": needed, "arguments": arguments})
    command = [sys.executable, "-m", "messengers.adapters.telegram.apart"]
    try:
        done = subprocess.run(  # noqa: S603 - our own module; what it is asked goes through a pipe
            command,
            input=question,
            capture_output=True,
            text=True,
            timeout=_PATIENCE,
            cwd=_PROJECT,
            env={key: value for key, value in os.environ.items() if key in ("PATH", "HOME", "LANG", "VIRTUAL_ENV")},
            check=True,
        )
        answer: dict[str, Any] = json.loads(done.stdout)
    except (subprocess.SubprocessError, OSError, ValueError) as error:
        # its kind only: what was asked, and what Python says of it, may hold a phone number or the login itself
        log.warning("a Telegram login's call of %s failed in its process: %s", name, type(error).__name__)
        return {"error": "unreachable"}
    return answer


def _make(name: str, settings: Mapping[str, Any], arguments: Mapping[str, Any]) -> dict[str, Any]:
    from messengers.adapters.telegram.client import signing

    return asyncio.run(signing.call(name, settings, **arguments))


if __name__ == "__main__":
    given = json.load(sys.stdin)
    json.dump(_make(given["name"], given["settings"], given["arguments"]), sys.stdout)
