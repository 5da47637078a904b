"""Updates as the Bot API documents them, and what each means."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from happ_project.core.formatted import Mark
from messengers import types
from messengers.samples import Sample, Scene

BOT_KEY = "700000001:AAtokenOfTheSamples_0123456789abcde"
SECRET, OLD_SECRET = "secret-of-the-samples-0123456789", "older-secret-of-the-samples-0123"
BOT, PERSON, GROUP = 700000001, 5001, -1001234567890
SECONDS = 1790000000
AT = datetime.fromtimestamp(SECONDS, UTC)
OLHA = types.Contact(id="5001", name="Olha Ko", username="olha")
AUTHOR = {"id": PERSON, "is_bot": False, "first_name": "Olha", "last_name": "Ko", "username": "olha"}

SCENE = Scene(
    account={"token": BOT_KEY},
    external_id=str(BOT),
    credentials={
        "webhook_url": "https://happ.example.com/webhooks/telegram_bot/token-of-the-samples/",
        "webhook_secrets": [SECRET, OLD_SECRET],
    },
    config={"username": "Shop_Bot", "connected_at": "2026-09-20T00:00:00+00:00"},
)


def sign(body: bytes, secret: str) -> dict[str, str]:
    """The headers that vouch for a body."""
    return {"X-Telegram-Bot-Api-Secret-Token": secret}


_BEEP: dict[str, Any] = {"from": {"id": 9, "is_bot": True, "first_name": "Beep"}}


def _update(number: int = 1, kind: str = "message", **message: Any) -> dict[str, Any]:
    told = {
        "message_id": number, "from": AUTHOR, "chat": {"id": PERSON, "type": "private", "first_name": "Olha"},
        "date": SECONDS,
    }  # fmt: skip
    return {"update_id": 90000 + number, kind: told | message}


def _received(number: int = 1, text: str = "", **more: Any) -> types.MessageReceived:
    told: dict[str, Any] = {
        "dedup_key": f"message:{PERSON}/{number}", "chat_id": str(PERSON), "sent_at": AT,
        "message_id": f"{PERSON}/{number}", "sender": OLHA, "text": text,
    }  # fmt: skip
    return types.MessageReceived(**told | more)


def _in_group(number: int, text: str, **more: Any) -> types.MessageReceived:
    told: dict[str, Any] = {
        "dedup_key": f"message:{GROUP}/{number}", "chat_id": str(GROUP), "message_id": f"{GROUP}/{number}",
        "is_group": True, "chat_title": "Bakers",
    }  # fmt: skip
    return _received(number, text, **told | more)


def _file(kind: types.AttachmentKind, file_id: str, mime: str, **more: Any) -> types.Attachment:
    return types.Attachment(kind=kind, media_ref={"file_id": file_id, "mime": mime}, mime=mime, **more)


_CHAT: dict[str, Any] = {"chat": {"id": GROUP, "type": "supergroup", "title": "Bakers"}}

_MESSAGES = (
    Sample(name="a text", body=_update(text="Добрий день"), events=(_received(1, "Добрий день"),)),
    Sample(
        name="the same text again",
        body=_update(text="Добрий день") | {"update_id": 90099},
        events=(_received(1, "Добрий день"),),
    ),
    Sample(
        name="a text with an address behind a word, after an emoji",
        body=_update(
            2,
            text="🥐 тут",
            entities=[{"type": "text_link", "offset": 3, "length": 3, "url": "https://example.com/a"}],
        ),
        events=(
            _received(
                2,
                "🥐 тут (https://example.com/a)",
                marks=(Mark(kind="link", start=2, end=29, ref="https://example.com/a"),),
            ),
        ),
    ),
    Sample(
        name="every formatting, nested and crossing; what Telegram finds by itself is none",
        body=_update(
            601,
            text="bold both 👍 @bob x() who secret",
            entities=[
                {"type": "bold", "offset": 0, "length": 9},
                {"type": "italic", "offset": 5, "length": 7},
                {"type": "underline", "offset": 5, "length": 4},
                {"type": "strikethrough", "offset": 0, "length": 4},
                {"type": "mention", "offset": 13, "length": 4},
                {"type": "pre", "offset": 18, "length": 3, "language": "py"},
                {"type": "text_mention", "offset": 22, "length": 3, "user": {"id": PERSON}},
                {"type": "spoiler", "offset": 26, "length": 600},
                {"type": "of the future", "offset": 0, "length": 1},
            ],
        ),
        events=(
            _received(
                601,
                "bold both 👍 @bob x() who secret",
                marks=(
                    Mark(kind="bold", start=0, end=9),
                    Mark(kind="strike", start=0, end=4),
                    Mark(kind="italic", start=5, end=11),
                    Mark(kind="underline", start=5, end=9),
                    Mark(kind="block", start=17, end=20, ref="py"),
                    Mark(kind="mention", start=21, end=24, ref=str(PERSON)),
                    Mark(kind="spoiler", start=25, end=31),
                ),
            ),
        ),
    ),
    Sample(
        name="an answer to an earlier one",
        body=_update(3, text="так", reply_to_message={"message_id": 1, "date": SECONDS, "text": "?"}),
        events=(_received(3, "так", reply_to=f"{PERSON}/1"),),
    ),
    Sample(
        name="from before the bot was connected",
        body=_update(4, text="старе", date=SECONDS - 10**7),
        events=(_received(4, "старе", history=True, sent_at=datetime.fromtimestamp(SECONDS - 10**7, UTC)),),
    ),
    Sample(
        name="without a chat",
        body=_update(5, text="?", chat={}),
        events=(types.Unreadable(raw=None, reason="a message without its chat", digest=""),),
    ),
)

_FILES = (
    Sample(
        name="a picture with a caption, the first of an album",
        body=_update(
            11,
            caption="ось",
            media_group_id="7",
            photo=[
                {"file_id": "small", "file_unique_id": "s", "width": 90, "height": 90, "file_size": 900},
                {"file_id": "large", "file_unique_id": "l", "width": 1280, "height": 960, "file_size": 90000},
            ],
        ),
        events=(_received(11, "ось", attachments=(_file("image", "large", "image/jpeg", size=90000),)),),
    ),
    Sample(
        name="a voice note",
        body=_update(12, voice={"file_id": "v", "duration": 3, "mime_type": "audio/ogg", "file_size": 3000}),
        events=(_received(12, attachments=(_file("voice", "v", "audio/ogg", size=3000, duration=3.0),)),),
    ),
    Sample(
        name="a sticker that moves",
        body=_update(13, sticker={"file_id": "st", "type": "regular", "emoji": "😀", "is_animated": True}),
        events=(
            _received(
                13,
                "😀",
                specific_type="sticker",
                attachments=(_file("sticker", "st", "application/x-tgsticker"),),
            ),
        ),
    ),
    Sample(
        name="a document",
        body=_update(14, document={"file_id": "d", "file_name": "price.pdf", "mime_type": "application/pdf"}),
        events=(_received(14, attachments=(_file("document", "d", "application/pdf", name="price.pdf"),)),),
    ),
    Sample(
        name="a round video",
        body=_update(19, video_note={"file_id": "vn", "duration": 5, "length": 240, "file_size": 7000}),
        events=(_received(19, attachments=(_file("video", "vn", "video/mp4", size=7000, duration=5.0),)),),
    ),
    Sample(
        name="a place with a name",
        body=_update(
            15,
            location={"latitude": 50.45, "longitude": 30.52},
            venue={"title": "Пекарня", "address": "Хрещатик", "location": {"latitude": 50.45, "longitude": 30.52}},
        ),
        events=(_received(15, "Пекарня, Хрещатик (50.45, 30.52)", specific_type="telegram_venue"),),
    ),
    Sample(
        name="a contact",
        body=_update(16, contact={"phone_number": "+380501112233", "first_name": "Ірина"}),
        events=(_received(16, "Ірина, +380501112233", specific_type="telegram_contact"),),
    ),
    Sample(
        name="a poll",
        body=_update(17, poll={"id": "1", "question": "Коли?", "options": [{"text": "зранку", "voter_count": 0}]}),
        events=(_received(17, "Коли?\n– зранку", specific_type="telegram_poll"),),
    ),
    Sample(
        name="a kind that nobody foresaw",
        body=_update(18, hologram={"depth": 3}),
        events=(_received(18, specific_type="telegram_unsupported"),),
    ),
)

_GROUPS = (
    Sample(
        name="in a group, to nobody in particular",
        body=_update(21, text="хто йде?", **_CHAT),
        events=(_in_group(21, "хто йде?"),),
    ),
    Sample(
        name="in a group, by our name",
        body=_update(22, text="агов @shop_bot", entities=[{"type": "mention", "offset": 5, "length": 9}], **_CHAT),
        events=(_in_group(22, "агов @shop_bot", mentions_us=True),),
    ),
    Sample(
        name="in a group, in answer to us, inside a topic",
        body=_update(
            23, text="а завтра?", reply_to_message={"message_id": 20, "from": {"id": BOT, "is_bot": True}}, **_CHAT
        ),
        events=(_in_group(23, "а завтра?", mentions_us=True, reply_to=f"{GROUP}/20"),),
    ),
    Sample(
        name="in a group, by another bot",
        body=_update(24, text="біп", **_CHAT, **_BEEP),
        events=(_in_group(24, "біп", history=True, sender=types.Contact(id="9", name="Beep")),),
    ),
    Sample(
        name="a group that became a supergroup",
        body=_update(25, migrate_from_chat_id=-4321, **_CHAT),
        events=(
            _in_group(
                25,
                "",
                silent=True,
                specific_type="telegram_unsupported",
                sender=types.Contact(id="5001", name="Olha Ko", username="olha", aliases=("-4321",)),
            ),
        ),
    ),
)

_ABOUT = (
    Sample(
        name="edited",
        body=_update(1, "edited_message", text="Добрий вечір", edit_date=SECONDS),
        events=(
            types.MessageEdited(
                dedup_key=f"edit:{PERSON}/1:{SECONDS}:33428069428fd1fa",
                chat_id=str(PERSON),
                sent_at=AT,
                message_id=f"{PERSON}/1",
                text="Добрий вечір",
            ),
        ),
    ),
    Sample(
        name="a heart",
        body={
            "update_id": 1,
            "message_reaction": {
                "chat": {"id": PERSON, "type": "private"},
                "message_id": 1,
                "user": AUTHOR,
                "date": SECONDS,
                "old_reaction": [],
                "new_reaction": [{"type": "emoji", "emoji": "❤"}],
            },
        },
        events=(
            types.ReactionReceived(
                dedup_key=f"reaction:{PERSON}/1:{PERSON}:❤:{SECONDS}",
                chat_id=str(PERSON),
                sent_at=AT,
                message_id=f"{PERSON}/1",
                emoji="❤",
            ),
        ),
    ),
)

_NOT_FOR_US = (
    Sample(
        name="somebody joined",
        body=_update(31, new_chat_members=[AUTHOR], new_chat_member=AUTHOR, **_CHAT),
        ignored=("service message",),
    ),
    Sample(
        name="a channel",
        body=_update(32, text="новини", chat={"id": -1009, "type": "channel", "title": "News"}),
        ignored=("channel",),
    ),
    Sample(name="an update that we did not ask for", body=_update(33, "poll_answer"), ignored=("poll_answer",)),
)

SAMPLES = (*_MESSAGES, *_FILES, *_GROUPS, *_ABOUT, *_NOT_FOR_US)
