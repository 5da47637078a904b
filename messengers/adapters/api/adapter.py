"""Chats that an integrator keeps over the REST API: nothing to deliver, they read what is stored."""

from __future__ import annotations

from happ_project.core import clock
from messengers.adapter import HostedAdapter
from messengers.capabilities import AttachmentRule, Capabilities
from messengers.types import OutgoingMessage, Sent

_ANY = AttachmentRule(receive=True, send=True, max_bytes=50 * 1024 * 1024)


class ApiAdapter(HostedAdapter):
    kind = "api"
    source = "API"
    title = "API"
    colour = "#64748b"
    icon = "api"
    capabilities = Capabilities(
        transport="hosted",
        authenticity="visitor",
        text_limit=32_000,
        attachments={"image": _ANY, "audio": _ANY, "voice": _ANY, "video": _ANY, "document": _ANY},
        captions=True,
        idempotent_send=True,
        setup_effort="none",
        hidden=True,
    )

    def send(self, message: OutgoingMessage) -> Sent:
        self.refuse_unsupported(message)
        return Sent(message_id=message.client_ref, at=clock.now())
