"""The one book of what models were used for: whoever calls a model writes a line, at the price of that moment."""

import re
from decimal import Decimal
from uuid import UUID

from assistants.llm import builtin, scripted
from assistants.models import LlmModel, UsageRecord
from assistants.services import budgets
from assistants.types import Usage
from happ_project.core import insertion

Purpose = UsageRecord.Purpose

LOCAL = "local"
"""The provider's name of models that run in our own processes."""
FREE = frozenset({builtin.NAME, scripted.NAME, LOCAL})
"""Providers that run in our own processes: they cost nothing."""
_PER = Decimal(1_000_000)
_SMALLEST = Decimal("0.00000001")
_DATED = re.compile(r"-\d{4}-\d{2}-\d{2}$")


def record(
    *, company_id: UUID, purpose: str, usage: Usage, assistant_id: UUID | None = None, subject: str = ""
) -> UsageRecord:
    """Write down one use of a model; `purpose` is one of `Purpose`, `subject` what it was for (a chat's id).

    May be called inside the caller's transaction; needs the company's scope. What passes a mark of the company's
    budget is told to its owner.
    """
    row = UsageRecord(
        company_id=company_id,
        assistant_id=assistant_id,
        purpose=purpose,
        subject=subject[:60],
        provider=usage.provider[:100],
        model=usage.model[:100],
        input_tokens=usage.input_tokens,
        output_tokens=usage.output_tokens,
        seconds=usage.seconds,
        cost=cost_of(usage),
        estimated=usage.estimated,
    )
    insertion.insert_new([row])
    if row.cost:
        budgets.follow(row.company)
    return row


def cost_of(usage: Usage) -> Decimal | None:
    """In US dollars; None where no price is known, which is not the same as nothing."""
    if usage.provider in FREE:
        return Decimal(0)
    if usage.input_tokens is None and usage.output_tokens is None:
        return None
    price = _price_of(usage.provider, usage.model)
    if price is None:
        return None
    parts = ((usage.input_tokens, price.input_price), (usage.output_tokens, price.output_price))
    total = Decimal(0)
    for tokens, rate in parts:
        if tokens:
            if rate is None:
                return None
            total += tokens * rate / _PER
    return total.quantize(_SMALLEST)


def _price_of(provider: str, name: str) -> LlmModel | None:
    """By its name; a dated version (`gpt-5.4-2026-03-05`) costs what its model costs, unless it has a row itself."""
    rows = LlmModel.objects.filter(provider=provider, name__in={name, _DATED.sub("", name)})
    known = {row.name: row for row in rows.exclude(input_price=None, output_price=None)}
    return known.get(name) or known.get(_DATED.sub("", name))
