"""Nothing that a connection could bring stops us, whatever is wrong with it; and what a voice note tells of itself."""

from __future__ import annotations

import base64
import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest
from telethon.extensions import BinaryReader
from telethon.tl.tlobject import TLObject

from messengers import types
from messengers.adapters.telegram import samples, voice
from messengers.adapters.telegram.client.peers import Peers
from messengers.adapters.telegram.client.reading import Reader

# the wire is typed: a number is never a text there, but anything may be missing or out of all bounds
ODD: dict[type, list[Any]] = {
    str: ["", "x\x00", "9" * 400],
    bytes: [b"", b"\xff"],
    bool: [None, True],
    int: [0, -1, 2**63 - 1],
    float: [0.0, -1.0, 1e300],
    list: [[]],
}


def updates_of(sample: Any) -> list[TLObject]:
    with BinaryReader(base64.b64decode(sample.body["updates"])) as reader:
        return list(reader.tgread_object().updates)


def variants(told: TLObject) -> Iterator[TLObject]:
    """The object with each of its parts replaced by something that nobody expects, one at a time, at every depth."""
    for name, value in vars(told).items():
        if name.startswith("_"):
            continue
        for odd in [None, *ODD.get(type(value), [])]:
            changed = copy.copy(told)
            setattr(changed, name, odd)
            yield changed
        if isinstance(value, TLObject):
            for inner in variants(value):
                changed = copy.copy(told)
                setattr(changed, name, inner)
                yield changed


@pytest.mark.parametrize("sample", samples.SAMPLES, ids=lambda sample: sample.name)
def test_nothing_odd_is_stumbled_over(sample: Any) -> None:
    reader = Reader(own_id=1000, peers=Peers(None))  # type: ignore[arg-type]

    for update in updates_of(sample):
        for odd in variants(update):
            for event in reader.read(odd):
                if not isinstance(event, types.Unreadable):
                    told = json.dumps(types.dump(event))
                    assert "\\u0000" not in told, "PostgreSQL does not store it"


def test_what_is_no_opus_recording_is_not_listened_to() -> None:
    for data in (b"", b"OggS", b"ID3" + b"\0" * 200, b"OggS" + b"\0" * 200):
        assert voice.listen(data) is None


def test_a_recording_that_breaks_off_is_listened_to_as_far_as_it_goes() -> None:
    head = b"OggS\0\x02" + b"\0" * 20 + b"\x01\x13" + b"OpusHead\x01\x01\x38\x01" + b"\0" * 7

    heard = voice.listen(head + b"OggS\0\0\xff\xff")

    assert heard is not None
    assert heard.seconds == 1
