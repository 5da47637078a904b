"""The website widget's way out (its way in is the visitor's socket)."""

from __future__ import annotations

import pytest

from messengers import errors, registry, types
from tests.doubles.recording_io import RecordingIO


def test_a_push_is_addressed_to_the_visitor() -> None:
    io = RecordingIO()
    adapter = registry.open("widget", address={"external_id": "wgt_1"}, io=io)

    sent = adapter.send(types.OutgoingMessage(client_ref="m1", chat_id="v1", text="Hi", author="operator"))

    topic, payload = io.pushes[0]
    assert topic == "visitor.wgt_1.v1"
    assert (payload["message"]["id"], payload["message"]["from"]) == (sent.message_id, "operator")


def test_typing_begins_and_ends() -> None:
    io = RecordingIO()
    adapter = registry.open("widget", address={"external_id": "wgt_1"}, io=io)

    for on in (True, False):
        adapter.signal("v1", "typing", on=on)

    assert [payload for _topic, payload in io.pushes] == [
        {"type": "typing", "on": True},
        {"type": "typing", "on": False},
    ]


def test_there_is_nothing_to_log_in_to() -> None:
    adapter = registry.open("widget", io=RecordingIO())

    with pytest.raises(errors.Unsupported):
        adapter.login(types.Attempt(), None)
    assert adapter.check().state == "connected"
