"""Answers that nobody read: overtaken by a newer message, or stopped by a person while they were being made."""

from __future__ import annotations

import dataclasses
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import Coalesce, TruncDate

from conversations.models import AiTurn, Chat
from happ_project.companies.models import Company

_OVERTAKEN, _STOPPED = AiTurn.Outcome.OVERTAKEN, AiTurn.Outcome.STOPPED
_WHAT: dict[str, Any] = {
    "overtaken": Count("id", filter=Q(outcome=_OVERTAKEN)),
    "stopped": Count("id", filter=Q(outcome=_STOPPED)),
    "spent": Coalesce(Sum("cost"), Decimal(0)),
}


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ThrownAway:
    """How many, why, and what they cost in US dollars where that is known."""

    overtaken: int = 0
    stopped: int = 0
    cost: Decimal = Decimal(0)

    @property
    def count(self) -> int:
        return self.overtaken + self.stopped


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Of a span of time; `days` and `assistants` hold only those with any."""

    total: ThrownAway
    days: list[tuple[date, ThrownAway]]
    assistants: list[tuple[str, ThrownAway]]


def thrown_away(company: Company, since: datetime, until: datetime) -> Report:
    """Days are those of the company's time zone. Three queries."""
    found = _asked(AiTurn.objects.filter(company=company, finished_at__gte=since, finished_at__lt=until))
    day = TruncDate("finished_at", tzinfo=ZoneInfo(company.timezone))
    by_day: Any = found.annotate(day=day).values("day").annotate(**_WHAT).order_by("day")
    named: Any = found.values("chat__assistant__name").annotate(**_WHAT)
    by_assistant = named.order_by("-spent", "chat__assistant__name")
    return Report(
        total=_sums(found.aggregate(**_WHAT)),
        days=[(row["day"], _sums(row)) for row in by_day],
        assistants=[(row["chat__assistant__name"] or "", _sums(row)) for row in by_assistant],
    )


def thrown_away_in(chat: Chat) -> ThrownAway:
    return _sums(_asked(AiTurn.objects.filter(chat=chat)).aggregate(**_WHAT))


def _asked(turns: QuerySet[AiTurn]) -> QuerySet[AiTurn]:
    """Those for which something was asked already; a turn that was stopped before took nothing."""
    return turns.filter(outcome__in=[_OVERTAKEN, _STOPPED], started_at__isnull=False)


def _sums(row: dict[str, Any]) -> ThrownAway:
    return ThrownAway(overtaken=row["overtaken"], stopped=row["stopped"], cost=row["spent"])
