"""Vectors from OpenAI, and from every server with its `/embeddings`; without the SDK, so that a page may try a key.

Facts about the wire: OpenAI's reference; at most 2,048 texts and 300,000 tokens a request, 8,192 tokens a text, and an
empty text is refused.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from assistants.errors import ModelRejected, ModelUnavailable
from assistants.llm import servers
from assistants.types import Usage
from happ_project.core import clock, http
from happ_project.core.text import gettext_noop

DIMENSIONS = 1024
"""What is asked for where a model can shorten its vectors, and what shorter ones are filled up to with zeros."""
MOST_DIMENSIONS = 3_500
BATCH = 64
"""Texts in one request: a passage has 700 characters, so this is far below every limit."""
_LONGEST_TEXT = 6_000
_SHORTENED = "text-embedding-3-"


@dataclass(frozen=True, slots=True)
class Embedded:
    """Vectors of length 1, in the order of the texts, and what they took."""

    vectors: list[list[float]]
    usage: Usage


class OpenAIEmbedder:
    """A model that makes vectors, behind an address; with `operator` the address is the operator's own."""

    def __init__(self, *, api_key: str, model: str, base_url: str = "", operator: bool = False) -> None:
        self.model, self._api_key = model, api_key
        self._base_url = servers.address(base_url)
        self._operator = operator or servers.is_official(base_url)
        self._provider = servers.provider(base_url)

    def __repr__(self) -> str:
        return f"<OpenAIEmbedder {self.name}>"

    @property
    def name(self) -> str:
        """What is stored with each vector: the same model on another server may be another one."""
        return f"{self._provider}/{self.model}@{DIMENSIONS}"

    def embed(self, texts: Sequence[str], *, hurry: bool = False) -> Embedded:
        """At most `BATCH` texts; `hurry` where a customer waits.

        Raises `ModelUnavailable` (try later) and `ModelRejected` (trying again is useless).
        """
        started = clock.monotonic()
        body: dict[str, Any] = {
            "model": self.model,
            "input": [text[:_LONGEST_TEXT].strip() or "-" for text in texts],
            "encoding_format": "float",
        }
        if self.model.startswith(_SHORTENED):
            body["dimensions"] = DIMENSIONS
        answer = self._post(body, role="tool" if hurry else "model")
        try:
            rows = sorted(answer["data"], key=lambda row: row["index"])
            vectors = [_unit([float(number) for number in row["embedding"]]) for row in rows]
            tokens = int(answer.get("usage", {}).get("prompt_tokens", 0))
        except (KeyError, TypeError, ValueError, AttributeError):
            raise ModelRejected(gettext_noop("the server does not answer as a server of embeddings does")) from None
        if len(vectors) != len(texts):
            raise ModelRejected(gettext_noop("the server does not answer as a server of embeddings does"))
        if len(vectors[0]) > MOST_DIMENSIONS:
            raise ModelRejected(gettext_noop("the model's vectors are too long; choose a smaller model"))
        usage = Usage(
            provider=self._provider,
            model=self.model,
            input_tokens=tokens,
            output_tokens=0,
            seconds=clock.monotonic() - started,
        )
        return Embedded(vectors=vectors, usage=usage)

    def _post(self, body: dict[str, Any], *, role: str) -> Any:
        door = http.client(role, user_given=not self._operator)
        try:
            headers = {"Authorization": f"Bearer {self._api_key}"}
            answer = door.post(f"{self._base_url}/embeddings", json=body, headers=headers)
        except http.Refused:
            raise ModelRejected(gettext_noop("the address of the model server is not one that may be called")) from None
        except http.HttpError:
            raise ModelUnavailable(gettext_noop("the model server cannot be reached")) from None
        if not answer.ok:
            raise _trouble(answer)
        try:
            return answer.json()
        except ValueError:
            raise ModelRejected(gettext_noop("there is no model server at this address")) from None


def _trouble(answer: http.Response) -> Exception:
    """What a refusal means; never in the server's words, which may repeat the key."""
    if answer.status in {401, 403}:
        return ModelRejected(gettext_noop("the key is not accepted"))
    if _code(answer) in servers.NO_QUOTA or answer.status == 402:
        return ModelRejected(gettext_noop("the account has no quota left"))
    if answer.status == 404:
        return ModelRejected(gettext_noop("the server does not know this model, or makes no embeddings"))
    if servers.is_busy(answer.status):
        return ModelUnavailable(gettext_noop("the model server asks to wait"), servers.retry_after(answer.headers))
    return ModelRejected(gettext_noop("the server refused the request for embeddings"))


def _code(answer: http.Response) -> str:
    try:
        error = answer.json().get("error", {})
    except (ValueError, AttributeError):
        return ""
    return str(error.get("code", "")) if isinstance(error, dict) else ""


def _unit(vector: list[float]) -> list[float]:
    """Of length 1, and filled up with zeros, which change no inner product."""
    length = math.sqrt(sum(number * number for number in vector)) or 1.0
    return [number / length for number in vector] + [0.0] * (DIMENSIONS - len(vector))
