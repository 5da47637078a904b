"""A delivery's payload: how a message is kept until it is sent, and the message made of it again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from happ_project.core import formatted
from happ_project.core.formatted import Formatted
from messengers import types
from messengers.adapter import Adapter
from messengers.models import Address, Delivery
from messengers.services import metadata, recoding


def attachment_json(attachment: types.OutgoingAttachment) -> dict[str, Any]:
    return {name: getattr(attachment, name) for name in ("kind", "file_id", "mime", "name", "size", "ref")}


def text_json(piece: Formatted) -> dict[str, Any]:
    """A piece of text as the messenger gets it; marks only where there are any."""
    return {"text": piece.text, **({"marks": piece.marks_json()} if piece.marks else {})}


def said(payload: Mapping[str, Any]) -> Formatted:
    """What `text_json` kept."""
    return formatted.from_json(payload.get("text", ""), payload.get("marks", ()))


def times_json(reply_until: datetime | None, human_until: datetime | None) -> dict[str, str]:
    """Until when it may be sent; empty where the messenger sets no time."""
    times = {"reply_until": reply_until, "human_until": human_until}
    return {name: moment.isoformat() for name, moment in times.items() if moment is not None}


def unpack(delivery: Delivery, address: Address, adapter: Adapter) -> types.OutgoingMessage:
    """The message with its file in a form that the messenger takes. Raises Rejected or Unsupported.

    Takes a moment of computing where that form is another one, so not inside a transaction.
    """
    payload = delivery.payload
    attachment, written = payload.get("attachment"), said(payload)
    message = types.OutgoingMessage(
        client_ref=delivery.client_ref,
        chat_id=delivery.chat_ref,
        text=written.text,
        marks=written.marks,
        attachment=types.OutgoingAttachment(**attachment) if attachment else None,
        reply_to=payload.get("reply_to", ""),
        author=payload.get("author", "assistant"),
        reply_until=_time(payload, "reply_until"),
        human_until=_time(payload, "human_until"),
        metadata=metadata.recall(address, delivery.chat_ref) if address.capabilities.returns_metadata else None,
    )
    message = recoding.fitted(message, address.capabilities)
    adapter.refuse_unsupported(message)
    return message


def _time(payload: dict[str, Any], name: str) -> datetime | None:
    return datetime.fromisoformat(payload[name]) if payload.get(name) else None
