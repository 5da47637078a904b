"""Viber through E-Chat, an unofficial gateway that links a personal number as a device."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping, Sequence
from typing import Any

from happ_project.core import clock
from happ_project.core.text import gettext_noop as _
from messengers import errors
from messengers.adapter import WebhookAdapter, WebhookRequest
from messengers.adapters.viber import login, parse
from messengers.adapters.viber.client import EChat
from messengers.capabilities import AttachmentRule, Capabilities, Pacing
from messengers.reading import json_object, text_of, unreadable
from messengers.types import (
    Attempt,
    Fetched,
    Health,
    Inbound,
    LoginStep,
    OutgoingMessage,
    Sent,
    Unreadable,
)

_MOST = 25 * 1024 * 1024  # E-Chat states no limit; this is below every one that others report
_FILE = AttachmentRule(receive=True, send=True, max_bytes=_MOST)
_PICTURE = ("image/jpeg", "image/png", "image/gif")


class ViberAdapter(WebhookAdapter):
    """Account: `key`, which is good for one number. Address: the number; its config: `end_tarif`.

    The unguessable address is the only proof that a callback comes from E-Chat, because E-Chat signs nothing.
    """

    kind = "viber"
    source = "ECHAT"
    title = "Viber"
    colour = "#665cac"
    icon = "viber"
    capabilities = Capabilities(
        transport="webhook",
        webhook_scope="address",
        authenticity="url_token",
        text_limit=2000,
        attachments={
            "image": AttachmentRule(receive=True, send=True, max_bytes=_MOST, mime_types=_PICTURE),
            "video": AttachmentRule(receive=True, send=True, max_bytes=_MOST, mime_types=("video/mp4",)),
            "document": _FILE,
            "audio": _FILE,
            "voice": _FILE,
            "sticker": AttachmentRule(receive=True, send=True, max_bytes=_MOST, mime_types=(*_PICTURE, "image/webp")),
        },
        stickers=True,
        delivery_reports=True,
        own_echo=True,
        portraits=True,
        pacing=Pacing(min_interval=1.0),
        setup=_("Medium: E-Chat platform"),
        pasted_webhook=_(
            "E-Chat calls this address. It has to stand in E-Chat's cabinet in both callback fields: incoming "
            "messages, and outgoing messages with statuses. Keep it to yourself."
        ),
        limited=frozenset({"voice"}),
        notes={
            "voice": _("sent as an audio file, not as a voice message"),
            "stickers": _("sent as a picture; received as E-Chat hands them over, which it does not document"),
        },
    )

    def login(self, attempt: Attempt, answer: Mapping[str, str] | None) -> LoginStep:
        return login.advance(self.io, attempt, answer)

    def check(self) -> Health:
        """Asking for the callbacks that are on already is the one question that E-Chat answers without a message."""
        ends = self._echat.connect(self.external_id)
        if login.has_ended(ends):
            return Health(state="login_required", detail=f"{_('The E-Chat tariff has ended')}: {ends}")
        return Health(state="connected", detail=f"{_('E-Chat tariff until')}: {ends}" if ends else "")

    def pacing(self) -> Pacing:
        seconds = self.io.settings.get("ECHAT_SECONDS_BETWEEN_MESSAGES")
        return Pacing(min_interval=1.0 if seconds is None else float(seconds))

    # In.

    def verify(self, request: WebhookRequest, secrets: Sequence[str]) -> None:
        """The address itself is the proof; the operator may name the networks that may call it besides."""
        networks = self.io.settings.get("ECHAT_CALLERS") or ()
        if networks and not any(_within(request.caller, network) for network in networks):
            raise errors.BadSignature("the caller is in none of the networks in ECHAT_CALLERS")

    def redact(self, body: bytes) -> dict[str, Any] | None:
        return json_object(body, secrets=[key for key in (self._key,) if len(key) >= 8], secret_keys=("api-key",))

    def parse(self, request: WebhookRequest) -> list[Inbound | Unreadable]:
        body = self.redact(request.body)
        if body is None:
            return [unreadable(None, "not a JSON object", body=request.body)]
        return parse.Parser(body, own=self.external_id, request_id=request.id, ignored=self.ignored).events()

    def fetch(self, media_ref: Mapping[str, Any]) -> Fetched:
        return self._echat.download(text_of(media_ref.get("url")))

    def portrait(self, chat_id: str, ref: Mapping[str, Any]) -> Fetched | None:
        """Where it is comes with the customer's messages."""
        return self._echat.portrait(text_of(ref.get("url")))

    # Out.

    def send(self, message: OutgoingMessage) -> Sent:
        """Accepted means queued at E-Chat. Our reference comes back with the statuses; whether it stops a second
        sending nobody knows, so nothing is ever sent twice."""
        self.refuse_unsupported(message)
        part: dict[str, Any] = {"id": message.client_ref}
        if message.attachment is None:
            part["text"] = message.text
        elif self.io.settings.get("ECHAT_FILE_FIELD") == "text":
            part |= {"type": "media", "text": self.io.media.url(message.attachment.file_id)}
        else:
            part["file"] = self.io.media.url(message.attachment.file_id)
        body = {"number": self.external_id, "message": part, "contact": {"number": message.chat_id}}
        told = self._echat.send(body)
        message_id = "" if told == message.client_ref else told
        return Sent(message_id=message_id, provider_ref=message.client_ref, at=clock.now())

    # The callbacks at E-Chat's side.

    def activate(self, webhook_url: str) -> dict[str, Any]:
        self._echat.connect(self.external_id)
        return {}

    def deactivate(self) -> None:
        self._echat.disconnect(self.external_id)

    def logout(self) -> None:
        self.deactivate()

    @property
    def _key(self) -> str:
        return str(self.account.get("key") or "")

    @property
    def _echat(self) -> EChat:
        return EChat(self.io, self._key)


def _within(caller: str, network: str) -> bool:
    try:
        return ipaddress.ip_address(caller) in ipaddress.ip_network(network, strict=False)
    except ValueError:
        return False
