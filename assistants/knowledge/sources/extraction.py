"""Has a document parsed in a process of its own, so that a hostile one costs a minute and some memory, no more."""

from __future__ import annotations

import json
import logging
import signal
import subprocess
import sys
from pathlib import Path

from assistants.knowledge.sources.formats import Format
from assistants.knowledge.sources.troubles import Unreadable

log = logging.getLogger(__name__)

LONGEST = 150
"""Seconds on the wall; the child's own limit counts the processor's."""
_HOUSE = Path(__file__).resolve().parents[3]


def text_of(data: bytes, found: Format, *, declared: str = "") -> str:
    """The document's text; `declared` is the charset a server named. Raises `Unreadable`."""
    command = [sys.executable, "-m", "assistants.knowledge.sources.child", found.name, declared]
    # of the environment only what names no secret
    surroundings = {"LANG": "C.UTF-8", "PYTHONDONTWRITEBYTECODE": "1", "OMP_NUM_THREADS": "1"}
    try:
        done = subprocess.run(  # noqa: S603 - our own program, no shell
            command, input=data, capture_output=True, timeout=LONGEST, check=False, cwd=_HOUSE, env=surroundings
        )
    except subprocess.TimeoutExpired:
        raise Unreadable("too_slow", seconds=LONGEST) from None
    if done.stderr:
        log.info("parsing a .%s: %s", found.name, done.stderr.decode("utf-8", "replace")[-500:].strip())
    if done.returncode in {-signal.SIGXCPU, -signal.SIGKILL}:
        raise Unreadable("too_slow", seconds=LONGEST)
    if done.returncode:
        raise Unreadable("too_heavy")
    told = json.loads(done.stdout)
    if "text" not in told:
        raise Unreadable(told["code"], **told["params"])
    return str(told["text"])
