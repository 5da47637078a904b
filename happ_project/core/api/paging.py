"""`skip` and `take`, or the older documentation's `page` and `take`."""

import re
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

MOST = 500
USUAL = 50

PARAMETERS = [
    OpenApiParameter("skip", int, description="How many to leave out at the beginning; 0 if not given."),
    OpenApiParameter("take", int, description=f"How many to give; {USUAL} if not given, {MOST} at most."),
    OpenApiParameter("page", int, description="Instead of `skip`: the page, counted from 1, of `take` each."),
]


@dataclass(frozen=True)
class Page:
    skip: int
    take: int

    @property
    def number(self) -> int:
        """Which page this is, counted from 1."""
        return self.skip // self.take + 1

    def of(self, rows: QuerySet) -> list[Any]:
        return list(rows[self.skip : self.skip + self.take])


def read(request: Request, *, usual: int = USUAL) -> Page:
    """The part of the list that the request asks for; raises `ValidationError` naming the parameter."""
    take = _whole(request, "take", usual, least=1, most=MOST)
    if "page" in request.query_params:
        if "skip" in request.query_params:
            raise ValidationError({"page": _("Give either skip or page, not both.")})
        return Page((_whole(request, "page", 1, least=1, most=10**7) - 1) * take, take)
    return Page(_whole(request, "skip", 0, least=0, most=10**9), take)


def _whole(request: Request, name: str, usual: int, *, least: int, most: int) -> int:
    text = request.query_params.get(name, "")
    if text == "":
        return usual
    if not re.fullmatch("[0-9]{1,18}", text) or not least <= int(text) <= most:
        text = _("Must be a whole number from %(least)s to %(most)s.") % {"least": least, "most": most}
        raise ValidationError({name: text})
    return int(text)
