"""Sending over WaSender, and finding out what became of it."""

from __future__ import annotations

import io as streams
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from PIL import Image

from happ_project.core import clock as core_clock
from happ_project.core.formatted import Formatted
from happ_project.core.http import door
from messengers import errors, types
from messengers.adapters.whatsapp.adapter import WhatsAppAdapter
from tests.doubles.recording_io import RecordingIO
from tests.doubles.wasender import Session, WaSender
from tests.messengers.adapters.conftest import Clock, open_adapter

CHAT = "380671112233"
AT = datetime.fromtimestamp(1_790_000_000, UTC)


def message(text: str = "Вітаю", **fields: Any) -> types.OutgoingMessage:
    return types.OutgoingMessage(**{"client_ref": "ref", "chat_id": CHAT, "text": text} | fields)


def picture(form: str = "PNG") -> bytes:
    drawn = streams.BytesIO()
    Image.new("RGB", (20, 20), "#16a34a").save(drawn, form)
    return drawn.getvalue()


def file(double: WaSender, content: bytes, kind: str, mime: str, **fields: Any) -> types.OutgoingAttachment:
    """A stored file that the double can fetch."""
    file_id = double.keep_file(content, mime).rpartition("/")[2]
    return types.OutgoingAttachment(kind=kind, file_id=file_id, mime=mime, size=len(content), **fields)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    quick = replace(door.ROLES["messenger"], read=0.3)
    monkeypatch.setattr(door, "ROLES", {**door.ROLES, "messenger": quick})


def test_a_text_is_accepted_under_wasenders_number(whatsapp: WhatsAppAdapter, double: WaSender) -> None:
    sent = whatsapp.send(message())

    (accepted,) = double.sent
    assert (accepted.jid, accepted.body["text"]) == (f"{CHAT}@s.whatsapp.net", "Вітаю")
    assert (sent.message_id, sent.provider_ref) == ("", str(accepted.msg_id))


def test_a_lid_is_answered_as_it_came(whatsapp: WhatsAppAdapter, double: WaSender) -> None:
    whatsapp.send(message(chat_id="123456789012345@lid"))

    assert double.sent[0].jid == "123456789012345@lid"


def test_a_picture_is_fetched_by_wasender_with_its_caption(whatsapp: WhatsAppAdapter, double: WaSender) -> None:
    content = picture()

    whatsapp.send(message("Ось", attachment=file(double, content, "image", "image/png")))

    assert double.sent[0].media == content
    assert double.sent[0].body["text"] == "Ось"


def test_a_document_keeps_its_name_and_a_voice_has_no_text(whatsapp: WhatsAppAdapter, double: WaSender) -> None:
    whatsapp.send(message("", attachment=file(double, b"%PDF-1.7 x", "document", "application/pdf", name="ціни.pdf")))
    whatsapp.send(message("", attachment=file(double, b"OggS" + b"\0" * 300, "voice", "audio/ogg")))

    assert double.sent[0].body["fileName"] == "ціни.pdf"
    assert "audioUrl" in double.sent[1].body
    with pytest.raises(errors.Unsupported):
        whatsapp.send(message("text", attachment=file(double, b"OggS", "voice", "audio/ogg")))


def test_wasenders_own_complaint_is_the_reason(whatsapp: WhatsAppAdapter, double: WaSender) -> None:
    """The file says PNG and is none: WaSender looks at the content."""
    with pytest.raises(errors.Rejected, match="must be a file of type") as caught:
        whatsapp.send(message("", attachment=file(double, b"GIF89a" + b"\0" * 50, "image", "image/png")))

    assert caught.value.code == "invalid"
    double.not_on_whatsapp.add(CHAT)
    with pytest.raises(errors.Rejected, match="does not exist"):
        whatsapp.send(message())


def test_an_answer_quotes_only_what_wasender_can_name(whatsapp: WhatsAppAdapter, double: WaSender) -> None:
    whatsapp.send(message(reply_to="3EB0ABCDEF"))
    whatsapp.send(message(reply_to="100001"))

    assert [sent.body.get("replyTo") for sent in double.sent] == [None, 100001]


def test_protection_paces_the_number(io: RecordingIO, double: WaSender, token: str, clock: Clock) -> None:
    session = double.add_session(token, account_protection=True)
    whatsapp = open_adapter(io, token=token, session=session, account_protection=True)

    assert whatsapp.send(message()).wait == 5
    with pytest.raises(errors.TryLater) as caught:
        whatsapp.send(message())
    assert caught.value.retry_after == 5
    assert whatsapp.pacing().min_interval == 5
    clock.now += 5
    whatsapp.send(message())
    assert len(double.sent) == 2


