"""The chat window on a company's website: a visitor's page holds a socket to us."""

from __future__ import annotations

from typing import Any

from happ_project.core import clock
from happ_project.core.text import gettext_noop
from messengers.adapter import HostedAdapter, Signal
from messengers.capabilities import AttachmentRule, Capabilities
from messengers.types import OutgoingMessage, Sent

_IMAGES = ("image/jpeg", "image/png", "image/webp", "image/gif")


class WidgetAdapter(HostedAdapter):
    """`config`: `title`, `colour`, `greeting`, `allowed_origins`. The chat's id is the visitor's."""

    kind = "widget"
    source = "WIDGET"
    title = gettext_noop("Website widget")
    colour = "#4f46e5"
    icon = "widget"
    capabilities = Capabilities(
        transport="hosted",
        authenticity="visitor",
        text_limit=4000,
        formatting="marks",
        attachments={
            "image": AttachmentRule(receive=True, send=True, max_bytes=5 * 1024 * 1024, mime_types=_IMAGES),
        },
        captions=True,
        delivery_reports=True,
        idempotent_send=True,
        typing=True,
        setup_effort="none",
    )

    def send(self, message: OutgoingMessage) -> Sent:
        """Push to the visitor's open pages. The same reference twice is one message there: the page keys by `id`.

        Nobody there is no failure: the page fetches what it missed when it opens again.
        """
        self.refuse_unsupported(message)
        at = clock.now()
        shown: dict[str, Any] = {
            "id": message.client_ref,
            "from": message.author,
            **message.said.for_browser(),
            "at": at.isoformat(),
        }
        if message.attachment is not None:
            shown["imageUrl"] = self.io.media.url(message.attachment.file_id)
        self._push(message.chat_id, {"type": "message", "message": shown})
        return Sent(message_id=message.client_ref, at=at)

    def signal(self, chat_id: str, what: Signal, *, on: bool = True, message_id: str = "") -> None:
        if what == "typing":
            self._push(chat_id, {"type": "typing", "on": on})

    def _push(self, visitor: str, payload: dict[str, Any]) -> None:
        self.io.push(f"visitor.{self.external_id}.{visitor}", payload)
