"""Facebook Messenger: one address is one Facebook page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from happ_project.core.text import gettext_noop as _
from messengers.adapter import Signal, WebhookAdapter, WebhookRequest
from messengers.adapters.facebook import client, parse
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
from messengers.vendors.meta import app, envelope, facebook_login, media, pages, sending, signature

_MB = 1024 * 1024
_AUDIO = AttachmentRule(
    receive=True,
    send=True,
    max_bytes=25 * _MB,
    mime_types=("audio/mp4", "audio/mpeg", "audio/aac", "audio/x-wav"),
)


class FacebookAdapter(WebhookAdapter):
    """Account: `token` of the person who granted the pages. Address: the page; its credentials: `token`."""

    kind = "facebook"
    source = "MESSENGER"
    title = "Facebook Messenger"
    colour = "#1877f2"
    icon = "facebook"
    capabilities = Capabilities(
        transport="webhook",
        webhook_scope="app",
        authenticity="hmac",
        text_limit=2000,
        attachments={
            "image": AttachmentRule(
                receive=True, send=True, max_bytes=25 * _MB, mime_types=("image/jpeg", "image/png", "image/gif")
            ),
            "video": AttachmentRule(receive=True, send=True, max_bytes=25 * _MB, mime_types=("video/mp4",)),
            "document": AttachmentRule(receive=True, send=True, max_bytes=25 * _MB),
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
        return facebook_login.advance(self.io, attempt, answer, wanted=self.kind)

    def check(self) -> Health:
        return self._page.health()

    # In.

    def secrets(self) -> tuple[str, ...]:
        return app.signing_secrets(self.io.settings)

    def verify(self, request: WebhookRequest, secrets: Sequence[str]) -> None:
        signature.verify(request, secrets)

    def handshake(self, request: WebhookRequest, secrets: Sequence[str]) -> str | None:
        return signature.handshake(request, app.verify_token(self.io.settings))

    def speaks_for(self, request: WebhookRequest) -> str:
        return parse.kind_of(request)

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
        return self._page.person(chat_id, client.PERSON)

    def portrait(self, chat_id: str, ref: Mapping[str, Any]) -> Fetched | None:
        return media.portrait(self.io, self._page.portrait_url(chat_id))

    # Out.

    def send(self, message: OutgoingMessage) -> Sent:
        self.refuse_unsupported(message)
        said = sending.body(message, self.io.media, carries_metadata=True)
        return sending.send(self._page.graph, self.external_id, said)

    def signal(self, chat_id: str, what: Signal, *, on: bool = True, message_id: str = "") -> None:
        action = ("typing_on" if on else "typing_off") if what == "typing" else "mark_seen"
        sending.act(self._page.graph, self.external_id, chat_id, action)

    # The subscription at Meta's side.

    def activate(self, webhook_url: str) -> dict[str, Any]:
        pages.ensure_app_subscription(self.io, object_name="page", webhook_url=webhook_url)
        self._page.subscribe()
        return {}

    def deactivate(self) -> None:
        self._page.unsubscribe()

    @property
    def _page(self) -> pages.Page:
        return client.page(self.io, self.external_id, self.credentials)
