"""The monthly budget of a company: what is spent, when to warn, when to stop.

What is being answered when the budget runs out is finished: the limit may be passed by the turns that are in flight
then. Uses of a model without a known price do not count, and the page says so.
"""

from __future__ import annotations

import dataclasses
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.db.models import Sum
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, override

from assistants.errors import BudgetSpent
from assistants.models import Budget, UsageRecord
from happ_project.companies.models import Company
from happ_project.companies.services import mails
from happ_project.core import clock
from happ_project.core.letters import Letter

WARN_AT = Decimal("0.8")
SPENT = gettext_noop("the budget of this month is spent")
"""Why nobody is asked then, as it is kept and shown."""
When = Budget.When


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """How a company stands this month, in US dollars."""

    monthly: Decimal
    spent: Decimal
    when_spent: str

    @property
    def is_spent(self) -> bool:
        return self.spent >= self.monthly

    @property
    def is_nearly_spent(self) -> bool:
        return self.spent >= self.monthly * WARN_AT

    @property
    def percent(self) -> int:
        return int(self.spent * 100 / self.monthly) if self.monthly else 100


def state(company: Company) -> State | None:
    """None for a company without a limit."""
    budget = Budget.objects.filter(company=company).first()
    if budget is None:
        return None
    return State(monthly=budget.monthly, spent=spent_since(company.pk, month_of(company)), when_spent=budget.when_spent)


def refuse_if_spent(company: Company) -> None:
    """Raises `BudgetSpent` where nothing that costs money may be asked any more this month."""
    now = state(company)
    if now is not None and now.is_spent:
        raise BudgetSpent(SPENT)


def save(company: Company, *, monthly: Decimal | None, when_spent: str = When.HAND_OFF) -> None:
    """None takes the limit away. A raised limit may be warned of anew."""
    if monthly is None:
        Budget.objects.filter(company=company).delete()
        return
    with transaction.atomic():
        Budget.objects.get_or_create(company=company, defaults={"monthly": monthly})
        row = Budget.objects.select_for_update().get(company=company)
        if monthly > row.monthly:
            row.warned_in, row.spent_in = "", ""
        row.monthly, row.when_spent = monthly, when_spent
        row.save()
    follow(company)


def month_of(company: Company, moment: datetime | None = None) -> datetime:
    """When the calendar month began where the company is."""
    local = (moment or clock.now()).astimezone(ZoneInfo(company.timezone))
    return local.replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def span_of(company: Company, moment: datetime) -> tuple[datetime, datetime]:
    """The calendar month around a moment, where the company is: its beginning and that of the next."""
    since = month_of(company, moment)
    return since, month_of(company, since + timedelta(days=32))


def asked_month(company: Company, text: str) -> datetime:
    """A moment in the month that is asked for, such as "2026-10"; nonsense and the future are this month."""
    this = month_of(company)
    try:
        wanted = timezone.make_aware(datetime.strptime(text, "%Y-%m"), this.tzinfo)
    except ValueError:
        return clock.now()
    return wanted if wanted.year >= 2020 and wanted < this else clock.now()


def spent_since(company_id: UUID, since: datetime) -> Decimal:
    found = UsageRecord.objects.filter(company_id=company_id, at__gte=since)
    return found.aggregate(total=Coalesce(Sum("cost"), Decimal(0)))["total"]


def follow(company: Company) -> None:
    """Something was spent, or the limit changed: the owner gets the mail that is due, each once a month."""
    now = state(company)
    if now is None or not now.is_nearly_spent:
        return
    month, mine = f"{month_of(company):%Y-%m}", Budget.objects.filter(company=company)
    with transaction.atomic():
        # conditional updates: of two turns that pass a mark together one writes the mail
        warned = mine.exclude(warned_in=month).update(warned_in=month)
        if (now.is_spent and mine.exclude(spent_in=month).update(spent_in=month)) or (warned and not now.is_spent):
            _write(company, now)


def _write(company: Company, now: State) -> None:
    owner, names = company.owner, {"company": company.name, "percent": now.percent}
    sums = {"spent": f"{now.spent:.2f}", "monthly": f"{now.monthly:.2f}"}
    with override(owner.language):
        subject = _("%(company)s: %(percent)d %% of this month's AI budget is spent") % names
        then = _("When it is spent, chats go to people, or to the built-in answerer, as you chose.")
        if now.is_spent:
            subject = _("%(company)s: this month's AI budget is spent") % names
            then = _("Until the next month chats go to people.")
            if now.when_spent == When.BUILTIN:
                then = _("Until the next month the built-in answerer answers, which costs nothing.")
        letter = Letter(
            subject=subject,
            lines=(_("Your assistants have spent $%(spent)s of $%(monthly)s.") % sums, then),
            link=settings.PUBLIC_URL + reverse("assistants:usage"),
            label=_("See usage"),
            closing=_("You get this mail as the owner of %(company)s.") % names,
        )
        mails.write(letter, to=owner.email, company=company)
