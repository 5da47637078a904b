"""Plain functions that make rows for tests; every argument has a sensible default.

Whoever makes rows of a tenant does it inside that company's scope (`core.tenancy.company_scope`, or the fixture
`in_company`). Sections are by room; add yours at its end.
"""

import itertools
from typing import Any

from happ_project.companies.models import Company, Membership, User
from happ_project.companies.services import access_tokens, accounts, companies

PASSWORD = "the sea is calm tonight"

_numbers = itertools.count(1)


# --- reception --------------------------------------------------------------------------------------------------------


def make_user(*, email: str = "", verified: bool = True, **fields: Any) -> User:
    user = User.objects.create_user(email or f"person{next(_numbers)}@example.com", PASSWORD, **fields)
    if verified:
        accounts.mark_verified(user)
    return user


def make_company(*, owner: User | None = None, name: str = "", **fields: Any) -> Company:
    return companies.create(owner or make_user(), name=name or f"Company {next(_numbers)}", **fields)


def make_member(company: Company, *, user: User | None = None) -> Membership:
    return companies.join(user or make_user(), company)


def make_access_token(company: Company, *, name: str = "test") -> str:
    """The plain key."""
    return access_tokens.issue(company, name=name, by=company.owner)[1]