def test_a_reset_given_as_a_time_is_understood(
    whatsapp: WhatsAppAdapter, double: WaSender, session: Session, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(core_clock, "now", lambda: AT)
    session.trial = True

    assert whatsapp.send(message()).wait == 60
    with pytest.raises(errors.TryLater) as caught:
        whatsapp.send(message())
    assert caught.value.retry_after == 60


def test_the_plan_paces_an_unprotected_number(io: RecordingIO, double: WaSender, token: str) -> None:
    session = double.add_session(token)
    whatsapp = open_adapter(io, token=token, session=session, account_protection=False)

    assert whatsapp.send(message()).wait == 0
    assert whatsapp.pacing().min_interval < 0.3


@pytest.mark.parametrize(
    ("status", "answer", "verdict", "pause"),
    [
        ("429", {"headers": {"Retry-After": "9"}, "body": {"retry_after": 5}}, errors.TryLater, 9),
        ("429", {"body": {"retry_after": 5}}, errors.TryLater, 5),
        ("429", {}, errors.TryLater, 1),
        ("400", {"body": {"message": "Your WhatsApp session is not connected"}}, errors.TryLater, 30),
        ("403", {"body": {"message": "No active subscription"}}, errors.LoginRequired, None),
        ("401", {"body": {"message": "Invalid API key"}}, errors.LoginRequired, None),
        ("404", {}, errors.Rejected, None),
        ("413", {}, errors.Rejected, None),
        ("422", {"body": {"errors": {"to": ["No such number."]}}}, errors.Rejected, None),
        ("503", {"headers": {"Retry-After": "20"}}, errors.TryLater, 20),
        ("503", {}, errors.Unsure, None),
        ("502", {}, errors.Unsure, None),
        ("200", {"body": {"success": False, "message": "Your session is not connected"}}, errors.TryLater, 30),
    ],
)
def test_a_refusal_is_understood(
    whatsapp: WhatsAppAdapter, double: WaSender, status: str, answer: dict, verdict: type, pause: float | None
) -> None:
    double.fail("/send-message", status, **answer)

    with pytest.raises(verdict) as caught:
        whatsapp.send(message())

    assert getattr(caught.value, "retry_after", None) == pause
    assert double.sent == []


@pytest.mark.parametrize("how", ["accept+hang", "accept+reset", "accept+500", "nonsense"])
def test_a_lost_answer_is_unsure(whatsapp: WhatsAppAdapter, double: WaSender, impatient: None, how: str) -> None:
    double.fail("/send-message", how)

    with pytest.raises(errors.Unsure):
        whatsapp.send(message())


def test_a_logged_out_key_asks_for_a_login(whatsapp: WhatsAppAdapter, session: Session) -> None:
    session.api_key = "ab" * 32

    with pytest.raises(errors.LoginRequired):
        whatsapp.send(message())
    with pytest.raises(errors.LoginRequired):
        whatsapp.check()


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("connected", "connected"),
        ("CONNECTED", "connected"),
        ("need_scan", "login_required"),
        ("logged_out", "login_required"),
        ("disconnected", "disconnected"),
        ("pondering", "disconnected"),
    ],
)
def test_the_state_is_told_in_our_words(whatsapp: WhatsAppAdapter, session: Session, status: str, state: str) -> None:
    session.status = status

    assert whatsapp.check().state == state


def test_typing_and_reading_are_shown(whatsapp: WhatsAppAdapter, double: WaSender) -> None:
    whatsapp.signal(CHAT, "typing")
    whatsapp.signal(CHAT, "typing", on=False)
    whatsapp.signal(CHAT, "read", message_id="3A1")

    assert double.presence == [{"jid": f"{CHAT}@s.whatsapp.net", "type": "composing"}]
    assert double.read == [{"id": "3A1", "remoteJid": f"{CHAT}@s.whatsapp.net", "fromMe": False}]


