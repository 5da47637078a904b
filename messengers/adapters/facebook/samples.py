"""Bodies as Meta documents them for Messenger, and what each means."""

from __future__ import annotations

from typing import Any

from messengers import types
from messengers.samples import Sample, Scene
from messengers.vendors.meta import signature
from messengers.vendors.meta.recorded import AT, MS, SETTINGS, item, late

PAGE, PERSON = "110000000000001", "7100000000000001"

SCENE = Scene(
    account={"token": "EAAU-token-of-a-person-in-the-samples"},
    external_id=PAGE,
    credentials={"token": "EAAP-token-of-a-page-in-the-samples"},
    config={"route": "page", "page_id": PAGE, "subscription": f"page:{PAGE}"},
    settings=SETTINGS,
)


def sign(body: bytes, secret: str) -> dict[str, str]:
    """The headers that vouch for a body."""
    return {"X-Hub-Signature-256": signature.of(body, secret)}


def _body(*items: dict[str, Any], **entry: Any) -> dict[str, Any]:
    return {"object": "page", "entry": [{"id": PAGE, "time": MS, "messaging": list(items)} | entry]}


def _from(part: dict[str, Any], **more: Any) -> dict[str, Any]:
    return item(PERSON, PAGE, part, **more)


def _to(part: dict[str, Any]) -> dict[str, Any]:
    return item(PAGE, PERSON, part)


def _message(mid: str, **content: Any) -> dict[str, Any]:
    return _from({"message": {"mid": mid, **content}})


def _files(kind: str, **payload: Any) -> list[dict[str, Any]]:
    return [{"type": kind, "payload": {"url": "https://cdn.fbsbx.com/v/t59/file.bin?oe=1", **payload}}]


def _file(kind: types.AttachmentKind, name: str = "") -> tuple[types.Attachment, ...]:
    return (types.Attachment(kind=kind, media_ref={"url": "https://cdn.fbsbx.com/v/t59/file.bin?oe=1"}, name=name),)


def _received(mid: str, text: str = "", **more: Any) -> types.MessageReceived:
    told: dict[str, Any] = {
        "dedup_key": f"message:{mid}", "chat_id": PERSON, "address_ref": PAGE, "sent_at": AT, "message_id": mid,
        "sender": types.Contact(id=PERSON), "text": text,
    }  # fmt: skip
    return types.MessageReceived(**told | more)


_COMMON: dict[str, Any] = {"chat_id": PERSON, "address_ref": PAGE, "sent_at": AT}

_MESSAGES = (
    Sample(name="a text", body=_body(_message("m_1", text="Добрий день")), events=(_received("m_1", "Добрий день"),)),
    Sample(
        name="the same text again, alone in its list of changes",
        body={
            "object": "page",
            "entry": [
                {
                    "id": PAGE,
                    "time": MS,
                    "changes": [{"field": "messages", "value": _message("m_1", text="Добрий день")}],
                }
            ],
        },
        events=(_received("m_1", "Добрий день"),),
    ),
    Sample(
        name="two pages and three events, not in order, one of them broken",
        body={
            "object": "page",
            "entry": [
                {
                    "id": PAGE,
                    "time": MS,
                    "messaging": [
                        _from({"message": {"mid": "m_3", "text": "second"}}, timestamp=MS + 2000),
                        _from({"message": {"text": "nameless"}}),
                        _message("m_2", text="first"),
                    ],
                },
                {
                    "id": "110000000000002",
                    "messaging": [item("71", "110000000000002", {"message": {"mid": "m_4", "text": "?"}})],
                },
            ],
        },
        events=(
            _received("m_2", "first"),
            _received("m_4", "?", chat_id="71", address_ref="110000000000002", sender=types.Contact(id="71")),
            _received("m_3", "second", sent_at=late(2)),
            types.Unreadable(raw=None, reason="an event without the message's id", digest=""),
        ),
    ),
    Sample(
        name="a quick reply, which quotes",
        body=_body(_message("m_5", text="Так", quick_reply={"payload": "YES"}, reply_to={"mid": "m_0"})),
        events=(_received("m_5", "Так", reply_to="m_0"),),
    ),
    Sample(
        name="a button",
        body=_body(_from({"postback": {"title": "Почати", "payload": "GET_STARTED", "mid": "m_6"}})),
        events=(_received("m_6", "Почати"),),
    ),
    Sample(
        name="a message that came through an advertisement",
        body=_body(
            _message(
                "m_7", text="Ціна?", referral={"ref": "sale", "source": "ADS", "ads_context_data": {"ad_title": "Хліб"}}
            )
        ),
        events=(
            _received(
                "referral-1613d75f71cec8b62de011994f0ecab9",
                "Хліб",
                specific_type="referral",
                silent=True,
            ),
            _received("m_7", "Ціна?"),
        ),
    ),
    Sample(
        name="somebody who came by a link and says nothing yet",
        body=_body(_from({"referral": {"ref": "flyer", "source": "SHORTLINK", "type": "OPEN_THREAD"}})),
        events=(
            _received("referral-a7db946d9ead509136b74697ff0f6306", "flyer", specific_type="referral", silent=True),
        ),
    ),
)

