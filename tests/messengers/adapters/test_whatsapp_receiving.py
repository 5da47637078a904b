"""WaSender's webhooks, as the double posts them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from messengers import errors, types
from messengers.adapter import WebhookRequest
from messengers.adapters.whatsapp.adapter import WhatsAppAdapter
from tests.doubles.receiver import Receiver
from tests.doubles.wasender import Session, WaSender

CUSTOMER = "+380671112233"
LID = "123456789012345@lid"
PICTURE = b"\xff\xd8\xff\xe0 not a real picture, but WaSender only decrypts it"


def requests(receiver: Receiver) -> list[WebhookRequest]:
    return [WebhookRequest(headers=call.headers, body=call.body) for call in receiver.heard]


def received(whatsapp: WhatsAppAdapter, receiver: Receiver) -> list[types.Inbound | types.Unreadable]:
    """Everything that arrived, verified and parsed."""
    found = []
    for request in requests(receiver):
        whatsapp.verify(request, whatsapp.secrets())
        found += whatsapp.parse(request)
    return found


def test_one_message_under_three_events_has_one_key(
    whatsapp: WhatsAppAdapter, double: WaSender, session: Session, receiver: Receiver
) -> None:
    message_id = double.customer_writes(session, CUSTOMER, "Є хліб?", repeats=2)

    found = received(whatsapp, receiver)
    assert len(receiver.heard) == 6
    assert {event.dedup_key for event in found} == {f"message:{message_id}"}
    assert {(event.chat_id, event.text, event.sender.name) for event in found} == {("380671112233", "Є хліб?", "Olha")}


@pytest.mark.parametrize("shape", ["array", "object", "flat"])
def test_every_shape_is_read(
    whatsapp: WhatsAppAdapter, double: WaSender, session: Session, receiver: Receiver, shape: str
) -> None:
    double.customer_writes(session, CUSTOMER, "Hi", shape=shape, only="messages.upsert")

    assert [event.text for event in received(whatsapp, receiver)] == ["Hi"]


def test_the_api_key_in_the_body_is_gone_from_everything(
    whatsapp: WhatsAppAdapter, double: WaSender, session: Session, receiver: Receiver
) -> None:
    double.customer_writes(session, CUSTOMER, f"my key is {session.api_key}?", only="messages.upsert")
    assert session.api_key.encode() in receiver.heard[0].body

    (event,) = received(whatsapp, receiver)

    assert session.api_key not in str(types.dump(event))
    assert session.api_key not in str(whatsapp.redact(receiver.heard[0].body))


def test_only_the_secret_itself_opens_the_door(
    whatsapp: WhatsAppAdapter, double: WaSender, session: Session, receiver: Receiver
) -> None:
    double.customer_writes(session, CUSTOMER, "Hi", only="messages.upsert")
    good = requests(receiver)[0]

    whatsapp.verify(good, ("the new one", session.webhook_secret))
    for headers in ({}, {"x-webhook-signature": ""}, {"x-wasender-signature": session.webhook_secret}):
        with pytest.raises(errors.BadSignature):
            whatsapp.verify(replace(good, headers=headers), whatsapp.secrets())
    with pytest.raises(errors.BadSignature):
        whatsapp.verify(good, ("the new one",))


def test_a_person_known_by_lid_and_by_phone_is_one_chat(
    whatsapp: WhatsAppAdapter, double: WaSender, session: Session, receiver: Receiver
) -> None:
    double.customer_writes(session, CUSTOMER, "one", only="messages.upsert")
    double.customer_writes(session, CUSTOMER, "two", lid=LID, only="messages.upsert")
    double.customer_writes(session, CUSTOMER, "three", lid=LID, with_phone=False, only="messages.upsert")

    plain, both, lid_only = received(whatsapp, receiver)

    assert plain.chat_id == both.chat_id == "380671112233"
    assert both.sender.aliases == (LID,)
    assert lid_only.chat_id == LID
    assert lid_only.sender.phone == ""
    known = whatsapp.identify(LID)
    assert known is not None
    assert (known.id, known.aliases) == ("380671112233", (LID,))
    assert whatsapp.identify("999@lid") is None
    assert whatsapp.identify("380671112233") is None


def test_what_the_owner_types_on_the_phone_names_the_customer(
    whatsapp: WhatsAppAdapter, double: WaSender, session: Session, receiver: Receiver
) -> None:
    double.type_on_phone(session, CUSTOMER, "Вітаю")

    found = received(whatsapp, receiver)
    assert len(found) == 2
    assert {(event.from_us, event.chat_id, event.sender.phone, event.sender.name) for event in found} == {
        (True, "380671112233", CUSTOMER, "")
    }
    assert len({event.dedup_key for event in found}) == 1


def test_seconds_and_milliseconds_are_the_same_moment(
    whatsapp: WhatsAppAdapter, double: WaSender, session: Session, receiver: Receiver
) -> None:
    double.log_out(session)
    double.log_out(session, "need_scan")

    found = received(whatsapp, receiver)
    assert [(event.state, event.sent_at.timestamp()) for event in found] == [("login_required", 1_790_000_000.0)] * 2


def test_a_file_is_decrypted_and_fetched(
    whatsapp: WhatsAppAdapter, double: WaSender, session: Session, receiver: Receiver
) -> None:
    double.customer_writes(session, CUSTOMER, "ось", image=PICTURE, only="messages.upsert")
    (event,) = received(whatsapp, receiver)

    stored = types.load(types.dump(event))
    fetched = whatsapp.fetch(stored.attachments[0].media_ref)

    assert (fetched.content, fetched.mime) == (PICTURE, "image/jpeg")


def test_a_voice_note_and_a_document_are_what_they_are(
    whatsapp: WhatsAppAdapter, double: WaSender, session: Session, receiver: Receiver
) -> None:
    double.customer_writes(session, CUSTOMER, voice=b"OggS...", only="messages.upsert")
    double.customer_writes(session, CUSTOMER, document=b"%PDF-1.7", only="messages.upsert")

    voice, document = [event.attachments[0] for event in received(whatsapp, receiver)]

    assert (voice.kind, voice.mime, voice.duration) == ("voice", "audio/ogg", 3.0)
    assert (document.kind, document.name, document.size) == ("document", "price.pdf", 8)
    assert whatsapp.fetch(document.media_ref).name == "price.pdf"


def test_a_file_that_cannot_be_decrypted_is_final_and_trouble_is_not(
    whatsapp: WhatsAppAdapter, double: WaSender, session: Session, receiver: Receiver
) -> None:
    double.customer_writes(session, CUSTOMER, image=PICTURE, only="messages.upsert")
    ref = received(whatsapp, receiver)[0].attachments[0].media_ref

    double.fail("/decrypt-media", "500")
    with pytest.raises(errors.TryLater):
        whatsapp.fetch(ref)
    ref["message"]["imageMessage"]["mediaKey"] = "AAAA"
    with pytest.raises(errors.Rejected):
        whatsapp.fetch(ref)


def test_a_link_of_a_stranger_does_not_lead_into_our_network(
    whatsapp: WhatsAppAdapter, double: WaSender, session: Session
) -> None:
    double.fail("/decrypt-media", "200", body={"success": True, "publicUrl": "http://127.0.0.1:1/secret"})

    with pytest.raises(errors.Rejected):
        whatsapp.fetch({"key": {"id": "A"}, "message": {"imageMessage": {}}})


def test_a_message_from_before_the_connection_is_history(
    io: object, token: str, double: WaSender, session: Session, receiver: Receiver
) -> None:
    from tests.messengers.adapters.conftest import open_adapter

    whatsapp = open_adapter(io, token=token, session=session, connected_at="2026-09-21T14:13:20+00:00")
    double.customer_writes(session, CUSTOMER, "old", at=1_789_900_000, only="messages.upsert")
    double.customer_writes(session, CUSTOMER, "new", only="messages.upsert")

    assert [(event.text, event.history) for event in received(whatsapp, receiver)] == [("old", True), ("new", False)]
