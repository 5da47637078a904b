"""Files: WhatsApp's encryption of what customers send, and the checks on what we send."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import urllib.request
from typing import Any

import filetype
from cryptography.hazmat.primitives import hashes, padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_MB = 1024 * 1024
_INFO = {"image": "Image", "sticker": "Image", "video": "Video", "audio": "Audio", "document": "Document"}
# field of the send call → kinds of content by their first bytes, and the limit
RULES: dict[str, tuple[tuple[str, ...] | None, int]] = {
    "imageUrl": (("image/jpeg", "image/png"), 5 * _MB),
    "videoUrl": (("video/mp4", "video/3gpp"), 50 * _MB),
    "documentUrl": (None, 100 * _MB),
    "audioUrl": (("audio/aac", "audio/mpeg", "audio/ogg", "audio/amr"), 16 * _MB),
    "stickerUrl": (("image/webp",), 100 * 1024),
}


def problem(field: str, url: str) -> tuple[str, bytes]:
    """Fetch what a send call points to, as WaSender does; a complaint, or '' and the content."""
    kinds, most = RULES[field]
    if not url.startswith(("http://", "https://")):
        return f"The {field} must be a valid URL.", b""
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            content = answer.read(most + 1)
    except (OSError, ValueError):
        return f"The {field} could not be downloaded.", b""
    if len(content) > most:
        return f"The {field} must not be larger than {most // 1024} kilobytes.", b""
    guessed = filetype.guess_mime(content)
    if kinds is not None and guessed not in kinds:
        return f"The {field} must be a file of type: {', '.join(kinds)}; this is {guessed}.", b""
    return "", content


def encrypt(content: bytes, *, kind: str) -> tuple[bytes, dict[str, Any]]:
    """The file as it lies on WhatsApp's server, and what the message says about it."""
    media_key = secrets.token_bytes(32)
    iv, cipher_key, mac_key = _keys(media_key, kind)
    padder = padding.PKCS7(128).padder()
    encryptor = Cipher(algorithms.AES(cipher_key), modes.CBC(iv)).encryptor()
    sealed = encryptor.update(padder.update(content) + padder.finalize()) + encryptor.finalize()
    mac = hmac.new(mac_key, iv + sealed, hashlib.sha256).digest()[:10]
    return sealed + mac, {
        "mediaKey": base64.b64encode(media_key).decode(),
        "fileSha256": base64.b64encode(hashlib.sha256(content).digest()).decode(),
        "fileLength": str(len(content)),
    }


def decrypt(sealed: bytes, *, media_key: str, kind: str) -> bytes:
    """Raises ValueError if key and file do not belong together."""
    iv, cipher_key, mac_key = _keys(base64.b64decode(media_key), kind)
    body, mac = sealed[:-10], sealed[-10:]
    if not hmac.compare_digest(mac, hmac.new(mac_key, iv + body, hashlib.sha256).digest()[:10]):
        raise ValueError("the key does not fit the file")
    decryptor = Cipher(algorithms.AES(cipher_key), modes.CBC(iv)).decryptor()
    unpadder = padding.PKCS7(128).unpadder()
    return unpadder.update(decryptor.update(body) + decryptor.finalize()) + unpadder.finalize()


def _keys(media_key: bytes, kind: str) -> tuple[bytes, bytes, bytes]:
    info = f"WhatsApp {_INFO[kind]} Keys".encode()
    expanded = HKDF(algorithm=hashes.SHA256(), length=112, salt=None, info=info).derive(media_key)
    return expanded[:16], expanded[16:48], expanded[48:80]
