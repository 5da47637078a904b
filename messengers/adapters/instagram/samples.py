"""Bodies as Meta documents them for Instagram, and what each means."""

from __future__ import annotations

from typing import Any

from messengers import types
from messengers.samples import Sample, Scene
from messengers.vendors.meta import signature
from messengers.vendors.meta.recorded import AT, MS, SETTINGS, item

ACCOUNT, PERSON = "17840000000000001", "5600000000000001"
URL = "https://lookaside.fbsbx.com/ig_messaging_cdn/?asset_id=1&signature=2"
OUR_APP, INSTAGRAM_INBOX = 1000200030004000, 1217981644879628

SCENE = Scene(
    account={},
    external_id=ACCOUNT,
    credentials={"token": "IGAA-token-of-the-samples", "token_at": "2026-09-01T00:00:00+00:00"},
    config={"route": "own", "page_id": "", "subscription": f"instagram:{ACCOUNT}"},
    settings=SETTINGS,
)


def sign(body: bytes, secret: str) -> dict[str, str]:
    """The headers that vouch for a body."""
    return {"X-Hub-Signature-256": signature.of(body, secret)}


def _body(*items: dict[str, Any]) -> dict[str, Any]:
    return {"object": "instagram", "entry": [{"id": ACCOUNT, "time": MS, "messaging": list(items)}]}


def _from(part: dict[str, Any]) -> dict[str, Any]:
    return item(PERSON, ACCOUNT, part)


def _to(part: dict[str, Any]) -> dict[str, Any]:
    return item(ACCOUNT, PERSON, part)


def _message(mid: str, **content: Any) -> dict[str, Any]:
    return _from({"message": {"mid": mid, **content}})


def _attached(mid: str, kind: str, **payload: Any) -> dict[str, Any]:
    return _body(_message(mid, attachments=[{"type": kind, "payload": {"url": URL, **payload}}]))


def _file(kind: types.AttachmentKind, url: str = URL) -> tuple[types.Attachment, ...]:
    return (types.Attachment(kind=kind, media_ref={"url": url}),)


def _received(mid: str, text: str = "", **more: Any) -> types.MessageReceived:
    told: dict[str, Any] = {
        "dedup_key": f"message:{mid}", "chat_id": PERSON, "address_ref": ACCOUNT, "sent_at": AT, "message_id": mid,
        "sender": types.Contact(id=PERSON), "text": text,
    }  # fmt: skip
    return types.MessageReceived(**told | more)


_COMMON: dict[str, Any] = {"chat_id": PERSON, "address_ref": ACCOUNT, "sent_at": AT}

