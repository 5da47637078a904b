"""What else the server does beside writing: it hears recordings, and says what texts mean as vectors."""

from __future__ import annotations

import base64
import email
import struct
import zlib
from typing import Any

LISTENS_TO = (".flac", ".mp3", ".mp4", ".mpeg", ".mpga", ".m4a", ".ogg", ".wav", ".webm")


def form(content_type: str, raw: bytes) -> dict[str, Any]:
    """The parts of a multipart body: texts, and a file as its name and size."""
    parts = email.message_from_bytes(b"Content-Type: " + content_type.encode() + b"\r\n\r\n" + raw).get_payload()
    found: dict[str, Any] = {}
    for part in parts:
        content = part.get_payload(decode=True)
        name = str(part.get_param("name", header="content-disposition"))
        filename = part.get_filename()
        found[name] = {"name": filename, "size": len(content)} if filename else content.decode()
    return found


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
