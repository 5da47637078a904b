"""A Telegram bot, over Telegram's Bot API."""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from happ_project.core import clock, ids
from happ_project.core.formatted import Formatted
from happ_project.core.text import gettext_noop as _
from messengers import errors, takeover
from messengers.adapter import Signal, WebhookAdapter, WebhookRequest
from messengers.adapters.telegram_bot import entities, login, parse
from messengers.adapters.telegram_bot.client import Moved, TelegramBot, Upload
from messengers.capabilities import AlbumRule, AttachmentRule, Capabilities, Pacing
from messengers.reading import json_object, moment_of, text_of, unreadable
from messengers.types import (
    Attempt,
    Fetched,
    Health,
    Inbound,
    LoginStep,
    MessageRef,
    OutgoingAttachment,
    OutgoingMessage,
    Sent,
    Unreadable,
)

_MB = 1024 * 1024
_AUDIO = AttachmentRule(receive=True, send=True, max_bytes=50 * _MB)
_VOICES = ("audio/ogg", "audio/mpeg", "audio/mp3", "audio/mp4", "audio/x-m4a", "audio/m4a")
_TRACKS = ("audio/mpeg", "audio/mp3", "audio/mp4", "audio/x-m4a", "audio/m4a")
_STICKERS = ("image/webp", "application/x-tgsticker", "video/webm")
_TOGETHER = ({"photo", "video"}, {"document"})
_RECENT = 600.0  # seconds for which Telegram's last complaint about our webhook is news


