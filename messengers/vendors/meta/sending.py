"""What we send: the body of a message, and whether it may be sent now.

https://developers.facebook.com/docs/messenger-platform/send-messages. There is no idempotency key: a lost answer leaves
the message unsure until its echo comes.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from happ_project.core import clock
from happ_project.core.text import gettext_noop as _
from messengers import errors
from messengers.adapter import Media
from messengers.types import OutgoingAttachment, OutgoingMessage, Sent
from messengers.vendors.meta.graph import Graph

_TYPES = {"image": "image", "video": "video", "audio": "audio", "voice": "audio", "document": "file"}
DAY = 24 * 3600.0
WEEK = 7 * DAY


def body(message: OutgoingMessage, media: Media, *, carries_metadata: bool) -> dict[str, Any]:
    """The call's body; raises Rejected when the time to answer has passed."""
    content: dict[str, Any] = {"text": message.text} if message.text else {}
    if message.attachment is not None:
        content = {"attachment": _attachment(message.attachment, media)}
    if carries_metadata:
        content["metadata"] = message.client_ref  # comes back in the echo
    said: dict[str, Any] = {"recipient": {"id": message.chat_id}, **_occasion(message), "message": content}
    if message.reply_to:
        said["reply_to"] = {"mid": message.reply_to}
    return said


def _attachment(attachment: OutgoingAttachment, media: Media) -> dict[str, Any]:
    payload = {"url": media.url(attachment.file_id), "is_reusable": False}
    return {"type": _TYPES[attachment.kind], "payload": payload}


def _occasion(message: OutgoingMessage) -> dict[str, str]:
    """Within 24 hours anybody may answer; then, up to 7 days, a person, who says so by the tag; then nobody."""
    now = clock.now()
    if message.reply_until is None or now <= message.reply_until:
        return {"messaging_type": "RESPONSE"}
    if message.human_until is not None and now <= message.human_until:
        return {"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"}
    if message.human_until is not None:
        raise errors.Rejected("window", _("Seven days after the customer's last message, Meta lets nobody answer."))
    raise errors.Rejected("window", _("The 24 hours in which Meta lets a business answer have passed."))


def send(graph: Graph, sender: str, said: dict[str, Any]) -> Sent:
    """Hand it over as the page or account `sender`."""
    began: datetime = clock.now()
    accepted = graph.post(f"{sender}/messages", said, repeatable=False)
    message_id = str(accepted.get("message_id") or "")
    if not message_id:
        raise errors.Unsure(_("The messenger accepted the message without naming it."))
    # Meta's time of the message is between the two; what is read "until" a time counts by the earlier one
    return Sent(message_id=message_id, at=began, wait=graph.pause)


def act(graph: Graph, sender: str, chat_id: str, action: str) -> None:
    """`typing_on`, `typing_off`, `mark_seen`: alone, never together with a message."""
    graph.post(f"{sender}/messages", {"recipient": {"id": chat_id}, "sender_action": action})