_FILES = (
    Sample(
        name="a picture",
        body=_body(_message("f_1", attachments=_files("image"))),
        events=(_received("f_1", attachments=_file("image")),),
    ),
    Sample(
        name="three pictures with a text",
        body=_body(_message("f_2", text="усі", attachments=_files("image") * 3)),
        events=(_received("f_2", "усі", attachments=_file("image") * 3),),
    ),
    Sample(
        name="a voice note",
        body=_body(_message("f_3", attachments=_files("audio"))),
        events=(_received("f_3", attachments=_file("voice")),),
    ),
    Sample(
        name="a film",
        body=_body(_message("f_4", attachments=_files("video"))),
        events=(_received("f_4", attachments=_file("video")),),
    ),
    Sample(
        name="a document",
        body=_body(_message("f_5", attachments=_files("file"))),
        events=(_received("f_5", attachments=_file("document", "file.bin")),),
    ),
    Sample(
        name="a sticker, as since August 2026",
        body=_body(_message("f_6", attachments=_files("sticker", sticker_id=369239263222822))),
        events=(_received("f_6", specific_type="sticker", attachments=_file("image")),),
    ),
    Sample(
        name="a sticker, as it was before",
        body=_body(
            _message("f_7", sticker_id=369239263222822, attachments=_files("image", sticker_id=369239263222822))
        ),
        events=(_received("f_7", specific_type="sticker", attachments=_file("image")),),
    ),
    Sample(
        name="a link",
        body=_body(
            _message(
                "f_8",
                text="https://shop.example.com/bread",
                attachments=[
                    {"type": "fallback", "payload": None, "title": "Хліб", "url": "https://shop.example.com/bread"}
                ],
            )
        ),
        events=(_received("f_8", "https://shop.example.com/bread\nХліб"),),
    ),
    Sample(
        name="a reel, which is a page to look at",
        body=_body(
            _message(
                "f_9",
                attachments=[
                    {
                        "type": "reel",
                        "payload": {"url": "https://www.facebook.com/reel/1", "title": "Тісто", "reel_video_id": 1},
                    }
                ],
            )
        ),
        events=(_received("f_9", "Тісто\nhttps://www.facebook.com/reel/1", specific_type="facebook_reel"),),
    ),
    Sample(
        name="an Instagram post",
        body=_body(
            _message(
                "f_10",
                attachments=[
                    {"type": "ig_post", "payload": {"url": "https://cdn.fbsbx.com/v/t59/file.bin?oe=1", "id": "1"}}
                ],
            )
        ),
        events=(_received("f_10", specific_type="instagram_post", attachments=_file("image")),),
    ),
    Sample(
        name="a template",
        body=_body(_message("f_11", attachments=[{"type": "template", "payload": {"template_type": "generic"}}])),
        events=(_received("f_11", specific_type="template"),),
    ),
    Sample(
        name="a kind that nobody foresaw",
        body=_body(_message("f_12", hologram={"depth": 3})),
        events=(_received("f_12", specific_type="unsupported"),),
    ),
)

