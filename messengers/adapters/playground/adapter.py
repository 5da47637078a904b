"""The test chat beside an assistant's settings: a member of the company plays the customer."""

from __future__ import annotations

from happ_project.core import clock
from messengers.adapter import HostedAdapter
from messengers.capabilities import AttachmentRule, Capabilities
from messengers.types import OutgoingMessage, Sent


class PlaygroundAdapter(HostedAdapter):
    kind = "playground"
    source = "PLAYGROUND"
    title = "Test chat"
    colour = "#0d9488"
    icon = "playground"
    capabilities = Capabilities(
        transport="hosted",
        authenticity="visitor",
        text_limit=32_000,
        attachments={"image": AttachmentRule(receive=True, send=True, max_bytes=5 * 1024 * 1024)},
        captions=True,
        idempotent_send=True,
        setup_effort="none",
        hidden=True,
    )

    def send(self, message: OutgoingMessage) -> Sent:
        """The page shows what is stored, so that storing it is delivering it."""
        self.refuse_unsupported(message)
        return Sent(message_id=message.client_ref, at=clock.now())
