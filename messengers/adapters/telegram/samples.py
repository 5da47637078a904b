"""What a connection brings, in TL, and what each means."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from typing import Any

from telethon.tl import types as tl
from telethon.tl.tlobject import TLObject

from happ_project.core.formatted import Mark
from messengers import types
from messengers.samples import Sample, Scene

SCENE = Scene(
    account={"session": "1the-key-of-the-samples-is-the-account-itself"},
    external_id="1000",
    config={"since": "2026-09-20T00:00:00+00:00"},
)

AT = datetime.fromtimestamp(1790000000, UTC)
BOB, ALICE = 1001, 1000
GROUP, SUPERGROUP = "-5000", "-1000000009000"
_BOB = types.Contact(id="1001", name="Bob Baker", username="bobby", phone="+380501110002")

_PEOPLE: list[TLObject] = [
    tl.User(id=ALICE, is_self=True, access_hash=1, first_name="Alice"),
    tl.User(id=BOB, access_hash=11, first_name="Bob", last_name="Baker", username="bobby", phone="380501110002"),
    tl.User(id=1002, bot=True, bot_info_version=1, access_hash=12, first_name="Robot"),
]
_CHATS: list[TLObject] = [
    tl.Chat(id=5000, title="Cake club", photo=tl.ChatPhotoEmpty(), participants_count=3, date=AT, version=1),
    tl.Channel(id=9000, title="Bakers of Kyiv", photo=tl.ChatPhotoEmpty(), date=AT, megagroup=True, access_hash=90),
    tl.Channel(id=9001, title="News", photo=tl.ChatPhotoEmpty(), date=AT, broadcast=True, access_hash=91),
]


def _body(*updates: TLObject) -> dict[str, Any]:
    """One `Updates`, with everybody in it."""
    told = tl.Updates(updates=list(updates), users=_PEOPLE, chats=_CHATS, date=AT, seq=0)
    return {"updates": base64.b64encode(bytes(told)).decode()}


def _message(number: int, text: str = "", peer: TLObject | None = None, **more: Any) -> tl.Message:
    return tl.Message(**{"id": number, "peer_id": peer or tl.PeerUser(BOB), "date": AT, "message": text} | more)


def _new(*args: Any, **more: Any) -> tl.UpdateNewMessage:
    return tl.UpdateNewMessage(_message(*args, **more), pts=100, pts_count=1)


def _posted(*args: Any, **more: Any) -> tl.UpdateNewChannelMessage:
    return tl.UpdateNewChannelMessage(_message(*args, **more), pts=50, pts_count=1)


def _received(number: str, text: str = "", **more: Any) -> types.MessageReceived:
    told: dict[str, Any] = {"chat_id": "1001", "sender": _BOB, "sent_at": AT, "message_id": number, "text": text}
    return types.MessageReceived(**told | {"dedup_key": f"message:{number}"} | more)


_FILE: dict[str, Any] = {"id": 7, "access_hash": 8, "file_reference": b"ref", "date": AT, "dc_id": 2}
_REF = {"id": 7, "hash": 8, "reference": "cmVm", "dc": 2}


def _document(mime: str, *attributes: TLObject) -> tl.MessageMediaDocument:
    return tl.MessageMediaDocument(
        document=tl.Document(mime_type=mime, size=2048, attributes=list(attributes), **_FILE)
    )


def _file(number: str, kind: types.AttachmentKind, mime: str, **more: Any) -> types.Attachment:
    ref = {**_REF, "kind": "document", "message": number, "size": 2048}
    return types.Attachment(kind=kind, media_ref=ref, mime=mime, size=2048, part_id=number, **more)


_PHOTO = tl.MessageMediaPhoto(
    photo=tl.Photo(
        sizes=[
            tl.PhotoSize(type="m", w=320, h=240, size=900),
            tl.PhotoSizeProgressive(type="y", w=1280, h=960, sizes=[500, 4096]),
            tl.PhotoStrippedSize(type="i", bytes=b"\x01\x02"),
        ],
        **_FILE,
    )
)


def _picture(number: str) -> types.Attachment:
    ref = {**_REF, "kind": "photo", "message": number, "size": 0, "thumb": "y"}
    return types.Attachment(kind="image", media_ref=ref, mime="image/jpeg", size=4096, part_id=number)


_SOUND = tl.DocumentAttributeAudio(duration=2, voice=True, waveform=b"\x41\x0c\x05")
_STICKER = tl.DocumentAttributeSticker(alt="👍", stickerset=tl.InputStickerSetEmpty())
_IN_GROUP = {"peer": tl.PeerChat(5000), "from_id": tl.PeerUser(BOB)}
_IN_SUPERGROUP = {"peer": tl.PeerChannel(9000), "from_id": tl.PeerUser(BOB)}
_GROUP: dict[str, Any] = {"chat_id": GROUP, "is_group": True, "chat_title": "Cake club"}
_SUPERGROUP: dict[str, Any] = {"chat_id": SUPERGROUP, "is_group": True, "chat_title": "Bakers of Kyiv"}

_PRIVATE = (
    Sample(name="a text", body=_body(_new(1, "Добрий день")), events=(_received("1", "Добрий день"),)),
    Sample(
        name="a link behind words, counted in UTF-16 units",
        body=_body(_new(2, "😀 our menu", entities=[tl.MessageEntityTextUrl(3, 8, "https://bakery.example")])),
        events=(
            _received(
                "2",
                "😀 our menu (https://bakery.example)",
                marks=(Mark(kind="link", start=2, end=35, ref="https://bakery.example"),),
            ),
        ),
    ),
    Sample(
        name="every formatting, nested and crossing; what Telegram finds by itself is none",
        body=_body(
            _new(
                501,
                "bold both 👍 @bob #tag x() who secret\nquoted",
                entities=[
                    tl.MessageEntityBold(0, 9),
                    tl.MessageEntityItalic(5, 7),
                    tl.MessageEntityUnderline(5, 4),
                    tl.MessageEntityStrike(0, 4),
                    tl.MessageEntityMention(13, 4),
                    tl.MessageEntityHashtag(18, 4),
                    tl.MessageEntityCode(23, 3),
                    tl.MessageEntityMentionName(27, 3, BOB),
                    tl.MessageEntitySpoiler(31, 6),
                    tl.MessageEntityBlockquote(38, 6),
                    tl.MessageEntityCustomEmoji(10, 2, 5),
                ],
            )
        ),
        events=(
            _received(
                "501",
                "bold both 👍 @bob #tag x() who secret\nquoted",
                marks=(
                    Mark(kind="bold", start=0, end=9),
                    Mark(kind="strike", start=0, end=4),
                    Mark(kind="italic", start=5, end=11),
                    Mark(kind="underline", start=5, end=9),
                    Mark(kind="code", start=22, end=25),
                    Mark(kind="mention", start=26, end=29, ref=str(BOB)),
                    Mark(kind="spoiler", start=30, end=36),
                    Mark(kind="quote", start=37, end=43),
                ),
            ),
        ),
    ),
    Sample(
        name="signs that somebody typed are no formatting",
        body=_body(_new(502, "**2*3*4** _a_b_ [x](https://x.example)")),
        events=(_received("502", "**2*3*4** _a_b_ [x](https://x.example)"),),
    ),
    Sample(
        name="a reply",
        body=_body(_new(3, "yes", reply_to=tl.MessageReplyHeader(reply_to_msg_id=1))),
        events=(_received("3", "yes", reply_to="1"),),
    ),
    Sample(
        name="typed by the owner on the phone",
        body=_body(_new(4, "I'll call you", out=True)),
        events=(_received("4", "I'll call you", from_us=True),),
    ),
    Sample(
        name="from before we were connected",
        body=_body(_new(5, "old", date=datetime(2026, 9, 1, tzinfo=UTC))),
        events=(_received("5", "old", sent_at=datetime(2026, 9, 1, tzinfo=UTC), history=True),),
    ),
    Sample(
        name="a photo with words",
        body=_body(_new(6, "like this", media=_PHOTO)),
        events=(_received("6", "like this", attachments=(_picture("6"),)),),
    ),
    Sample(
        name="an album",
        body=_body(
            _new(7, "both", media=_PHOTO, grouped_id=77), _new(8, media=_PHOTO, grouped_id=77), _new(9, "and this")
        ),
        events=(_received("7", "both", attachments=(_picture("7"), _picture("8"))), _received("9", "and this")),
    ),
    Sample(
        name="a voice note",
        body=_body(_new(10, media=_document("audio/ogg", _SOUND))),
        events=(
            _received("10", attachments=(_file("10", "voice", "audio/ogg", duration=2.0, waveform=(1, 2, 3, 10)),)),
        ),
    ),
    Sample(
        name="a sticker",
        body=_body(_new(11, media=_document("image/webp", _STICKER))),
        events=(_received("11", "👍", specific_type="sticker", attachments=(_file("11", "sticker", "image/webp"),)),),
    ),
    Sample(
        name="a document",
        body=_body(_new(12, media=_document("application/pdf", tl.DocumentAttributeFilename("price.pdf")))),
        events=(_received("12", attachments=(_file("12", "document", "application/pdf", name="price.pdf"),)),),
    ),
    Sample(
        name="a video",
        body=_body(_new(13, media=_document("video/mp4", tl.DocumentAttributeVideo(duration=3.5, w=1, h=1)))),
        events=(_received("13", attachments=(_file("13", "video", "video/mp4", duration=3.5),)),),
    ),
    Sample(
        name="a web page's preview adds nothing",
        body=_body(_new(14, "https://a.example", media=tl.MessageMediaWebPage(tl.WebPageEmpty(id=1)))),
        events=(_received("14", "https://a.example"),),
    ),
)

_POINT = tl.GeoPoint(long=30.5, lat=50.25, access_hash=0)
_POLL = tl.Poll(
    id=1,
    question=tl.TextWithEntities("Which?", []),
    answers=[
        tl.PollAnswer(tl.TextWithEntities("Apple", []), b"0"),
        tl.PollAnswer(tl.TextWithEntities("Plum", []), b"1"),
    ],
    hash=0,
)
_SPECIFIC = tuple(
    Sample(
        name=f"a {kind.removeprefix('telegram_').replace('_', ' ')}",
        body=_body(_new(number, media=media)),
        events=(_received(str(number), text, specific_type=kind),),
    )
    for number, (kind, text, media) in enumerate(
        [
            ("telegram_location", "50.25, 30.5", tl.MessageMediaGeo(_POINT)),
            ("telegram_live_location", "50.25, 30.5", tl.MessageMediaGeoLive(_POINT, period=60)),
            (
                "telegram_venue",
                "Café, Main St (50.25, 30.5)",
                tl.MessageMediaVenue(_POINT, "Café", "Main St", "", "", ""),
            ),
            ("telegram_contact", "Olha, +380501112233", tl.MessageMediaContact("380501112233", "Olha", "", "", 0)),
            ("telegram_poll", "Which?\n– Apple\n– Plum", tl.MessageMediaPoll(_POLL, tl.PollResults())),
            ("telegram_dice", "🎲 4", tl.MessageMediaDice(value=4, emoticon="🎲")),
            ("telegram_story", "", tl.MessageMediaStory(peer=tl.PeerUser(BOB), id=3)),
            (
                "telegram_invoice",
                "Cake: 12.50 EUR",
                tl.MessageMediaInvoice("Cake", "", "EUR", total_amount=1250, start_param=""),
            ),
            ("telegram_giveaway", "A cake", tl.MessageMediaGiveaway([1], 1, AT, prize_description="A cake")),
            ("telegram_paid_media", "", tl.MessageMediaPaidMedia(stars_amount=5, extended_media=[])),
            ("telegram_unsupported", "", tl.MessageMediaUnsupported()),
        ],
        start=100,
    )
)

_GROUPS = (
    Sample(
        name="in a group",
        body=_body(_new(20, "hi", **_IN_GROUP)),
        events=(_received("20", "hi", **_GROUP),),
    ),
    Sample(
        name="in a group, to us",
        body=_body(_new(21, "@alice when?", mentioned=True, **_IN_GROUP)),
        events=(_received("21", "@alice when?", mentions_us=True, **_GROUP),),
    ),
    Sample(
        name="in a supergroup, an answer to our message",
        body=_body(
            _posted(3, "and then?", mentioned=True, reply_to=tl.MessageReplyHeader(reply_to_msg_id=2), **_IN_SUPERGROUP)
        ),
        events=(
            _received(f"{SUPERGROUP}/3", "and then?", mentions_us=True, reply_to=f"{SUPERGROUP}/2", **_SUPERGROUP),
        ),
    ),
    Sample(
        name="a bot in a group",
        body=_body(_new(22, "buy", peer=tl.PeerChat(5000), from_id=tl.PeerUser(1002))),
        events=(_received("22", "buy", sender=types.Contact(id="1002", name="Robot"), history=True, **_GROUP),),
    ),
)


def _heart() -> tl.MessageReactions:
    bobs = tl.MessagePeerReaction(tl.PeerUser(BOB), AT, tl.ReactionEmoji("❤"))
    return tl.MessageReactions(results=[], recent_reactions=[bobs])


_LATER = (
    Sample(
        name="an edit that makes a word bold",
        body=_body(
            tl.UpdateEditMessage(_message(1, "at 6", edit_date=AT, entities=[tl.MessageEntityBold(3, 1)]), 101, 1)
        ),
        events=(
            types.MessageEdited(
                dedup_key="edit:1:1790000000:d0cae74c7a57ef3e",
                chat_id="1001",
                sent_at=AT,
                message_id="1",
                text="at 6",
                marks=(Mark(kind="bold", start=3, end=4),),
            ),
        ),
    ),
    Sample(
        name="an edit",
        body=_body(tl.UpdateEditMessage(_message(1, "at 6", edit_date=AT), 101, 1)),
        events=(
            types.MessageEdited(
                dedup_key="edit:1:1790000000:a5bbc76294b60880", chat_id="1001", sent_at=AT, message_id="1", text="at 6"
            ),
        ),
    ),
    Sample(
        name="an edit that nobody made",
        body=_body(tl.UpdateEditMessage(_message(1, "at 5", edit_date=AT, edit_hide=True), 102, 1)),
    ),
    Sample(
        name="deletions, whose chat is not named",
        body=_body(tl.UpdateDeleteMessages([1, 2], 104, 2)),
        events=tuple(types.MessageDeleted(dedup_key=f"delete:{n}", chat_id="", message_id=n) for n in ("1", "2")),
    ),
    Sample(
        name="a deletion in a supergroup",
        body=_body(tl.UpdateDeleteChannelMessages(9000, [3], 51, 1)),
        events=(
            types.MessageDeleted(dedup_key=f"delete:{SUPERGROUP}/3", chat_id=SUPERGROUP, message_id=f"{SUPERGROUP}/3"),
        ),
    ),
    Sample(
        name="read up to here",
        body=_body(tl.UpdateReadHistoryOutbox(tl.PeerUser(BOB), 4, 105, 1)),
        events=(types.ReceiptReceived(dedup_key="read:4", chat_id="1001", message_id="4", status="read"),),
    ),
    Sample(
        name="a reaction",
        body=_body(tl.UpdateMessageReactions(tl.PeerUser(BOB), 4, _heart())),
        events=(
            types.ReactionReceived(
                dedup_key="reaction:4:1001:❤:1790000000", chat_id="1001", sent_at=AT, message_id="4", emoji="❤"
            ),
        ),
    ),
    Sample(
        name="a reaction, told as an edit that nobody made",
        body=_body(
            tl.UpdateEditMessage(
                _message(5, "At nine", out=True, edit_date=AT, edit_hide=True, reactions=_heart()), 103, 1
            )
        ),
        events=(
            types.ReactionReceived(
                dedup_key="reaction:5:1001:❤:1790000000", chat_id="1001", sent_at=AT, message_id="5", emoji="❤"
            ),
        ),
    ),
)

_NOT_OURS = (
    Sample(name="a channel's post", body=_body(_posted(9, "breaking", peer=tl.PeerChannel(9001), post=True))),
    Sample(name="a bot", body=_body(_new(30, "buy", peer=tl.PeerUser(1002)))),
    Sample(name="Telegram's login code", body=_body(_new(31, "Login code: 12345", peer=tl.PeerUser(777000)))),
    Sample(name="a note to oneself", body=_body(_new(32, "milk", peer=tl.PeerUser(ALICE), out=True))),
    Sample(
        name="a service message",
        body=_body(
            tl.UpdateNewMessage(
                tl.MessageService(
                    id=33,
                    peer_id=tl.PeerChat(5000),
                    date=AT,
                    action=tl.MessageActionChatEditTitle("New"),
                    from_id=tl.PeerUser(BOB),
                ),
                106,
                1,
            )
        ),
    ),
    Sample(name="somebody types", body=_body(tl.UpdateUserTyping(BOB, tl.SendMessageTypingAction()))),
)

SAMPLES = (*_PRIVATE, *_SPECIFIC, *_GROUPS, *_LATER, *_NOT_OURS)
