"""Who belongs where."""

from uuid import UUID

from django.db.models import QuerySet

from happ_project.companies.models import Company, Membership, User


def current(user: User, *, company_id: UUID | None = None) -> Membership | None:
    """The user's membership in that company, or in the one they work in now; None if there is none.

    Without `company_id`: the company chosen last, else the oldest membership. The company comes along.
    """
    rows = Membership.objects.select_related("company").filter(user=user)
    if company_id is not None:
        return rows.filter(company_id=company_id).first()
    found = list(rows.order_by("created_at"))
    chosen = [each for each in found if each.company_id == user.current_company_id]
    return next(iter(chosen or found), None)


def companies_of(user: User) -> QuerySet[Company]:
    """The companies where the user is a member, by name."""
    return Company.objects.filter(memberships__user=user).order_by("name", "id")


def team(company: Company) -> QuerySet[Membership]:
    """The company's members, owner first, then in order of joining."""
    return Membership.objects.filter(company=company).select_related("user").order_by("-role", "created_at")
