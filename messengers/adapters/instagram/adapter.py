"""Instagram: one address is one professional account, behind a Facebook page or on its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from happ_project.core.text import gettext_noop as _
from messengers.adapter import Signal, WebhookAdapter, WebhookRequest
from messengers.adapters.instagram import client, login, parse
from messengers.capabilities import AttachmentRule, Capabilities
from messengers.reading import json_object, unreadable
from messengers.types import (
    Attempt,
    Contact,
    Fetched,
    Health,
    Inbound,
    LoginStep,
    OutgoingMessage,
    Sent,
    Unreadable,
)
from messengers.vendors.meta import app, envelope, media, sending, signature

_MB = 1024 * 1024
_AUDIO = AttachmentRule(
    receive=True,
    send=True,
    max_bytes=25 * _MB,
    mime_types=("audio/mp4", "audio/aac", "audio/x-wav"),
)


class InstagramAdapter(WebhookAdapter):
    """Address: the account; its config: `route` ("page" or "own"), `page_id`; its credentials: `token`.

    With Instagram's own login they also hold `token_at` and `token_until`.
    """

    kind = "instagram"
    source = "INSTAGRAM"
    title = "Instagram"
    colour = "#e4405f"
    icon = "instagram"
    capabilities = Capabilities(
        transport="webhook",
        webhook_scope="app",
        authenticity="hmac",
        text_limit=1000,
        text_unit="bytes",
        attachments={
            "image": AttachmentRule(
                receive=True, send=True, max_bytes=8 * _MB, mime_types=("image/jpeg", "image/png", "image/gif")
            ),
            "video": AttachmentRule(
                receive=True,
                send=True,
                max_bytes=25 * _MB,
                mime_types=("video/mp4", "video/quicktime", "video/x-msvideo", "video/webm"),
            ),
            "document": AttachmentRule(receive=True, send=True, max_bytes=25 * _MB, mime_types=("application/pdf",)),
            "audio": _AUDIO,
            "voice": _AUDIO,
        },
        delivery_reports=True,
        own_echo=True,
        reply_window=sending.DAY,
        human_window=sending.WEEK,
        typing=True,
        read=True,
        portraits=True,
        setup_effort="review",
        setup=_("Medium: Meta OAuth 2.0"),
    )

    def login(self, attempt: Attempt, answer: Mapping[str, str] | None) -> LoginStep:
        return login.advance(self.io, attempt, answer)

    def check(self) -> Health:
        return self._account.health()

    def renew(self) -> dict[str, Any]:
        return self._account.renew()

    # In.

    def secrets(self) -> tuple[str, ...]:
        return app.signing_secrets(self.io.settings)

    def verify(self, request: WebhookRequest, secrets: Sequence[str]) -> None:
        signature.verify(request, secrets)

    def handshake(self, request: WebhookRequest, secrets: Sequence[str]) -> str | None:
        return signature.handshake(request, app.verify_token(self.io.settings))

    def redact(self, body: bytes) -> dict[str, Any] | None:
        return json_object(body)

    def parse(self, request: WebhookRequest) -> list[Inbound | Unreadable]:
        body = self.redact(request.body)
        if body is None:
            return [unreadable(None, "not a JSON object", body=request.body)]
        own = app.own_ids(self.io.settings)
        return envelope.Parser(body, shared=parse.SHARED, own_apps=own, ignored=self.ignored).events()

    def fetch(self, media_ref: Mapping[str, Any]) -> Fetched:
        return media.fetch(self.io, media_ref)

    def profile(self, chat_id: str) -> Contact | None:
        return self._account.person(chat_id)

    def portrait(self, chat_id: str, ref: Mapping[str, Any]) -> Fetched | None:
        return media.portrait(self.io, self._account.portrait_url(chat_id))

    # Out.

    def send(self, message: OutgoingMessage) -> Sent:
        self.refuse_unsupported(message)
        said = sending.body(message, self.io.media, carries_metadata=False)
        return sending.send(self._account.graph, self._account.sender, said)

    def signal(self, chat_id: str, what: Signal, *, on: bool = True, message_id: str = "") -> None:
        action = ("typing_on" if on else "typing_off") if what == "typing" else "mark_seen"
        sending.act(self._account.graph, self._account.sender, chat_id, action)

    # The subscription at Meta's side.

    def activate(self, webhook_url: str) -> dict[str, Any]:
        self._account.subscribe(webhook_url)
        return {}

    def deactivate(self) -> None:
        self._account.unsubscribe()

    @property
    def _account(self) -> client.Account:
        return client.account(self.io, self.external_id, self.credentials, self.config)
