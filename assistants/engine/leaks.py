"""What an answer must not carry out of the house: our instructions word for word, and keys that stand in them."""

from __future__ import annotations

import re
from collections.abc import Iterable

from assistants.types import AssistantConfig

_OURS = 60
"""Characters in a row of our own rules or the guardrails that are no accident."""
_THEIRS = 240
"""The same of the company's instructions, which hold facts that may well be repeated: hours, addresses."""
_KEY = re.compile(r"\b(?:sk-[\w-]{16,}|whsec_[\w+/=]{8,}|happ_[\w-]{16,}|Bearer\s+[\w.~+/-]{16,}=*)")
_SPACE = re.compile(r"\W+")


def found(text: str, config: AssistantConfig, rules: str) -> bool:
    """Whether the answer repeats what is for the model alone. `rules` are our own."""
    said = _plain(text)
    return _repeats(said, (rules, config.guardrails), _OURS) or _repeats(said, (config.prompt,), _THEIRS)


def without_keys(text: str) -> str:
    """The text with anything that looks like a key blotted out."""
    return _KEY.sub("…", text)


def _repeats(said: str, secrets: Iterable[str], length: int) -> bool:
    """Whether so many characters in a row of one of them were said; marks, spaces and case do not count."""
    for secret in map(_plain, secrets):
        if len(said) < length or len(secret) < length:
            continue
        step = length // 2
        # any stretch of one and a half lengths holds one of these whole
        if any(secret[at : at + length] in said for at in range(0, len(secret) - length + 1, step)):
            return True
        if secret[-length:] in said:
            return True
    return False


def _plain(text: str) -> str:
    return _SPACE.sub(" ", text.casefold()).strip()
