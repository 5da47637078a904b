"""What E-Chat's answers mean, where nobody documented them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from happ_project.core import http
from messengers import errors, registry, types
from messengers.adapter import WebhookRequest
from tests.doubles.echat import EChat, Number
from tests.doubles.http_double import Answer
from tests.doubles.recording_io import MemoryMedia, RecordingIO

OURS = "01995f4e-0000-7000-8000-000000000001"


@pytest.fixture
def double() -> Iterator[EChat]:
    with EChat() as double:
        yield double


@pytest.fixture
def number(double: EChat) -> Number:
    return double.add_number(connected=True)


def open_adapter(double: EChat, number: Number, **settings: Any) -> Any:
    io = RecordingIO(settings={"ECHAT_BASE_URL": double.base_url, **settings}, media=MemoryMedia(double.origin))
    return registry.open("viber", account={"key": number.key}, address={"external_id": number.number}, io=io)


def hello(**fields: Any) -> types.OutgoingMessage:
    return types.OutgoingMessage(**{"client_ref": OURS, "chat_id": "380671112233", "text": "Hello", **fields})


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        (Answer(403, b"error code: 1010", {"Content-Type": "text/plain"}), errors.TryLater),
        (Answer(403, {"status": "Error", "description": "Forbidden"}), errors.LoginRequired),
        (Answer(522, b"<html>", {"Content-Type": "text/html"}), errors.TryLater),
        (Answer(524, b"<html>", {"Content-Type": "text/html"}), errors.Unsure),
        (Answer(200, {"status": "ERROR", "description": "The tariff has expired"}), errors.LoginRequired),
        (Answer(200, {"status": "Error", "description": "Too many messages"}), errors.TryLater),
        (Answer(200, {"status": "error", "description": "Wrong recipient"}), errors.Rejected),
        (Answer(200, {"status": "Perhaps"}), errors.Unsure),
        (Answer(200, {}), errors.Unsure),
        (Answer(200, b"<html>", {"Content-Type": "text/html"}), errors.Unsure),
    ],
)
def test_an_answer_is_read_so_that_nothing_is_sent_twice(
    double: EChat, number: Number, answer: Answer, verdict: type[errors.MessengerError]
) -> None:
    double.fail("/messages/send", str(answer.status), answer=answer)

    with pytest.raises(verdict):
        open_adapter(double, number).send(hello())


def test_a_library_that_calls_under_its_own_name_is_turned_away_and_we_are_not(double: EChat, number: Number) -> None:
    url, headers = f"{double.base_url}/channel/connect", {"Api-Key": number.key}
    stranger = http.client("messenger", user_given=False)
    refused = stranger.post(url, headers={**headers, "User-Agent": "python-requests/2.32"}, json={})

    assert refused.status == 403
    assert open_adapter(double, number).check().state == "connected"


def test_a_key_in_a_reason_is_not_repeated(double: EChat, number: Number) -> None:
    told = Answer(401, {"status": "Error", "description": f"Key {number.key} is unknown"})
    double.fail("/messages/send", "401", answer=told)

    with pytest.raises(errors.LoginRequired) as caught:
        open_adapter(double, number).send(hello())

    assert number.key not in caught.value.reason


def test_an_id_of_echats_own_is_learnt_beside_ours(double: EChat, number: Number) -> None:
    double.names_ids = True

    sent = open_adapter(double, number).send(hello())

    assert (sent.message_id, sent.provider_ref) == (double.sent[0].own_id, OURS)


@pytest.mark.parametrize("how", ["file", "text"])
def test_a_file_goes_in_either_form(double: EChat, number: Number, how: str) -> None:
    double.files["f"] = b"\xff\xd8\xff", "image/jpeg"
    picture = types.OutgoingAttachment(kind="image", file_id="f", mime="image/jpeg", size=3)

    open_adapter(double, number, ECHAT_FILE_FIELD=how).send(hello(text="", attachment=picture))

    assert double.sent[0].media == b"\xff\xd8\xff"
    assert ("file" in double.sent[0].body) is (how == "file")


def test_what_was_connected_before_is_healthy_and_an_ended_tariff_is_not(double: EChat, number: Number) -> None:
    adapter = open_adapter(double, number)
    assert adapter.check().state == "connected"

    number.connected, number.end_tarif = False, "01.02.2020"

    assert adapter.check().state == "login_required"


@pytest.mark.parametrize(("caller", "allowed"), [("192.0.2.7", True), ("198.51.100.7", False), ("", False)])
def test_the_operator_may_name_the_networks_that_call(
    double: EChat, number: Number, caller: str, allowed: bool
) -> None:
    adapter = open_adapter(double, number, ECHAT_CALLERS=["192.0.2.0/24"])
    request = WebhookRequest(body=b"{}", caller=caller)

    if allowed:
        adapter.verify(request, ())
    else:
        with pytest.raises(errors.BadSignature):
            adapter.verify(request, ())


def test_two_texts_without_id_and_time_are_two_messages(double: EChat, number: Number) -> None:
    body = b'{"event": "incoming_message", "contact": {"number": "380671112233"}, "message": {"text": "ok"}}'
    adapter = open_adapter(double, number)

    first, second = (adapter.parse(WebhookRequest(body=body, id=each))[0] for each in ("request-1", "request-2"))

    assert first.dedup_key != second.dedup_key