def test_own_messages_are_edited_and_deleted_by_wasenders_number(whatsapp: WhatsAppAdapter, double: WaSender) -> None:
    sent = whatsapp.send(message())
    ref = types.MessageRef(chat_id=CHAT, provider_ref=sent.provider_ref)

    whatsapp.edit(ref, Formatted("Вибачте"))
    assert double.sent[0].body["text"] == "Вибачте"
    whatsapp.delete(ref)
    assert double.sent[0].body == {"deleted": True}
    with pytest.raises(errors.Unsupported):
        whatsapp.delete(types.MessageRef(chat_id=CHAT, message_id="3EB0"))


# --- what became of it ------------------------------------------------------------------------------------------------


def ref(client_ref: str = "ref", **fields: Any) -> types.MessageRef:
    return types.MessageRef(**{"chat_id": CHAT, "client_ref": client_ref, "text": "Вітаю", "sent_at": AT} | fields)


def test_wasenders_number_leads_to_whatsapps_id(whatsapp: WhatsAppAdapter, double: WaSender) -> None:
    sent = whatsapp.send(message())
    accepted = double.sent[0]
    accepted.status = 3

    (told,) = whatsapp.reconcile([ref(provider_ref=sent.provider_ref)])

    assert (told.client_ref, told.status, told.message_id) == ("ref", "delivered", accepted.key_id)


def test_a_number_that_wasender_does_not_know_settles_nothing(whatsapp: WhatsAppAdapter) -> None:
    assert [told.status for told in whatsapp.reconcile([ref(provider_ref="5")])] == [None]


@pytest.mark.parametrize("how", ["accept+hang", "accept+reset", "accept+500"])
def test_the_log_finds_a_message_whose_answer_was_lost(
    whatsapp: WhatsAppAdapter, double: WaSender, impatient: None, how: str
) -> None:
    double.fail("/send-message", how)
    with pytest.raises(errors.Unsure):
        whatsapp.send(message())

    (told,) = whatsapp.reconcile([ref()], known=set())

    accepted = double.sent[0]
    assert (told.status, told.message_id, told.provider_ref) == ("sent", accepted.key_id, str(accepted.msg_id))


def test_the_log_tells_a_failure_with_its_reason(whatsapp: WhatsAppAdapter, double: WaSender, impatient: None) -> None:
    double.fail("/send-message", "accept+reset")
    with pytest.raises(errors.Unsure):
        whatsapp.send(message())
    double.deliver(double.sent[0], "failed")

    (told,) = whatsapp.reconcile([ref()], known=set())

    assert (told.status, told.error) == ("failed", "The number does not answer")


def test_an_equal_message_is_not_taken_for_a_lost_one(whatsapp: WhatsAppAdapter, double: WaSender) -> None:
    """The first "Вітаю" was sent; the second got lost before WaSender saw it."""
    first = whatsapp.send(message())
    double.fail("/send-message", "reset")
    with pytest.raises(errors.Unsure):
        whatsapp.send(message())

    assert whatsapp.reconcile([ref("second")], known={first.provider_ref}) == []
    assert whatsapp.reconcile([ref("second")]) == [], "without knowing the others' numbers nothing is guessed"


def test_two_lost_messages_and_one_entry_settle_nothing(
    whatsapp: WhatsAppAdapter, double: WaSender, impatient: None
) -> None:
    double.fail("/send-message", "accept+reset")
    with pytest.raises(errors.Unsure):
        whatsapp.send(message())

    assert whatsapp.reconcile([ref("one"), ref("two")], known=set()) == []


@pytest.mark.parametrize(
    "other",
    [{"text": "Інше"}, {"chat_id": "380670000000"}, {"sent_at": datetime.fromtimestamp(1_790_003_600, UTC)}],
    ids=["text", "chat", "time"],
)
def test_an_entry_that_does_not_fit_is_somebody_elses(
    whatsapp: WhatsAppAdapter, double: WaSender, impatient: None, other: dict[str, Any]
) -> None:
    double.fail("/send-message", "accept+reset")
    with pytest.raises(errors.Unsure):
        whatsapp.send(message())

    assert whatsapp.reconcile([ref(**other)], known=set()) == []


def test_without_a_log_unsure_stays_unsure(
    io: RecordingIO, double: WaSender, token: str, session: Session, impatient: None
) -> None:
    session.log_messages = False
    double.fail("/send-message", "accept+reset", times=2)
    for whatsapp in (open_adapter(io, token=token, session=session), open_adapter(io, session=session)):
        with pytest.raises(errors.Unsure):
            whatsapp.send(message())

        assert whatsapp.reconcile([ref()], known=set()) == []
