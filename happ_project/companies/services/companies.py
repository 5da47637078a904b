"""Companies: founding one, its settings, joining, leaving, choosing."""

import zoneinfo
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from happ_project.companies.events import CompanyCreated, CompanySwitched, MemberLeft
from happ_project.companies.models import LANGUAGES, Company, Membership, User
from happ_project.core import allowance, clock, events, tenancy

EDITABLE = ("name", "description", "language", "timezone", "retention_days")


@transaction.atomic
def create(
    user: User, *, name: str, language: str = "en", timezone: str = "Europe/Kyiv", description: str = ""
) -> Company:
    """Found a company, with the user as its owner; it becomes the company they work in. Raises `ValidationError`."""
    allowance.check("companies", Company.objects.filter(owner=user))
    company = Company(name=name.strip(), owner=user, language=language, timezone=timezone, description=description)
    _check(company)
    company.save(force_insert=True)
    Membership.objects.create(company=company, user=user, role=Membership.Role.OWNER)
    user.current_company = company
    user.save(update_fields=["current_company"])
    with tenancy.company_scope(company):
        events.publish(CompanyCreated(company_id=company.pk))
    return company


def change(company: Company, **fields: Any) -> Company:
    """Change settings of the company (`EDITABLE`); raises `ValidationError` naming the field."""
    unknown = set(fields) - set(EDITABLE)
    if unknown:
        raise TypeError(f"not settings of a company: {', '.join(sorted(unknown))}")
    for name, value in fields.items():
        setattr(company, name, value.strip() if name == "name" else value)
    _check(company)
    company.save(update_fields=[*fields, "updated_at"])
    return company


def _check(company: Company) -> None:
    company.full_clean(exclude=["owner", "status"])
    if company.language not in dict(LANGUAGES):
        raise ValidationError({"language": _("Choose one of: %(codes)s.") % {"codes": ", ".join(dict(LANGUAGES))}})
    if company.timezone not in zoneinfo.available_timezones():
        raise ValidationError({"timezone": _("Must be a time zone's name, such as Europe/Kyiv.")})


def choose(user: User, company: Company) -> None:
    """Make it the company the user works in; raises `Membership.DoesNotExist` if they are no member."""
    Membership.objects.get(user=user, company=company)
    user.current_company = company
    user.save(update_fields=["current_company"])


@transaction.atomic
def join(user: User, company: Company) -> Membership:
    """Make the user a member, which may be so already, and let them work there now."""
    membership, _created = Membership.objects.get_or_create(user=user, company=company)
    user.current_company = company
    user.save(update_fields=["current_company"])
    return membership


@transaction.atomic
def leave(company: Company, *, user: User) -> None:
    """End the user's membership. Raises `Membership.DoesNotExist`, and `ValidationError` for the owner."""
    membership = Membership.objects.select_for_update().get(company=company, user=user)
    if membership.role == Membership.Role.OWNER:
        raise ValidationError(_("The owner cannot leave the company. Ask us to hand it over to somebody else first."))
    membership.delete()
    User.objects.filter(pk=user.pk, current_company=company).update(current_company=None)
    company.access_tokens.filter(created_by=user, revoked_at__isnull=True).update(revoked_at=clock.now())
    with tenancy.company_scope(company):
        events.publish(MemberLeft(company_id=company.pk, user_id=user.pk))


def close(company: Company) -> None:
    """Staff closes the company: nobody gets in, and nothing of it answers, until it is opened again."""
    _switch(company, Company.Status.PAUSED)


def reopen(company: Company) -> None:
    _switch(company, Company.Status.ACTIVE)


@transaction.atomic
def _switch(company: Company, status: str) -> None:
    was_open = company.is_open
    company.status = status
    company.save(update_fields=["status", "updated_at"])
    if company.is_open != was_open:
        with tenancy.company_scope(company):
            events.publish(CompanySwitched(company_id=company.pk, is_open=company.is_open))
