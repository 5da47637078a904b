"""What an answer must not carry out of the house: the text of our instructions, and keys of the company's.

Case, spaces and marks do not count, nor whether it was packed as Base64, as hex or for an address. What is translated
or told in other words is not found here: the rules ask the model not to do that.
"""

from __future__ import annotations

import base64
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from urllib.parse import unquote_plus

from assistants.types import AssistantConfig

_OURS, _THEIRS = 50, 200
"""Letters in a row, without marks and spaces, that are no accident: of our rules or the guardrails; of the company's
instructions, which hold facts that may well be repeated, such as hours and addresses."""
_OURS_IN_PARTS, _THEIRS_IN_PARTS = 120, 280
"""The same, told piece by piece."""
_PIECE = 6
"""Words in a row that make a piece."""
_SHORTEST_SECRET, _SHORTEST_PLAIN_SECRET = 8, 12
"""Letters and digits of a secret that is looked for; the second of one that is a mere word or number."""
_KEY = re.compile(r"\b(?:sk-[\w-]{16,}|whsec_[\w+/=]{8,}|happ_[\w-]{16,}|Bearer\s+[\w.~+/-]{16,}=*)")
_WORD = re.compile(r"[^\W_]+")
_SPACE = re.compile(r"\s+")
_PACKED = re.compile(r"[A-Za-z0-9+/_-]{11,}")
_HEX = re.compile(r"(?:[0-9A-Fa-f]{2}[:-]?){8,}")
_GAP = "\0"


def found(text: str, config: AssistantConfig, rules: str, *, known: Sequence[str] = ()) -> bool:
    """Whether the answer repeats what is for the model alone. `rules` are our own.

    `known` are texts that anybody may hear, such as passages: what stands there too is no secret.
    """
    ours, theirs = _words(f"{rules} {config.guardrails}"), _words(config.prompt)
    for reading in _readings(text):
        said = _words(reading)
        if _is_repeated(said, ours, theirs) and _is_repeated(_without(said, known), ours, theirs):
            return True
    return False


def tells_secret(text: str, secrets: Iterable[str]) -> bool:
    """Whether one of these values (keys, passwords) stands in the answer; a sentence or an address is none of them."""
    keys = (each for each in secrets if each.count(" ") < 2 and not each.startswith(("http://", "https://")))
    wanted = {compact for compact in map(_compact, keys) if _is_no_accident(compact)}
    return bool(wanted) and any(each in _compact(reading) for reading in _readings(text) for each in wanted)


def without_keys(text: str) -> str:
    """The text with anything that looks like a key blotted out."""
    return _KEY.sub("…", text)


def _is_repeated(said: Sequence[str], ours: Sequence[str], theirs: Sequence[str]) -> bool:
    whole = "".join(said)
    return (
        _holds(whole, "".join(ours), _OURS)
        or _holds(whole, "".join(theirs), _THEIRS)
        or _shared(said, ours) >= _OURS_IN_PARTS
        or _shared(said, theirs) >= _THEIRS_IN_PARTS
    )


def _holds(said: str, secret: str, length: int) -> bool:
    """Whether so many letters in a row of the secret were said."""
    if len(said) < length or len(secret) < length:
        return False
    # any stretch of one and a half lengths holds one of these whole
    starts = [*range(0, len(secret) - length + 1, length // 2), len(secret) - length]
    return any(secret[at : at + length] in said for at in starts)


def _shared(said: Sequence[str], secret: Sequence[str]) -> int:
    """Letters of what was said that stand in pieces which the secret has, too."""
    return sum(len(word) for word, common in zip(said, _common(said, _pieces(secret)), strict=True) if common)


def _without(said: Sequence[str], known: Iterable[str]) -> list[str]:
    """What was said, with a gap for each word that stands in a piece of what is known."""
    free = {piece for text in known for piece in _pieces(_words(text))}
    return [_GAP if common else word for word, common in zip(said, _common(said, free), strict=True)]


def _common(said: Sequence[str], pieces: set[tuple[str, ...]]) -> list[bool]:
    flags = [False] * len(said)
    for at in range(len(said) - _PIECE + 1):
        if tuple(said[at : at + _PIECE]) in pieces:
            flags[at : at + _PIECE] = [True] * _PIECE
    return flags


def _pieces(words: Sequence[str]) -> set[tuple[str, ...]]:
    return {tuple(words[at : at + _PIECE]) for at in range(len(words) - _PIECE + 1)}


def _words(text: str) -> list[str]:
    return _WORD.findall(unicodedata.normalize("NFKC", text).casefold())


def _compact(text: str) -> str:
    return "".join(_words(text))


def _is_no_accident(compact: str) -> bool:
    mere = compact.isalpha() or compact.isdigit()
    return len(compact) >= (_SHORTEST_PLAIN_SECRET if mere else _SHORTEST_SECRET)


def _readings(text: str) -> Iterator[str]:
    """The text, and what it says where something in it is packed."""
    yield text
    if "%" in text or "+" in text:
        yield unquote_plus(text)
    joined = _SPACE.sub("", text)
    for packed in dict.fromkeys([*_PACKED.findall(text), *_PACKED.findall(joined)]):
        yield from _unpacked(packed)
    for packed in _HEX.findall(joined):
        digits = re.sub(r"[:-]", "", packed)
        yield bytes.fromhex(digits).decode("utf-8", "ignore")


def _unpacked(packed: str) -> Iterator[str]:
    """As Base64 of either alphabet; it may begin anywhere in what surrounds it."""
    plain = packed.replace("-", "+").replace("_", "/")
    for start in range(4):
        part = plain[start:]
        part = part[:-1] if len(part) % 4 == 1 else part
        yield base64.b64decode(part + "=" * (-len(part) % 4)).decode("utf-8", "ignore")
