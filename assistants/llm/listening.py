"""Writing down what is said in a recording: OpenAI's transcription, and servers that speak the same wire.

Without the SDK: it is one request. Facts about the wire: OpenAI's guide to speech to text.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from assistants.errors import ModelRejected, ModelUnavailable
from assistants.llm import openai_errors, servers
from assistants.types import Usage
from happ_project.core import clock, http
from happ_project.core.text import gettext_noop, storable

DEFAULT_MODEL = "gpt-transcribe"
LARGEST = 25 * 1024 * 1024
"""Bytes that OpenAI takes."""
EXTENSIONS = {
    "audio/ogg": "ogg",
    "audio/opus": "ogg",
    "application/ogg": "ogg",
    "video/ogg": "ogg",
    "audio/mpeg": "mp3",
    "audio/mp4": "m4a",
    "audio/x-m4a": "m4a",
    "audio/m4a": "m4a",
    "video/mp4": "mp4",
    "audio/webm": "webm",
    "video/webm": "webm",
    "audio/wav": "wav",
    "audio/x-wav": "wav",
    "audio/flac": "flac",
    "audio/x-flac": "flac",
}
"""What it takes, and by which name it must go: it looks at the name. Others have to be coded anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listener:
    """A transcription model behind an address; with `operator` the address may be a private one."""

    api_key: str = field(repr=False)
    base_url: str = ""
    model: str = DEFAULT_MODEL
    operator: bool = False

    def transcribe(self, data: bytes, *, mime: str) -> tuple[str, Usage]:
        """The words, and what they took. Raises `ModelUnavailable` and `ModelRejected`."""
        started = clock.monotonic()
        door = http.client("model", user_given=not (self.operator or servers.is_official(self.base_url)))
        try:
            answer = door.post(
                f"{servers.address(self.base_url)}/audio/transcriptions",
                headers={"Authorization": f"Bearer {self.api_key}"},
                data={"model": self.model, "response_format": "json"},
                files={"file": (f"voice.{EXTENSIONS.get(mime, 'ogg')}", data, mime)},
            )
        except http.Refused:
            reason = gettext_noop("the address of the model server is not one that may be called")
            raise ModelRejected(reason) from None
        except http.HttpError:
            raise ModelUnavailable(gettext_noop("the model server cannot be reached")) from None
        if servers.is_busy(answer.status):
            reason = f"{openai_errors.ANSWERED}: {answer.status}"
            raise ModelUnavailable(reason, servers.retry_after(answer.headers))
        if not answer.ok:
            raise ModelRejected(f"{gettext_noop('the request was refused')}: {answer.status}")
        told = _read(answer)
        usage = told.get("usage") if isinstance(told.get("usage"), dict) else {}
        return storable(told["text"]).strip(), Usage(
            provider=servers.provider(self.base_url),
            model=self.model,
            input_tokens=_count(usage, "input_tokens"),
            output_tokens=_count(usage, "output_tokens"),
            seconds=clock.monotonic() - started,
        )


def _read(answer: http.Response) -> dict[str, Any]:
    try:
        told = answer.json()
    except ValueError:
        told = None
    if not isinstance(told, dict) or not isinstance(told.get("text"), str):
        raise ModelRejected(gettext_noop("there is no model server at this address"))
    return told


def _count(usage: Any, name: str) -> int | None:
    value = usage.get(name)
    return value if isinstance(value, int) and value >= 0 else None
