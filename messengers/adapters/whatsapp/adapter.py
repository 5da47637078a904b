"""WhatsApp through WaSender, an unofficial gateway that links a number as a device."""

from __future__ import annotations

import hmac
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from happ_project.core import clock
from happ_project.core.formatted import Formatted
from happ_project.core.text import gettext_noop as _
from messengers import errors, reading
from messengers.adapter import Signal, WebhookAdapter, WebhookRequest
from messengers.adapters.whatsapp import login, parse, people, records
from messengers.adapters.whatsapp.client import WaSender
from messengers.capabilities import AttachmentRule, Capabilities, Pacing
from messengers.types import (
    Attempt,
    Contact,
    Fetched,
    Health,
    Inbound,
    LoginStep,
    MessageRef,
    OutgoingAttachment,
    OutgoingMessage,
    Reconciled,
    Sent,
    Unreadable,
)

_MB = 1024 * 1024
_AUDIO = AttachmentRule(
    receive=True,
    send=True,
    max_bytes=16 * _MB,
    mime_types=("audio/aac", "audio/mpeg", "audio/mp3", "audio/ogg", "audio/amr"),
    caption=False,  # WhatsApp shows no text beside it
)
_URL_FIELD = {"image": "imageUrl", "video": "videoUrl", "document": "documentUrl"}
_PROTECTED = Pacing(min_interval=5.0)
_UNPROTECTED = Pacing(min_interval=60 / 256)


