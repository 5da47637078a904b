"""A messenger of the company's own: its server posts to us, and we post the answers to it."""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence
from typing import Any

from happ_project.core import clock
from happ_project.core.text import gettext_noop as _
from messengers import errors, fetching
from messengers.adapter import WebhookAdapter, WebhookRequest
from messengers.adapters.custom import client, login, parse
from messengers.capabilities import AttachmentRule, Capabilities
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

_ANY = AttachmentRule(receive=True, send=True, max_bytes=50 * 1024 * 1024)


class CustomAdapter(WebhookAdapter):
    """Address: the channel, `cm_…`; its config: `endpoint`; its credentials: `secrets` (none: unsigned both ways).

    Without a secret the unguessable address is the only proof of who posts, as Happ documents it.
    """

    kind = "custom"
    source = "CUSTOM_MESSENGER"
    title = _("Custom messenger")
    colour = "#0f766e"
    icon = "custom"
    capabilities = Capabilities(
        transport="webhook",
        webhook_scope="address",
        authenticity="url_token",
        text_limit=8000,
        attachments={"image": _ANY, "audio": _ANY, "voice": _ANY, "video": _ANY, "document": _ANY},
        captions=True,
        setup=_("Easy: your own HTTPS endpoint"),
        returns_metadata=True,
        request_log=True,
        test_receiver=login.TEST_RECEIVER,
    )

    def login(self, attempt: Attempt, answer: Mapping[str, str] | None) -> LoginStep:
        return login.advance(self.io, attempt, answer)

    def check(self) -> Health:
        try:
            self._endpoint.is_there()
        except errors.Rejected as error:
            return Health(state="login_required", detail=error.reason)
        return Health(state="connected")

    @staticmethod
    def problem_with(endpoint: str, secret: str) -> tuple[str, str]:
        """What is wrong with either, '' for nothing."""
        return client.problem_with(endpoint), login.problem_with_secret(secret)

    # In.

    def secrets(self) -> tuple[str, ...]:
        return tuple(secret for secret in self.credentials.get("secrets") or () if secret)

    def verify(self, request: WebhookRequest, secrets: Sequence[str]) -> None:
        if not self.secrets():
            return  # the company set none: the channel's code in the address is the proof
        given = request.header("X-HAPP-Signature").strip().lower().removeprefix("sha256=").encode()
        signed = [client.signature(request.body, secret) for secret in secrets if secret]
        matches = [hmac.compare_digest(given, each.encode()) for each in signed]
        if not given or not any(matches):
            raise errors.BadSignature("X-HAPP-Signature does not fit the body")

    def redact(self, body: bytes) -> dict[str, Any] | None:
        return json_object(body, secrets=self.secrets())

    def parse(self, request: WebhookRequest) -> list[Inbound | Unreadable]:
        body = self.redact(request.body)
        if body is None:
            return [unreadable(None, "the body must be a JSON object", body=request.body)]
        return parse.events(body, request_id=request.header("Idempotency-Key") or request.id)

    def reply(self, found: Sequence[Inbound | Unreadable]) -> tuple[int, dict[str, Any]]:
        """A developer reads this: what is wrong is said."""
        wrong = [event.reason for event in found if isinstance(event, Unreadable)]
        if wrong:
            return 400, {"ok": False, "message": wrong[0]}
        return 200, {"ok": True, "message": "ok", "channel_id": self.external_id}

    def fetch(self, media_ref: Mapping[str, Any]) -> Fetched:
        return fetching.download(self.io, text_of(media_ref.get("url")))

    # Out.

    def send(self, message: OutgoingMessage) -> Sent:
        self.refuse_unsupported(message)
        if message.chat_id == login.TEST_RECEIVER:
            body = login.test_message(self.external_id)
        else:
            body = {"to": message.chat_id, "text": message.text, "channel_id": self.external_id}
        if message.metadata is not None:
            body["metadata"] = message.metadata
        if message.attachment is not None:
            file = message.attachment
            body["attachments"] = [
                {
                    "url": self.io.media.url(file.file_id),
                    "type": file.kind,
                    "name": file.name,
                    "mime": file.mime,
                    "size": file.size,
                }
            ]
        self._endpoint.post(body, message_id=message.client_ref)
        return Sent(message_id=message.client_ref, at=clock.now())

    @property
    def _endpoint(self) -> client.Endpoint:
        return client.Endpoint(self.io, str(self.config.get("endpoint") or ""), self.secrets())
