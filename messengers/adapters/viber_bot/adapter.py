"""A Viber bot, over Viber's own bot API."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from typing import Any

from happ_project.core import clock
from happ_project.core.text import gettext_noop as _
from messengers import errors, takeover
from messengers.adapter import WebhookAdapter, WebhookRequest
from messengers.adapters.viber_bot import login, parse
from messengers.adapters.viber_bot.client import ViberBot
from messengers.capabilities import AttachmentRule, Capabilities
from messengers.reading import json_object, text_of, unreadable
from messengers.types import (
    Attempt,
    Fetched,
    Health,
    Inbound,
    LoginStep,
    OutgoingAttachment,
    OutgoingMessage,
    Sent,
    Unreadable,
)

_MB = 1024 * 1024
_AS_FILE = AttachmentRule(receive=True, send=True, max_bytes=50 * _MB, caption=False)
_LONGEST_NAME = 28


class ViberBotAdapter(WebhookAdapter):
    """Account: `token`, which also signs the callbacks. Address: the bot; credentials `webhook_url`; config `name`."""

    kind = "viber_bot"
    source = "VIBER_BOT"
    title = _("Viber bot")
    colour = "#7360f2"
    icon = "viber"
    capabilities = Capabilities(
        transport="webhook",
        webhook_scope="address",
        authenticity="hmac",
        text_limit=7000,
        formatting="signs",
        caption_limit=120,  # older notes say 120, newer ones 768: what is longer goes as a message of its own
        attachments={
            "image": AttachmentRule(
                receive=True, send=True, max_bytes=_MB, mime_types=("image/jpeg", "image/png", "image/gif")
            ),
            "video": AttachmentRule(
                receive=True, send=True, max_bytes=26 * _MB, mime_types=("video/mp4",), caption=False
            ),
            "document": _AS_FILE,
            "audio": _AS_FILE,
            "voice": _AS_FILE,
            "sticker": AttachmentRule(
                receive=True,
                send=True,
                max_bytes=_MB,
                mime_types=("image/jpeg", "image/png", "image/gif"),
                caption=False,
            ),
        },
        captions=True,
        stickers=True,
        sticker_numbers=True,
        delivery_reports=True,
        portraits=True,
        setup_effort="review",
        setup=_("Medium: token of a Viber bot (new bots need a contract)"),
        limited=frozenset({"voice"}),
        notes={
            "voice": _("sent as a file: Viber's bots have no voice messages"),
            "stickers": _("Viber's own by their number, others as a picture"),
        },
    )

    def login(self, attempt: Attempt, answer: Mapping[str, str] | None) -> LoginStep:
        return login.advance(self.io, attempt, answer)

    def check(self) -> Health:
        """Does Viber deliver to us?"""
        url = text_of(self._bot.account().get("webhook"))
        return takeover.health(url, ours=self._webhook_url, nowhere=_("Viber does not deliver to us."))

    # In.

    def secrets(self) -> tuple[str, ...]:
        return (self._token,) if self._token else ()

    def verify(self, request: WebhookRequest, secrets: Sequence[str]) -> None:
        """HMAC-SHA256 over the raw body in lower-case hex, with the bot's token."""
        given = request.header("X-Viber-Content-Signature").encode()
        signed = [hmac.new(secret.encode(), request.body, hashlib.sha256).hexdigest() for secret in secrets if secret]
        matches = [hmac.compare_digest(given, each.encode()) for each in signed]
        if not given or not any(matches):
            raise errors.BadSignature("X-Viber-Content-Signature does not fit the body")

    def redact(self, body: bytes) -> dict[str, Any] | None:
        known = [self._token, self._webhook_url]
        return json_object(body, secrets=[each for each in known if len(each) >= 8], secret_keys=("auth_token",))

    def parse(self, request: WebhookRequest) -> list[Inbound | Unreadable]:
        body = self.redact(request.body)
        if body is None:
            return [unreadable(None, "not a JSON object", body=request.body)]
        return parse.Parser(body, ignored=self.ignored).events()

    def fetch(self, media_ref: Mapping[str, Any]) -> Fetched:
        return self._bot.download(text_of(media_ref.get("url")))

    def portrait(self, chat_id: str, ref: Mapping[str, Any]) -> Fetched | None:
        return self._bot.portrait(text_of(ref.get("url")))

    # Out.

    def send(self, message: OutgoingMessage) -> Sent:
        self.refuse_unsupported(message)
        name = str(self.config.get("name") or "Bot")[:_LONGEST_NAME]
        body: dict[str, Any] = {"receiver": message.chat_id, "sender": {"name": name}}
        if message.attachment is None:
            body |= {"type": "text", "text": message.text}
        else:
            body |= self._file(message.attachment, message.text)
        token = self._bot.send(body)
        if not token:
            raise errors.Unsure(_("The messenger accepted the message without naming it."))
        return Sent(message_id=token, at=clock.now())

    def _file(self, attachment: OutgoingAttachment, text: str) -> dict[str, Any]:
        """A sticker of Viber's own goes by its number, another one as the picture that it is."""
        if attachment.kind == "sticker" and attachment.ref.isdigit():
            return {"type": "sticker", "sticker_id": int(attachment.ref)}
        url = self.io.media.url(attachment.file_id)
        if attachment.kind == "image" or (attachment.kind == "sticker" and attachment.mime in _PICTURES):
            return {"type": "picture", "text": text, "media": url}
        if attachment.kind == "video":
            return {"type": "video", "media": url, "size": attachment.size}
        name = (attachment.name or f"file.{attachment.mime.partition('/')[2] or 'bin'}")[-256:]
        return {"type": "file", "media": url, "size": attachment.size, "file_name": name}

    # The webhook at Viber's side.

    def activate(self, webhook_url: str) -> dict[str, Any]:
        self._bot.set_webhook(webhook_url, events=parse.EVENTS)
        return {"webhook_url": webhook_url}

    def deactivate(self) -> None:
        self._bot.set_webhook("", events=[])

    def logout(self) -> None:
        self.deactivate()

    @property
    def _token(self) -> str:
        return str(self.account.get("token") or "")

    @property
    def _webhook_url(self) -> str:
        return str(self.credentials.get("webhook_url") or "")

    @property
    def _bot(self) -> ViberBot:
        return ViberBot(self.io, self._token)


_PICTURES = ("image/jpeg", "image/png", "image/gif")
