"""Keeps what explains a turn: what the model was told, what it cost; for as long as the operator keeps it."""

from __future__ import annotations

import functools
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings

from assistants.services import exchanges, usage
from assistants.types import Scene, Usage
from conversations.models import AiTurn, Chat, Message, TurnRecord
from happ_project.core import clock


def keep(chat: Chat, turn: AiTurn, scene: Scene | None) -> None:
    """One try of the turn is over, however it ended. Sets the turn's cost; the caller saves the turn."""
    if scene is None or not scene.exchanges:
        return
    used, scene.exchanges = scene.exchanges, []
    took = [exchange.usage for exchange in used if exchange.usage is not None]
    if took and not turn.provider:  # it came to no outcome, which would say what it took
        _note(turn, functools.reduce(lambda whole, each: each.plus(whole), took))
    cost = _total([usage.cost_of(each) for each in took])
    # a turn that was tried again cost both times
    turn.cost = cost if turn.cost is None or cost is None else turn.cost + cost
    is_free = all(each.provider in usage.FREE for each in took) and len(took) == len(used)
    if is_free:
        return  # what runs in our own processes is told nothing but the conversation; the trace says what it did
    TurnRecord.objects.create(
        company_id=turn.company_id, turn=turn, exchanges=exchanges.kept(used, secrets=scene.secrets), cost=cost
    )


def _note(turn: AiTurn, took: Usage) -> None:
    turn.provider, turn.model, turn.seconds = took.provider, took.model, took.seconds
    turn.input_tokens, turn.output_tokens = took.input_tokens, took.output_tokens


def forget(message: Message) -> None:
    """What the models were told in its chat since a message that was taken back; what it cost stays known."""
    told = TurnRecord.objects.filter(turn__chat_id=message.chat_id, at__gte=message.created_at)
    told.update(exchanges=[])


def forget_expired(company: Any) -> int:
    """Delete the records that are older than the operator keeps them. Returns how many."""
    until = clock.now() - timedelta(days=settings.TRACE_DAYS)
    return int(TurnRecord.objects.filter(company=company, at__lt=until).delete()[0])


def _total(costs: list[Decimal | None]) -> Decimal | None:
    """Unknown as soon as a part of it is unknown."""
    known = [cost for cost in costs if cost is not None]
    return sum(known, Decimal(0)) if known and len(known) == len(costs) else None
