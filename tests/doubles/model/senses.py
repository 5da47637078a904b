"""What else the server does beside writing: it hears recordings, and says what texts mean as vectors."""

from __future__ import annotations

import base64
import struct
import zlib
from typing import Any

from tests.doubles.http_double import Call

LISTENS_TO = (".flac", ".mp3", ".mp4", ".mpeg", ".mpga", ".m4a", ".ogg", ".wav", ".webm")


def form(call: Call) -> dict[str, Any]:
    """A recording's form: texts, and a file as its name and size."""
    texts, files = call.form()
    return {**texts, **{name: {"name": named, "size": len(content)} for name, (named, content) in files.items()}}


def embeddings(body: dict[str, Any]) -> dict[str, Any]:
    """Texts with common words have vectors that point the same way."""
    texts = [body["input"]] if isinstance(body["input"], str) else body["input"]
    rows = []
    for number, text in enumerate(texts):
        vector = [0.0] * body.get("dimensions", 256)
        for word in text.lower().replace("?", " ").replace(".", " ").split():
            vector[zlib.crc32(word.encode()) % len(vector)] += 1.0
        as_text = body.get("encoding_format") == "base64"
        packed = struct.pack(f"<{len(vector)}f", *vector)
        told: Any = base64.b64encode(packed).decode() if as_text else vector
        rows.append({"object": "embedding", "index": number, "embedding": told})
    return {"object": "list", "model": body["model"], "data": rows, "usage": {"prompt_tokens": 3, "total_tokens": 3}}