class TelegramBotAdapter(WebhookAdapter):
    """Account: `token`. Address: the bot; credentials `webhook_url`, `webhook_secrets`; config `username`,
    `reads_groups` (its privacy mode is off), `connected_at`."""

    kind = "telegram_bot"
    source = "TELEGRAM_BOT"
    title = _("Telegram bot")
    colour = "#229ed9"
    icon = "telegram"
    capabilities = Capabilities(
        transport="webhook",
        webhook_scope="address",
        authenticity="shared_secret",
        text_limit=4096,
        text_unit="utf16",
        formatting="marks",
        caption_limit=1024,
        attachments={
            "image": AttachmentRule(
                receive=True,
                send=True,
                max_bytes=10 * _MB,
                mime_types=("image/jpeg", "image/png", "image/webp", "image/gif"),
            ),
            "video": AttachmentRule(receive=True, send=True, max_bytes=50 * _MB),
            "document": AttachmentRule(receive=True, send=True, max_bytes=50 * _MB),
            "audio": _AUDIO,
            "voice": _AUDIO,
            "sticker": AttachmentRule(
                receive=True, send=True, max_bytes=512 * 1024, mime_types=_STICKERS, caption=False
            ),
        },
        albums=AlbumRule(
            most=10,
            together=(frozenset({"image", "video"}), frozenset({"document"})),
            alone=frozenset({"image/gif"}),
        ),
        captions=True,
        stickers=True,
        groups=True,
        typing=True,
        edits=True,
        deletes=True,
        portraits=True,
        pacing=Pacing(min_interval=1 / 25),  # Telegram allows about 30 a second over all chats
        setup=_("Easy: token of @BotFather"),
        notes={"groups": _("a bot in privacy mode sees what mentions it, answers it or is a command")},
    )

    def login(self, attempt: Attempt, answer: Mapping[str, str] | None) -> LoginStep:
        return login.advance(self.io, attempt, answer)

    def check(self) -> Health:
        """Does Telegram deliver to us, and does it complain?"""
        told = self._bot.webhook()
        nowhere = _("Telegram does not deliver to us.")
        found = takeover.health(text_of(told.get("url")), ours=self._webhook_url, nowhere=nowhere)
        if found.state != "connected":
            return found
        failed_at = moment_of(told.get("last_error_date"))
        recent = failed_at is not None and (clock.now() - failed_at).total_seconds() < _RECENT
        return Health(state="connected", detail=text_of(told.get("last_error_message"))[:200] if recent else "")

    # In.

    def secrets(self) -> tuple[str, ...]:
        return tuple(secret for secret in self.credentials.get("webhook_secrets") or () if secret)

    def verify(self, request: WebhookRequest, secrets: Sequence[str]) -> None:
        given = request.header("X-Telegram-Bot-Api-Secret-Token").encode()
        matches = [hmac.compare_digest(given, secret.encode()) for secret in secrets if secret]
        if not given or not any(matches):
            raise errors.BadSignature("X-Telegram-Bot-Api-Secret-Token is not the secret that we gave Telegram")

    def redact(self, body: bytes) -> dict[str, Any] | None:
        known = [self._token, self._webhook_url, *self.secrets()]
        return json_object(body, secrets=[each for each in known if len(each) >= 8])

    def parse(self, request: WebhookRequest) -> list[Inbound | Unreadable]:
        body = self.redact(request.body)
        if body is None:
            return [unreadable(None, "not a JSON object", body=request.body)]
        connected = self.config.get("connected_at")
        return parse.Parser(
            body,
            own_id=self.external_id,
            username=str(self.config.get("username") or ""),
            since=datetime.fromisoformat(connected) if connected else None,
            ignored=self.ignored,
        ).events()

    def fetch(self, media_ref: Mapping[str, Any]) -> Fetched:
        return Fetched(content=self._bot.download(text_of(media_ref.get("file_id"))), mime=text_of(media_ref["mime"]))

    def portrait(self, chat_id: str, ref: Mapping[str, Any]) -> Fetched | None:
        """In a private chat with a bot the chat's id is the person's."""
        content = self._bot.portrait(chat_id)
        return Fetched(content=content) if content is not None else None

    # Out.

    def send(self, message: OutgoingMessage) -> Sent:
        """Text and entities, never a `parse_mode`: no character of the text is read as formatting."""
        self.refuse_unsupported(message)
        try:
            told = self._send(message, message.chat_id)
        except Moved as moved:  # surely not accepted: the group has another id now
            told = self._send(message, moved.chat_id)
        return _sent(told, message)

    def send_album(self, messages: Sequence[OutgoingMessage]) -> list[Sent]:
        """One call; Telegram answers with a message for each file, and refuses all of them because of one."""
        parts: list[dict[str, Any]] = []
        upload: dict[str, Upload] = {}
        for place, message in enumerate(messages):
            assert message.attachment is not None
            _method, kind = _way(message.attachment)
            part = {"type": kind, "media": f"attach://file{place}"}
            parts.append(part | (_words(message.said, "caption", "caption_entities") if message.text else {}))
            upload[f"file{place}"] = self._upload(message.attachment)
        if not any({part["type"] for part in parts} <= together for together in _TOGETHER):
            raise errors.Unsupported(_("These files do not go together in one album."))
        first = messages[0]
        try:
            told = self._bot.send_group(_about(first, first.chat_id) | {"media": parts}, upload=upload)
        except Moved as moved:
            told = self._bot.send_group(_about(first, moved.chat_id) | {"media": parts}, upload=upload)
        if len(told) != len(messages):
            raise errors.Unsure(_("Telegram does not say which of the files arrived."))
        return [_sent(each, message) for each, message in zip(told, messages, strict=True)]

    def _send(self, message: OutgoingMessage, chat_id: str) -> Any:
        fields = _about(message, chat_id)
        if message.attachment is None:
            return self._bot.send("sendMessage", fields | _words(message.said, "text", "entities"))
        method, field = _way(message.attachment)
        if message.text:
            fields |= _words(message.said, "caption", "caption_entities")
        if message.attachment.ref:
            return self._bot.send(method, fields | {field: message.attachment.ref})
        return self._bot.send(method, fields, upload={field: self._upload(message.attachment)})

    def _upload(self, attachment: OutgoingAttachment) -> Upload:
        name = attachment.name or f"file.{attachment.mime.partition('/')[2] or 'bin'}"
        return name, self.io.media.read(attachment.file_id), attachment.mime or "application/octet-stream"

    def signal(self, chat_id: str, what: Signal, *, on: bool = True, message_id: str = "") -> None:
        if what == "typing" and on:  # Telegram ends it by itself, with the message or after five seconds
            self._bot.ask("sendChatAction", {"chat_id": chat_id, "action": "typing"})

    def edit(self, message: MessageRef, said: Formatted) -> None:
        fields = {"chat_id": _chat_of(message), "message_id": _number_of(message.message_id)}
        try:
            self._bot.ask("editMessageText", fields | _words(said, "text", "entities"))
        except errors.Rejected as error:
            if "no text in the message" not in error.reason:
                raise
            self._bot.ask("editMessageCaption", fields | _words(said, "caption", "caption_entities"))

    def delete(self, message: MessageRef) -> None:
        fields = {"chat_id": _chat_of(message), "message_id": _number_of(message.message_id)}
        self._bot.ask("deleteMessage", fields)

    # The webhook at Telegram's side.

    def activate(self, webhook_url: str) -> dict[str, Any]:
        """Point the bot at us again; both secrets hold until the next call, so that nothing on its way is lost."""
        secret = ids.new_token()
        self._bot.set_webhook(webhook_url, secret=secret, updates=parse.UPDATES)
        return {"webhook_url": webhook_url, "webhook_secrets": [secret, *self.secrets()][:2]}

    def deactivate(self) -> None:
        self._bot.delete_webhook()

    def logout(self) -> None:
        self.deactivate()

    @property
    def _token(self) -> str:
        return str(self.account.get("token") or "")

    @property
    def _webhook_url(self) -> str:
        return str(self.credentials.get("webhook_url") or "")

    @property
    def _bot(self) -> TelegramBot:
        return TelegramBot(self.io, self._token)


