"""What a company spent on models in a month: in all, by day, assistant, model and purpose."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import Coalesce, TruncDate

from assistants.models import UsageRecord
from assistants.services import budgets
from happ_project.companies.models import Company


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """`cost` in US dollars, of what has a price; `unpriced` is how many uses have none.

    `estimated`: how many of the uses ended early, so that their tokens, and what they cost, are about right.
    """

    calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    seconds: float = 0.0
    cost: Decimal = Decimal(0)
    unpriced: int = 0
    estimated: int = 0

    @property
    def is_unknown(self) -> bool:
        """Nothing of it has a price: the cost is not nothing, it is not known."""
        return bool(self.calls) and self.unpriced == self.calls


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of a table; `key` is what it is about: an assistant's name, a model's, a purpose."""

    key: str
    sums: Sums
    of: Any = None


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """`days` holds every day of the month up to the last one, also those without any use."""

    since: datetime
    until: datetime
    total: Sums
    days: list[tuple[date, Sums]]
    assistants: list[Row]
    models: list[Row]
    purposes: list[Row]


def of_month(company: Company, moment: datetime) -> Report:
    """The calendar month around `moment`, in the company's time zone. Five queries."""
    since, until = budgets.span_of(company, moment)
    found = UsageRecord.objects.filter(company=company, at__gte=since, at__lt=until)
    zone = ZoneInfo(company.timezone)
    by_day = {row["day"]: _sums(row) for row in _summed(found.annotate(day=TruncDate("at", tzinfo=zone)), "day")}
    names = dict(UsageRecord.Purpose.choices)
    return Report(
        since=since,
        until=until,
        total=_sums(found.aggregate(**_WHAT)),
        days=[(day, by_day.get(day, Sums())) for day in _days(since, until)],
        assistants=_rows(_summed(found, "assistant_id", "assistant__name"), "assistant__name", of="assistant_id"),
        models=_rows(_summed(found, "provider", "model"), "model", of="provider"),
        purposes=_rows(_summed(found, "purpose"), "purpose", names=names),
    )


def of_subject(company_id: UUID, subject: str) -> Sums:
    """Everything that was spent for one thing, such as a chat."""
    return _sums(UsageRecord.objects.filter(company_id=company_id, subject=subject).aggregate(**_WHAT))


_WHAT = {
    "calls": Count("id"),
    "given": Coalesce(Sum("input_tokens"), 0),
    "taken": Coalesce(Sum("output_tokens"), 0),
    "time": Coalesce(Sum("seconds"), 0.0),
    "spent": Coalesce(Sum("cost"), Decimal(0)),
    "unpriced": Count("id", filter=Q(cost=None)),
    "guessed": Count("id", filter=Q(estimated=True)),
}


def _summed(found: QuerySet, *by: str) -> Any:
    return found.order_by().values(*by).annotate(**_WHAT).order_by("-spent", "-calls", by[0])


def _sums(row: dict[str, Any]) -> Sums:
    return Sums(
        calls=row["calls"],
        input_tokens=row["given"],
        output_tokens=row["taken"],
        seconds=row["time"],
        cost=row["spent"],
        unpriced=row["unpriced"],
        estimated=row["guessed"],
    )


def _rows(found: Any, key: str, *, of: str = "", names: dict[str, Any] | None = None) -> list[Row]:
    return [
        Row(key=str((names or {}).get(row[key], row[key]) or ""), sums=_sums(row), of=row[of] if of else None)
        for row in found
    ]


def _days(since: datetime, until: datetime) -> Iterator[date]:
    day = since.date()
    while day < until.date():
        yield day
        day += timedelta(days=1)