_OWN = (
    Sample(
        name="our own message, with the reference we gave it",
        body=_body(
            _to(
                {
                    "message": {
                        "mid": "o_1",
                        "text": "Є",
                        "is_echo": True,
                        "app_id": 1000200030004000,
                        "metadata": "ours-42",
                    }
                }
            )
        ),
        events=(_received("o_1", "Є", from_us=True, from_program=True, client_ref="ours-42"),),
    ),
    Sample(
        name="typed in the page's inbox",
        body=_body(_to({"message": {"mid": "o_2", "text": "Вітаю", "is_echo": True, "app_id": 263902037430900}})),
        events=(_received("o_2", "Вітаю", from_us=True),),
    ),
    Sample(
        name="typed on the phone",
        body=_body(_to({"message": {"mid": "o_3", "text": "Вітаю", "is_echo": True}})),
        events=(_received("o_3", "Вітаю", from_us=True),),
    ),
    Sample(
        name="delivered, two at once",
        body=_body(_from({"delivery": {"mids": ["o_1", "o_2"], "watermark": MS}})),
        events=tuple(
            types.ReceiptReceived(dedup_key=f"receipt:{mid}:delivered", message_id=mid, status="delivered", **_COMMON)
            for mid in ("o_1", "o_2")
        ),
    ),
    Sample(
        name="delivered, without saying what",
        body=_body(_from({"delivery": {"watermark": MS - 1000}})),
        events=(
            types.ReceiptReceived(
                dedup_key=f"receipt:{PERSON}:delivered:{MS - 1000}",
                status="delivered",
                earlier_too=True,
                **_COMMON | {"sent_at": late(-1)},
            ),
        ),
    ),
    Sample(
        name="read, all until then",
        body=_body(_from({"read": {"watermark": MS}})),
        events=(
            types.ReceiptReceived(dedup_key=f"receipt:{PERSON}:read:{MS}", status="read", earlier_too=True, **_COMMON),
        ),
    ),
)

_ABOUT = (
    Sample(
        name="a heart, and its removal",
        body=_body(
            _from({"reaction": {"mid": "o_1", "action": "react", "reaction": "love", "emoji": "❤"}}),
            _from({"reaction": {"mid": "o_1", "action": "unreact"}}),
        ),
        events=(
            types.ReactionReceived(
                dedup_key=f"reaction:o_1:them:❤:{AT.isoformat()}", message_id="o_1", emoji="❤", **_COMMON
            ),
            types.ReactionReceived(
                dedup_key=f"reaction:o_1:them::{AT.isoformat()}", message_id="o_1", emoji="", **_COMMON
            ),
        ),
    ),
    Sample(
        name="edited",
        body=_body(_from({"message_edit": {"mid": "m_1", "text": "Добрий вечір", "num_edit": 1}})),
        events=(types.MessageEdited(dedup_key="edit:m_1:1", message_id="m_1", text="Добрий вечір", **_COMMON),),
    ),
    Sample(
        name="the page may not write any more",
        body=_body(
            {"recipient": {"id": PAGE}, "timestamp": MS, "policy_enforcement": {"action": "block", "reason": "Spam"}}
        ),
        events=(
            types.StateChanged(
                dedup_key=f"policy:block:{AT.isoformat()}",
                state="restricted",
                detail="Spam",
                **_COMMON | {"chat_id": ""},
            ),
        ),
    ),
)

_NOT_FOR_US = (
    Sample(
        name="another app answers",
        body={"object": "page", "entry": [{"id": PAGE, "time": MS, "standby": [_message("s_1", text="?")]}]},
        ignored=("standby",),
    ),
    Sample(
        name="the conversation is handed over",
        body=_body(_from({"take_thread_control": {"previous_owner_app_id": "1"}})),
        ignored=("take_thread_control",),
    ),
    Sample(
        name="a comment",
        body={
            "object": "page",
            "entry": [{"id": PAGE, "time": MS, "changes": [{"field": "feed", "value": {"item": "comment"}}]}],
        },
        ignored=("changes: feed",),
    ),
    Sample(
        name="a warning",
        body=_body({"recipient": {"id": PAGE}, "timestamp": MS, "policy_enforcement": {"action": "warning"}}),
        ignored=("policy: warning",),
    ),
    Sample(name="an event of tomorrow", body=_body(_from({"teleport": {"to": "Mars"}})), ignored=("teleport",)),
)

SAMPLES = (*_MESSAGES, *_FILES, *_OWN, *_ABOUT, *_NOT_FOR_US)