class WhatsAppAdapter(WebhookAdapter):
    """Account: `token` (personal access token; none if the person gave only a session's key). Address: the number.

    Its credentials: `session_id`, `api_key`, `webhook_secrets`; its config: `account_protection`, `connected_at`.
    """

    kind = "whatsapp"
    source = "WHATSAPP"
    title = "WhatsApp"
    colour = "#25d366"
    icon = "whatsapp"
    capabilities = Capabilities(
        transport="webhook",
        webhook_scope="address",
        authenticity="shared_secret",
        text_limit=4096,
        formatting="signs",
        attachments={
            "image": AttachmentRule(receive=True, send=True, max_bytes=5 * _MB, mime_types=("image/jpeg", "image/png")),
            "video": AttachmentRule(
                receive=True, send=True, max_bytes=16 * _MB, mime_types=("video/mp4", "video/3gpp")
            ),
            "document": AttachmentRule(receive=True, send=True, max_bytes=50 * _MB),
            "audio": _AUDIO,
            "voice": _AUDIO,
            "sticker": AttachmentRule(receive=True, max_bytes=100 * 1024),
        },
        captions=True,
        delivery_reports=True,
        own_echo=True,
        typing=True,
        read=True,
        edits=True,
        deletes=True,
        portraits=True,
        pacing=_PROTECTED,
        setup=_("Medium: WaSender API"),
        notes={"stickers": _("received and shown, not sent")},
    )

    def login(self, attempt: Attempt, answer: Mapping[str, str] | None) -> LoginStep:
        return login.advance(self.io, attempt, answer, known_token=self.account.get("token", ""))

    def check(self) -> Health:
        return parse.health_of(self._session.status())

    def pacing(self) -> Pacing:
        return _PROTECTED if self.config.get("account_protection", True) else _UNPROTECTED

    # In.

    def secrets(self) -> tuple[str, ...]:
        return tuple(secret for secret in self.credentials.get("webhook_secrets") or () if secret)

    def verify(self, request: WebhookRequest, secrets: Sequence[str]) -> None:
        """WaSender's "signature" is the secret itself (documentation and both SDKs): no HMAC, no timestamp."""
        given = request.header("X-Webhook-Signature").encode()
        matches = [hmac.compare_digest(given, secret.encode()) for secret in secrets if secret]
        if not given or not any(matches):
            raise errors.BadSignature("X-Webhook-Signature is not the session's webhook secret")

    def redact(self, body: bytes) -> dict[str, Any] | None:
        known = {self.credentials.get("api_key") or "", *self.secrets()}
        return parse.redact(body, secrets=frozenset(secret for secret in known if len(secret) >= 8))

    def parse(self, request: WebhookRequest) -> list[Inbound | Unreadable]:
        body = self.redact(request.body)
        if body is None:
            return [reading.unreadable(None, "not a JSON object", body=request.body)]
        connected = self.config.get("connected_at")
        since = datetime.fromisoformat(connected) if connected else None
        return parse.Parser(body, own=people.digits(self.external_id), since=since, ignored=self.ignored).events()

    def fetch(self, media_ref: Mapping[str, Any]) -> Fetched:
        fetched = self._session.download(media_ref)
        file: dict[str, Any] = next(iter((media_ref.get("message") or {}).values()), {})
        declared = str(file.get("mimetype") or "").partition(";")[0].strip()
        return replace(fetched, mime=declared or fetched.mime, name=str(file.get("fileName") or ""))

    @classmethod
    def is_lasting(cls, chat_id: str) -> bool:
        return not chat_id.endswith("@lid")

    def identify(self, chat_id: str) -> Contact | None:
        phone = "" if self.is_lasting(chat_id) else people.digits(self._session.phone_of_lid(chat_id))
        return Contact(id=phone, phone=f"+{phone}", aliases=(chat_id,)) if phone else None

    def portrait(self, chat_id: str, ref: Mapping[str, Any]) -> Fetched | None:
        """WaSender asks for it by number only."""
        return self._session.portrait(chat_id) if self.is_lasting(chat_id) else None

    # Out.

    def send(self, message: OutgoingMessage) -> Sent:
        """Accepted means queued at WaSender; WhatsApp's own id of the message is learnt later (`reconcile`)."""
        self.refuse_unsupported(message)
        body: dict[str, Any] = {"to": people.jid(message.chat_id)}
        if message.text:
            body["text"] = message.text
        if message.attachment is not None:
            body |= self._file(message.attachment)
        if message.reply_to.isdigit():  # WaSender knows messages by its own number, which only ours have
            body["replyTo"] = int(message.reply_to)
        accepted, wait = self._session.send(body)
        msg_id = accepted.get("msgId")
        if not msg_id:
            raise errors.Unsure(_("The messenger accepted the message without naming it."))
        return Sent(message_id="", provider_ref=str(msg_id), at=clock.now(), wait=wait)

    def _file(self, attachment: OutgoingAttachment) -> dict[str, Any]:
        field = _URL_FIELD.get(attachment.kind, "audioUrl")
        body = {field: self.io.media.url(attachment.file_id)}
        if attachment.kind == "document":
            body["fileName"] = attachment.name or "file"
        return body

    def signal(self, chat_id: str, what: Signal, *, on: bool = True, message_id: str = "") -> None:
        if what == "typing":
            if on:  # WhatsApp ends it by itself, with the message or after some seconds
                self._session.send_presence(people.jid(chat_id), "composing")
        elif message_id:
            self._session.mark_read(people.jid(chat_id), message_id)

    def edit(self, message: MessageRef, said: Formatted) -> None:
        self._session.edit(_own_number(message), said.text)

    def delete(self, message: MessageRef) -> None:
        self._session.delete(_own_number(message))

    def reconcile(self, messages: Sequence[MessageRef], *, known: Collection[str] | None = None) -> list[Reconciled]:
        account = self._account if self.account.get("token") else None
        return records.reconcile(
            messages, session=self._session, account=account, session_id=self._session_id, known=known
        )

    # The webhook at WaSender's side.

    def activate(self, webhook_url: str) -> dict[str, Any]:
        """Point the session's webhook at us again; both secrets hold until the next call, so that none is lost."""
        if not self.account.get("token") or not self._session_id:
            return {}
        session = login.point_webhook(self._account, self._session_id, webhook_url)
        secret = str(session.get("webhook_secret") or "")
        if not secret or secret in self.secrets()[:1]:
            return {}
        return {"webhook_secrets": [secret, *(old for old in self.secrets() if old != secret)][:2]}

    def deactivate(self) -> None:
        if self.account.get("token") and self._session_id:
            self._account.update_session(self._session_id, {"webhook_enabled": False})

    def logout(self) -> None:
        if self.account.get("token") and self._session_id:
            self.deactivate()
            self._account.disconnect(self._session_id)

    @property
    def _session_id(self) -> str:
        return str(self.credentials.get("session_id") or "")

    @property
    def _session(self) -> WaSender:
        return WaSender(self.io, str(self.credentials.get("api_key") or ""))

    @property
    def _account(self) -> WaSender:
        return WaSender(self.io, str(self.account.get("token") or ""))


def _own_number(message: MessageRef) -> str:
    if not message.provider_ref:
        raise errors.Unsupported(_("The messenger's number of this message is not known."))
    return message.provider_ref