def _about(message: OutgoingMessage, chat_id: str) -> dict[str, Any]:
    """Where it goes, and what it answers."""
    if not message.reply_to:
        return {"chat_id": chat_id}
    answered = {"message_id": _number_of(message.reply_to), "allow_sending_without_reply": True}
    return {"chat_id": chat_id, "reply_parameters": answered}


def _sent(told: Mapping[str, Any], message: OutgoingMessage) -> Sent:
    chat, number = told.get("chat") or {}, text_of(told.get("message_id"))
    if not number:
        raise errors.Unsure(_("The messenger accepted the message without naming it."))
    return Sent(message_id=f"{text_of(chat.get('id')) or message.chat_id}/{number}", at=clock.now())


def _words(said: Formatted, text: str, looks: str) -> dict[str, Any]:
    """The fields of a message's words; entities only where there are any."""
    found = entities.of(said)
    return {text: said.text, **({looks: found} if found else {})}


def _way(attachment: OutgoingAttachment) -> tuple[str, str]:
    """The method and the field of a file; what Telegram would refuse in its own kind goes as a document."""
    kind, mime = attachment.kind, attachment.mime
    if kind == "sticker":
        return "sendSticker", "sticker"
    if kind == "image":
        return ("sendAnimation", "animation") if mime == "image/gif" else ("sendPhoto", "photo")
    if kind == "voice" and mime in _VOICES:
        return "sendVoice", "voice"
    if kind == "audio" and mime == "audio/ogg":
        return "sendVoice", "voice"
    if kind in ("audio", "voice") and mime in _TRACKS:
        return "sendAudio", "audio"
    if kind == "video" and mime == "video/mp4":
        return "sendVideo", "video"
    return "sendDocument", "document"


def _number_of(message_id: str) -> int:
    number = message_id.rpartition("/")[2]
    if not number.isdigit():
        raise errors.Unsupported(_("The messenger's number of this message is not known."))
    return int(number)


def _chat_of(message: MessageRef) -> str:
    """The chat that a message is in, which for a group that moved is not the one that we know it by."""
    return message.message_id.rpartition("/")[0] or message.chat_id
