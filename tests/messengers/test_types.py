"""What crosses the border survives storage."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from messengers import types

AT = datetime(2026, 11, 22, 10, 30, 15, 123456, tzinfo=UTC)
COMMON: dict[str, Any] = {
    "dedup_key": "k", "chat_id": "c", "address_ref": "a", "sent_at": AT, "raw": {"x": [1, {"y": None}]}
}  # fmt: skip
EVENTS = [
    types.MessageReceived(
        **COMMON,
        message_id="m",
        sender=types.Contact(id="1", name="Оля", aliases=("2", "3"), avatar_ref={"id": 5}),
        text="hi",
        attachments=(types.Attachment(kind="image", media_ref={"u": "v"}, size=3, duration=1.5),),
        from_us=True,
        history=True,
        reply_to="r",
    ),
    types.MessageReceived(dedup_key="k", chat_id="c", message_id="m", sender=types.Contact(id="1")),
    types.ReceiptReceived(**COMMON, status="read", message_id="m", provider_ref="7", error="e"),
    types.MessageEdited(**COMMON, message_id="m", text="t"),
    types.MessageDeleted(**COMMON, message_id="m", from_us=True),
    types.ReactionReceived(**COMMON, message_id="m", emoji="❤️"),
    types.StateChanged(**COMMON, state="login_required", detail="d"),
    types.Unreadable(raw=None, reason="r", digest="d"),
    types.Unreadable(raw={"a": 1}, reason="r", digest="d"),
]
STEPS = [
    types.Ask(
        fields=(
            types.AskField(name="n", label="l", kind="choice", choices=(types.Choice(value="1", label="one"),)),
            types.AskField(name="m", label="l", error="e"),
        ),
        copy="https://x",
    ),
    types.Show(qr="2@x", text="scan", poll_after=2.5),
    types.Visit(url="https://x"),
    types.Done(
        account=types.AccountGrant(external_id="1", credentials={"token": "s"}),
        addresses=(types.AddressGrant(external_id="2", config={"a": True}),),
    ),
]


@pytest.mark.parametrize("value", [*EVENTS, *STEPS], ids=lambda value: type(value).__name__)
def test_a_value_comes_back_from_json_equal(value: Any) -> None:
    assert types.load(json.loads(json.dumps(types.dump(value)))) == value


def test_an_old_row_without_a_newer_field_can_be_read() -> None:
    stored = types.dump(EVENTS[0])
    del stored["history"], stored["reply_to"]

    assert types.load(stored | {"field_of_tomorrow": 1}).history is False


def test_a_row_without_a_needed_field_is_named() -> None:
    stored = types.dump(EVENTS[0])
    del stored["message_id"]

    with pytest.raises(KeyError, match="message_id"):
        types.load(stored)


def test_credentials_and_bodies_do_not_show() -> None:
    shown = repr([*EVENTS, *STEPS]) + repr(types.Attempt(state={"token": "s3cret"}))

    assert "s3cret" not in shown
    assert "token" not in shown
    assert "2@x" not in shown
