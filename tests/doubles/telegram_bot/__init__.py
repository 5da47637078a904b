"""Telegram's Bot API on loopback: the documented calls with their rules, updates to the webhook, strings to pull.

Source: https://core.telegram.org/bots/api.
"""

from __future__ import annotations

import json
import re
import secrets
import time
from collections.abc import Callable
from typing import Any

from tests.doubles.http_double import Answer, Call, HttpDouble
from tests.doubles.telegram_bot.world import Bot, Refused, Sent, check_entities, concerns, refusal

__all__ = ["Bot", "Sent", "TelegramBot", "refusal"]

_MB = 1024 * 1024
_FILES = {
    "sendPhoto": ("photo", 10 * _MB),
    "sendAnimation": ("animation", 50 * _MB),
    "sendVideo": ("video", 50 * _MB),
    "sendVoice": ("voice", 50 * _MB),
    "sendAudio": ("audio", 50 * _MB),
    "sendDocument": ("document", 50 * _MB),
    "sendSticker": ("sticker", 512 * 1024),
}
_ACCEPTED = {
    "sendPhoto": (b"\xff\xd8\xff", b"\x89PNG", b"RIFF"),
    "sendVoice": (b"OggS", b"ID3", b"\xff\xfb"),
    "sendSticker": (b"RIFF", b"\x1f\x8b", b"\x1a\x45\xdf\xa3"),
}


