"""Sums of money and counts, as pages show them."""

from __future__ import annotations

from decimal import Decimal

from django import template
from django.utils import formats
from django.utils.translation import gettext as _

register = template.Library()


@register.filter
def dollars(sum_: Decimal | None) -> str:
    """Two digits, four below ten cents; what is not known is said so, it is not nothing."""
    if sum_ is None:
        return _("unknown")
    if sum_ == 0:
        return "$0"
    if sum_ < Decimal("0.0001"):
        return f"< ${formats.number_format(Decimal('0.0001'), 4)}"
    return f"${formats.number_format(sum_, 2 if sum_ >= Decimal('0.1') else 4, force_grouping=True)}"


@register.filter
def count(number: float | None) -> str:
    """With the language's marks between thousands; "–" for what nobody counted."""
    return "–" if number is None else formats.number_format(round(number), force_grouping=True)