_MESSAGES = (
    Sample(name="a text", body=_body(_message("ig_1", text="Привіт")), events=(_received("ig_1", "Привіт"),)),
    Sample(
        name="Meta's test button: a change, and seconds as digits",
        body={
            "object": "instagram",
            "entry": [
                {
                    "id": ACCOUNT,
                    "time": MS // 1000,
                    "changes": [
                        {"field": "messages", "value": _message("ig_1", text="Привіт") | {"timestamp": str(MS // 1000)}}
                    ],
                }
            ],
        },
        events=(_received("ig_1", "Привіт"),),
    ),
    Sample(
        name="an answer to our story",
        body=_body(_message("ig_2", text="Гарно!", reply_to={"story": {"url": URL, "id": "18"}})),
        events=(_received("ig_2", "Гарно!", specific_type="instagram_story", attachments=_file("image")),),
    ),
    Sample(
        name="a button",
        body=_body(_from({"postback": {"title": "Адреса", "payload": "WHERE"}})),
        events=(_received("postback-e30f31e62b9692f4e37a281a91d0dbd4", "Адреса"),),
    ),
    Sample(
        name="a kind that Instagram does not hand out",
        body=_body(_message("ig_3", is_unsupported=True)),
        events=(_received("ig_3", specific_type="unsupported"),),
    ),
)

_FILES = (
    Sample(name="a picture", body=_attached("if_1", "image"), events=(_received("if_1", attachments=_file("image")),)),
    Sample(
        name="a voice note", body=_attached("if_2", "audio"), events=(_received("if_2", attachments=_file("voice")),)
    ),
    Sample(name="a film", body=_attached("if_3", "video"), events=(_received("if_3", attachments=_file("video")),)),
    Sample(
        name="a document",
        body=_attached("if_20", "file"),
        events=(
            _received(
                "if_20",
                attachments=(types.Attachment(kind="document", media_ref={"url": URL}, name=""),),
            ),
        ),
    ),
    Sample(
        name="either of them", body=_attached("if_4", "media"), events=(_received("if_4", attachments=_file("image")),)
    ),
    Sample(
        name="a mention in somebody's story",
        body=_attached("if_5", "story_mention"),
        events=(_received("if_5", specific_type="instagram_story", attachments=_file("image")),),
    ),
    Sample(
        name="a reel",
        body=_attached("if_6", "ig_reel", title="Круасани", reel_video_id="17"),
        events=(_received("if_6", "Круасани", specific_type="instagram_reel", attachments=_file("video")),),
    ),
    Sample(
        name="a post, as since April 2026",
        body=_attached("if_7", "ig_post", title="Хліб"),
        events=(_received("if_7", "Хліб", specific_type="instagram_post", attachments=_file("image")),),
    ),
    Sample(
        name="a post, as it was before",
        body=_attached("if_8", "share"),
        events=(_received("if_8", specific_type="instagram_post", attachments=_file("image")),),
    ),
    Sample(
        name="a post, as a link",
        body=_attached("if_9", "ig_post", url="https://www.instagram.com/p/abc/"),
        events=(_received("if_9", "https://www.instagram.com/p/abc/", specific_type="instagram_post"),),
    ),
    Sample(
        name="an attachment without anything in it",
        body=_body(_message("if_10", attachments=[{"type": "image", "payload": None}])),
        events=(_received("if_10", specific_type="unsupported"),),
    ),
)

_OWN = (
    Sample(
        name="our own message",
        body=_body(_to({"message": {"mid": "io_1", "text": "Є", "is_echo": True, "app_id": OUR_APP}})),
        events=(_received("io_1", "Є", from_us=True, from_program=True),),
    ),
    Sample(
        name="typed in Instagram's inbox",
        body=_body(_to({"message": {"mid": "io_2", "text": "Вітаю", "is_echo": True, "app_id": INSTAGRAM_INBOX}})),
        events=(_received("io_2", "Вітаю", from_us=True),),
    ),
    Sample(
        name="typed on the phone",
        body=_body(_to({"message": {"mid": "io_3", "text": "Вітаю", "is_echo": True}})),
        events=(_received("io_3", "Вітаю", from_us=True),),
    ),
    Sample(
        name="seen up to this one",
        body=_body(_from({"read": {"mid": "io_1"}})),
        events=(
            types.ReceiptReceived(
                dedup_key="receipt:io_1:read", message_id="io_1", status="read", earlier_too=True, **_COMMON
            ),
        ),
    ),
)

_ABOUT = (
    Sample(
        name="taken back",
        body=_body(_message("ig_1", is_deleted=True)),
        events=(types.MessageDeleted(dedup_key="delete:ig_1", message_id="ig_1", **_COMMON),),
    ),
    Sample(
        name="a reaction by its name",
        body=_body(_from({"reaction": {"mid": "io_1", "action": "react", "reaction": "haha"}})),
        events=(
            types.ReactionReceived(
                dedup_key=f"reaction:io_1:them:😆:{AT.isoformat()}", message_id="io_1", emoji="😆", **_COMMON
            ),
        ),
    ),
    Sample(
        name="edited",
        body=_body(_from({"message_edit": {"mid": "ig_1", "text": "Вітаю", "num_edit": 2}})),
        events=(types.MessageEdited(dedup_key="edit:ig_1:2", message_id="ig_1", text="Вітаю", **_COMMON),),
    ),
)

_NOT_FOR_US = (
    Sample(
        name="a note to oneself",
        body=_body(item(ACCOUNT, ACCOUNT, {"message": {"mid": "x_1", "text": "!", "is_self": True, "is_echo": True}})),
        ignored=("a note to oneself",),
    ),
    Sample(
        name="a comment",
        body={
            "object": "instagram",
            "entry": [{"id": ACCOUNT, "time": MS, "changes": [{"field": "comments", "value": {"id": "1"}}]}],
        },
        ignored=("changes: comments",),
    ),
    Sample(name="an event of tomorrow", body=_body(_from({"teleport": {"to": "Mars"}})), ignored=("teleport",)),
)

SAMPLES = (*_MESSAGES, *_FILES, *_OWN, *_ABOUT, *_NOT_FOR_US)