class TelegramBot(HttpDouble):
    """`sent`: what was accepted; `actions`: who was shown "is typing"."""

    def __init__(self, *, clock: Callable[[], float] = time.time, port: int = 0, patience: float = 0.0) -> None:
        super().__init__(port=port, patience=patience)
        self.clock = clock
        self.bots: dict[str, Bot] = {}
        self.sent: list[Sent] = []
        self.actions: list[str] = []
        self.odd_pictures: set[bytes] = set()
        self.albums: list[int] = []  # of how many files each was
        self.portraits: dict[str, list[dict[str, Any]]] = {}  # person → the sizes of the newest picture
        self._contents: dict[str, tuple[bytes, str]] = {}
        self.base_url = self.origin

    def add_bot(self, username: str = "shop_bot", **fields: Any) -> Bot:
        """Somebody has asked BotFather for a bot."""
        number = 700_000_001 + len(self.bots)
        bot = Bot(number, username, f"{number}:AA{secrets.token_urlsafe(25)}", **fields)
        self.bots[bot.token] = bot
        return bot

    def keep(self, content: bytes, path: str) -> str:
        """A file at Telegram; returns its `file_id`."""
        file_id = f"AgAC{secrets.token_urlsafe(20)}"
        self._contents[file_id] = content, path
        return file_id

    def file(self, kind: str, content: bytes, *, mime: str, name: str) -> dict[str, Any]:
        """The fields of a message with a file: `image`, `voice`, `video`, `document` or `sticker`."""
        file_id = self.keep(content, f"{kind}s/{secrets.token_hex(6)}.{name.rpartition('.')[2]}")
        about: dict[str, Any] = {"file_id": file_id, "file_unique_id": file_id[-8:], "file_size": len(content)}
        if kind == "image":
            return {"photo": [about | {"width": 40, "height": 30}]}
        if kind == "sticker":
            about |= {"type": "regular", "width": 40, "height": 30, "emoji": "🥐", "is_animated": False}
            return {"sticker": about | {"is_video": False}}
        about |= {"mime_type": mime} | ({"duration": 1} if kind in ("voice", "video") else {"file_name": name})
        return {kind: about}

    def forget_files(self) -> None:
        """Nothing that was sent so far is given out any more."""
        self._contents.clear()

    def revoke(self, bot: Bot) -> None:
        """@BotFather gives the bot a new token; the old one is good for nothing."""
        del self.bots[bot.token]
        bot.token = f"{bot.id}:AA{secrets.token_urlsafe(25)}"
        self.bots[bot.token] = bot

    # What comes in over HTTP.

    def act(self, call: Call) -> Answer:
        found = re.fullmatch(r"/(file/)?bot([^/]+)/(.+)", call.path)
        bot = self.bots.get(found[2]) if found else None
        if found is None or bot is None:
            return refusal(401 if found and ":" in found[2] else 404, "Unauthorized" if found else "Not Found")
        if found[1]:
            return self._file(found[3])
        fields, uploads = _fields(call)
        act = getattr(self, f"on_{found[3]}", None)
        try:
            if act is not None:
                return Answer(200, {"ok": True, "result": act(bot, fields)})
            if found[3] == "sendMediaGroup":
                return Answer(200, {"ok": True, "result": self._accept_group(bot, fields, uploads)})
            if found[3] in _FILES or found[3] == "sendMessage":
                return Answer(200, {"ok": True, "result": self._accept(bot, found[3], fields, uploads)})
        except Refused as refused:
            return refused.answer
        return refusal(404, "Not Found: method not found")

    def refusal(self, status: int) -> Answer:
        more = {"retry_after": 7} if status == 429 else {}
        words = {401: "Unauthorized", 429: "Too Many Requests: retry after 7", 400: "Bad Request: chat not found"}
        return refusal(status, words.get(status, "Internal Server Error"), **more)

    def on_getMe(self, bot: Bot, fields: dict[str, Any]) -> Any:
        return bot.user | {"can_join_groups": True, "can_read_all_group_messages": bot.reads_groups}

    def on_getWebhookInfo(self, bot: Bot, fields: dict[str, Any]) -> Any:
        told: dict[str, Any] = {"url": bot.webhook_url, "has_custom_certificate": False, "pending_update_count": 0}
        if bot.last_error:
            told |= {"last_error_date": bot.last_error[0], "last_error_message": bot.last_error[1]}
        return told

    def on_setWebhook(self, bot: Bot, fields: dict[str, Any]) -> Any:
        secret = fields.get("secret_token", "")
        if not re.fullmatch(r"[A-Za-z0-9_-]{0,256}", secret):
            raise Refused(400, "Bad Request: secret token contains unallowed characters")
        bot.webhook_url, bot.secret, bot.allowed = fields["url"], secret, fields.get("allowed_updates") or []
        return True

    def on_deleteWebhook(self, bot: Bot, fields: dict[str, Any]) -> Any:
        bot.webhook_url = bot.secret = ""
        return True

    def on_getFile(self, bot: Bot, fields: dict[str, Any]) -> Any:
        content, path = self._contents.get(fields.get("file_id", ""), (None, ""))
        if content is None:
            raise Refused(400, "Bad Request: invalid file_id")
        if len(content) > 20 * _MB:
            raise Refused(400, "Bad Request: file is too big")
        return {"file_id": fields["file_id"], "file_size": len(content), "file_path": path}

    def _file(self, path: str) -> Answer:
        for content, known in self._contents.values():
            if known == path:
                return Answer(200, content, {"Content-Type": "application/octet-stream"})
        return refusal(404, "Not Found")

    def on_getUserProfilePhotos(self, bot: Bot, fields: dict[str, Any]) -> Any:
        sizes = self.portraits.get(str(fields["user_id"]))
        return {"total_count": 1, "photos": [sizes]} if sizes else {"total_count": 0, "photos": []}

    def _accept_group(self, bot: Bot, fields: dict[str, Any], uploads: dict[str, bytes]) -> Any:
        """All of them, or none because of one."""
        parts = fields.get("media") or []
        if not 2 <= len(parts) <= 10:
            raise Refused(400, "Bad Request: wrong number of messages in the album")
        kinds = {part["type"] for part in parts}
        if not (kinds <= {"photo", "video"} or kinds in ({"document"}, {"audio"})):
            raise Refused(400, "Bad Request: these files cannot be in one album")
        common = {name: value for name, value in fields.items() if name != "media"}
        checked = []
        for place, part in enumerate(parts, start=1):
            method = f"send{part['type'].capitalize()}"
            own = {part["type"]: uploads.get(part["media"].removeprefix("attach://"), b"")}
            caption = {name: part[name] for name in ("caption", "caption_entities") if name in part}
            check_entities(caption)
            try:
                self._content(method, {}, own)
            except Refused as refused:
                told = refused.answer.body["description"].removeprefix("Bad Request: ")
                reason = f'failed to send message #{place} with the error message "{told}"'
                raise Refused(400, f"Bad Request: {reason}") from None
            checked.append((method, common | caption, own))
        group = str(next(bot.updates))
        self.albums.append(len(parts))
        return [self._accept(bot, *each) | {"media_group_id": group} for each in checked]

    def on_sendChatAction(self, bot: Bot, fields: dict[str, Any]) -> Any:
        self._chat(bot, fields)
        self.actions.append(str(fields["chat_id"]))
        return True

    def _of(self, fields: dict[str, Any]) -> Sent:
        for sent in self.sent:
            if (sent.chat_id, sent.message_id) == (str(fields.get("chat_id")), int(fields.get("message_id", 0))):
                return sent
        raise Refused(400, "Bad Request: message to edit not found")

    def on_editMessageText(self, bot: Bot, fields: dict[str, Any]) -> Any:
        sent = self._of(fields)
        if sent.method != "sendMessage":
            raise Refused(400, "Bad Request: there is no text in the message to edit")
        return self._edit(sent, fields, "text", "entities")

    def on_editMessageCaption(self, bot: Bot, fields: dict[str, Any]) -> Any:
        return self._edit(self._of(fields), fields, "caption", "caption_entities")

    def _edit(self, sent: Sent, fields: dict[str, Any], *names: str) -> Any:
        check_entities(fields)
        sent.fields |= {name: fields.get(name) for name in names}
        return True

    def on_deleteMessage(self, bot: Bot, fields: dict[str, Any]) -> Any:
        self._of(fields).deleted = True
        return True

    def _chat(self, bot: Bot, fields: dict[str, Any]) -> str:
        chat = str(fields.get("chat_id", ""))
        if chat in bot.moved:
            text = "Bad Request: group chat was upgraded to a supergroup chat"
            raise Refused(400, text, migrate_to_chat_id=int(bot.moved[chat]))
        if chat not in bot.chats:
            raise Refused(400, "Bad Request: chat not found")
        if chat in bot.blocked_by:
            raise Refused(403, "Forbidden: bot was blocked by the user")
        return chat

    def _accept(self, bot: Bot, method: str, fields: dict[str, Any], uploads: dict[str, bytes]) -> Any:
        chat, content = self._chat(bot, fields), b""
        check_entities(fields)
        if method == "sendMessage":
            if not fields.get("text"):
                raise Refused(400, "Bad Request: message text is empty")
            if len(fields["text"].encode("utf-16-le")) // 2 > 4096:
                raise Refused(400, "Bad Request: message is too long")
        else:
            content = self._content(method, fields, uploads)
        if len(fields.get("caption", "").encode("utf-16-le")) // 2 > 1024:
            raise Refused(400, "Bad Request: message caption is too long")
        with self.lock:
            sent = Sent(method, chat, fields, content, next(bot.numbers))
            self.sent.append(sent)
        chat_shown = {"id": int(chat), "type": "private" if int(chat) > 0 else "supergroup"}
        return {"message_id": sent.message_id, "from": bot.user, "chat": chat_shown, "date": int(self.clock())}

    def _content(self, method: str, fields: dict[str, Any], uploads: dict[str, bytes]) -> bytes:
        name, most = _FILES[method]
        content = uploads.get(name)
        if content is None:
            known = self._contents.get(str(fields.get(name, "")))
            if known is None:
                raise Refused(400, f"Bad Request: there is no {name} in the request")
            content = known[0]
        if len(content) > most:
            raise Refused(413, "Request Entity Too Large")
        if content in self.odd_pictures:
            raise Refused(400, "Bad Request: PHOTO_INVALID_DIMENSIONS")
        if method in _ACCEPTED and not content.startswith(_ACCEPTED[method]):
            raise Refused(
                400, "Bad Request: IMAGE_PROCESS_FAILED" if name == "photo" else "Bad Request: wrong file type"
            )
        return content

    # What people in Telegram do.

    def writes(self, bot: Bot, person: int, text: str = "", *, group: int = 0, **message: Any) -> int:
        """Somebody writes to the bot, or in a group with it; returns the message's number.

        `message`: more fields of the message (`photo`, `entities`, `reply_to_message` …). A bot in privacy mode does
        not see what in a group does not concern it.
        """
        number = next(bot.numbers)
        chat: dict[str, Any] = {"id": person, "type": "private", "first_name": "Olha"}
        if group:
            chat = {"id": group, "type": "supergroup", "title": "Bakers"}
        bot.chats.add(str(chat["id"]))
        told = {
            "message_id": number,
            "from": {"id": person, "is_bot": False, "first_name": "Olha", "username": f"person{person}"},
            "chat": chat,
            "date": int(self.clock()),
            **({"text": text} if text else {}),
            **message,
        }
        if not group or bot.reads_groups or concerns(bot, told):
            self.update(bot, "message", told)
        return number

    def edits(self, bot: Bot, person: int, number: int, text: str, **message: Any) -> None:
        chat = {"id": person, "type": "private", "first_name": "Olha"}
        told = {"message_id": number, "from": {"id": person, "is_bot": False, "first_name": "Olha"}, "chat": chat}
        now = int(self.clock())
        self.update(bot, "edited_message", told | {"date": now - 5, "edit_date": now, "text": text} | message)

    def reacts(self, bot: Bot, person: int, number: int, emoji: str) -> None:
        told = {
            "chat": {"id": person, "type": "private"},
            "message_id": number,
            "user": {"id": person, "is_bot": False, "first_name": "Olha"},
            "date": int(self.clock()),
            "old_reaction": [],
            "new_reaction": [{"type": "emoji", "emoji": emoji}],
        }
        self.update(bot, "message_reaction", told)

    def update(self, bot: Bot, kind: str, told: dict[str, Any], *, repeats: int = 1) -> None:
        """Deliver one update to the webhook, if the bot asked for its kind."""
        if not bot.webhook_url or (bot.allowed and kind not in bot.allowed):
            return
        headers = {"X-Telegram-Bot-Api-Secret-Token": bot.secret} if bot.secret else {}
        body = {"update_id": next(bot.updates), kind: told}
        self.post(bot.webhook_url, body, headers=headers, repeats=repeats)


def _fields(call: Call) -> tuple[dict[str, Any], dict[str, bytes]]:
    """The fields of a call, JSON or form, and what was uploaded."""
    if not call.headers.get("content-type", "").startswith("multipart/form-data"):
        return call.json, {}
    texts, files = call.form()
    fields = {name: json.loads(text) if text[:1] in "{[" else text for name, text in texts.items()}
    return fields, {name: content for name, (_filename, content) in files.items()}
