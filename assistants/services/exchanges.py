"""What was said to models and what it took: paid for in the book of uses, and kept without the company's secrets."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from assistants import selectors
from assistants.llm import observed
from assistants.llm.model import Completion, Message, Model
from assistants.models import Assistant
from assistants.services import snapshots, usage
from assistants.types import Exchange, Scene, Usage
from happ_project.core import logging

_LONGEST_LINE = 6_000
_LONGEST_OF_ALL = 60_000
"""Characters that are kept of one turn's prompts."""
_MOST_EXCHANGES = 10
_SHORTEST_SECRET = 6
_KEYS = re.compile(
    r"\b(?:sk|rk|pk|ghp|xox[abp]|whsec)[-_][A-Za-z0-9_\-]{8,}|\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*"
    r"|(?<=://)[^\s/:@]+:[^\s/@]+(?=@)"
)
"""What keys look like: providers' prefixes, JSON web tokens, passwords in addresses."""
_SAYS_NOTHING = re.compile(r"^(accept|content|user-agent$|origin$|referer$|x-requested)", re.IGNORECASE)
"""Headers that hold no key but words that stand everywhere."""
_MASK = "•••"


def ask(
    model: Model,
    messages: Sequence[Message],
    *,
    purpose: str,
    company_id: UUID,
    assistant_id: UUID | None,
    timeout: float,
    chat_id: str = "",
) -> Completion:
    """One question to a model, written down whatever comes of it. Raises as `Model.complete`."""
    scene = Scene(chat_id=chat_id, purpose=purpose)
    try:
        return observed.watched(model, into=scene.exchanges).complete(messages, timeout=timeout)
    finally:
        settle(scene, company_id=company_id, assistant_id=assistant_id)


def settle(scene: Scene, *, company_id: UUID, assistant_id: UUID | None) -> None:
    """Write down what the scene's exchanges took, by model. Call once, when the model is asked no more."""
    for each in _by_model(scene.exchanges):
        usage.record(
            company_id=company_id,
            assistant_id=assistant_id,
            purpose=scene.purpose,
            usage=each,
            subject=scene.chat_id,
        )


def secrets(assistant: Assistant) -> tuple[str, ...]:
    """What the company keeps secret with an assistant: keys of models, headers and secrets of its tools and servers.

    Those of the version it speaks by, and those of the draft, whose servers may have said them as well.
    """
    own = selectors.model_settings(assistant.company_id)
    values = [str(value) for value in own.credentials.values()] if own else []
    for hidden in snapshots.secrets_of(assistant):
        values += map(str, hidden.get("secret", {}).values())
        values += _of_headers(hidden.get("headers", {}))
    return tuple(sorted({value for value in values if len(value) >= _SHORTEST_SECRET}, key=len, reverse=True))


def _of_headers(headers: Mapping[str, Any]) -> Iterator[str]:
    """Whole values, and the key without the word before it, as in `Bearer …`."""
    for name, value in headers.items():
        if _SAYS_NOTHING.search(name):
            continue
        yield str(value)
        yield str(value).rpartition(" ")[2]


def kept(exchanges: Iterable[Exchange], *, secrets: Sequence[str]) -> list[dict[str, Any]]:
    """The exchanges as JSON, of bounded size, with what is secret masked; the first of them goes first."""
    room = _LONGEST_OF_ALL
    found = []
    for exchange in list(exchanges)[:_MOST_EXCHANGES]:
        lines = []
        for role, text in exchange.lines:
            shown = _cut(_masked(text, secrets), min(_LONGEST_LINE if role != "system" else 2 * _LONGEST_LINE, room))
            room = max(room - len(shown), 0)
            lines.append([role, shown])
        took = exchange.usage
        found.append(
            {
                "model": exchange.model,
                "lines": lines,
                "tools": list(exchange.tools),
                "text": _cut(_masked(exchange.text, secrets), _LONGEST_LINE),
                "calls": list(exchange.calls),
                "error": _masked(exchange.error, secrets)[:500],
                "inputTokens": took.input_tokens if took else None,
                "outputTokens": took.output_tokens if took else None,
                "estimated": took.estimated if took else False,
                "seconds": round(exchange.seconds, 2),
            }
        )
    return found


def _by_model(exchanges: Iterable[Exchange]) -> list[Usage]:
    sums: dict[tuple[str, str, bool], Usage] = {}
    for exchange in exchanges:
        took = exchange.usage
        if took is None:
            continue
        key = (took.provider, took.model, took.estimated)
        before = sums.get(key)
        sums[key] = took if before is None else before.plus(took)
    return list(sums.values())


def _masked(text: str, secrets: Iterable[str]) -> str:
    for secret in secrets:
        text = text.replace(secret, _MASK)
    return _KEYS.sub(_MASK, logging.mask(text))


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[:most]}… (+{len(text) - most})"
