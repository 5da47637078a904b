"""The log of a channel's requests in both directions, for the company that runs the other side."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import orjson
from django.db import models

from happ_project.core import clock
from messengers.models import Address, ChannelRequest
from messengers.types import Exchange

KEPT_FOR = timedelta(days=14)
_MOST_PER_ADDRESS = 2_000
_MOST_BYTES = 16 * 1024
_LONGEST_TEXT = 2_000


def record(address: Address, exchange: Exchange) -> None:
    """Keep one request. What is long is cut, so that a file inside a message does not fill the log."""
    ChannelRequest.objects.create(
        company_id=address.company_id,
        address=address,
        direction=exchange.direction,
        status=exchange.status,
        seconds=round(exchange.seconds, 3),
        payload=_shortened(exchange.payload),
        answer=_cut(exchange.answer.replace("\x00", "")),
        error=_cut(exchange.error),
    )


def _shortened(value: Any) -> Any:
    cut = _cut_inside(value)
    if len(orjson.dumps(cut, option=orjson.OPT_NON_STR_KEYS)) <= _MOST_BYTES:
        return cut
    return {"cut": orjson.dumps(cut, option=orjson.OPT_NON_STR_KEYS)[:_LONGEST_TEXT].decode("utf-8", "ignore")}


def _cut_inside(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _cut_inside(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_cut_inside(item) for item in value]
    return _cut(value) if isinstance(value, str) else value


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST_TEXT else f"{text[:_LONGEST_TEXT]}… ({len(text)})"


def latest(address: Address, *, take: int = 50) -> list[ChannelRequest]:
    """Newest first."""
    return list(ChannelRequest.objects.filter(address=address).order_by("-id")[:take])


def latest_id(address: Address) -> int:
    """0 if there is none."""
    found = ChannelRequest.objects.filter(address=address).order_by("-id").values_list("id", flat=True).first()
    return int(found or 0)


def forget(address_id: UUID, chat_ids: Sequence[str]) -> None:
    """Delete what was exchanged about these people, in the caller's transaction."""
    about = models.Q(payload__sender_id__in=list(chat_ids)) | models.Q(payload__to__in=list(chat_ids))
    ChannelRequest.objects.filter(about, address_id=address_id).delete()


def forget_old() -> int:
    """Delete what is older than `KEPT_FOR`, and of a busy channel all but the latest. Call inside a company's scope."""
    gone, _rows = ChannelRequest.objects.filter(at__lt=clock.now() - KEPT_FOR).delete()
    busy = ChannelRequest.objects.values("address").annotate(n=models.Count("id")).filter(n__gt=_MOST_PER_ADDRESS)
    for row in busy:
        rows = ChannelRequest.objects.filter(address_id=row["address"])
        oldest_kept = rows.order_by("-id").values_list("id", flat=True)[_MOST_PER_ADDRESS - 1]
        gone += rows.filter(id__lt=oldest_kept).delete()[0]
    return gone
