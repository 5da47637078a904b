"""The seat belt of tenancy: every row of a tenant carries its company, and a query outside a company scope raises.

You still write the filter; the scope catches the one you forgot. Scopes are opened by the middleware, the token
authentication, the consumers and the job runner (`company_scope`). The few places that work across companies call
`all_companies`, which a test lists.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ClassVar
from uuid import UUID

from django.db import models
from django_scopes import ScopedManager, get_scope, scope, scopes_disabled
from django_scopes.exceptions import ScopeError
from django_scopes.manager import DisabledQuerySet

from happ_project.core import ids


class OutsideScope(DisabledQuerySet):
    """Refuses what django-scopes 2.1 lets through outside a scope."""

    exists = DisabledQuerySet.error
    aexists = DisabledQuerySet.error
    explain = DisabledQuerySet.error
    aexplain = DisabledQuerySet.error
    aiterator = DisabledQuerySet.error
    exclude = DisabledQuerySet.error
    alias = DisabledQuerySet.error
    in_bulk = DisabledQuerySet.error
    contains = DisabledQuerySet.error
    distinct = DisabledQuerySet.error
    defer = DisabledQuerySet.error
    select_related = DisabledQuerySet.error
    prefetch_related = DisabledQuerySet.error
    bulk_update = DisabledQuerySet.error
    intersection = DisabledQuerySet.error
    difference = DisabledQuerySet.error
    extra = DisabledQuerySet.error
    __aiter__ = DisabledQuerySet.error


class _Manager(models.Manager):
    """What a scoped manager is made of; `with_queryset` lets a model bring its own queryset methods."""


def scoped_manager(queryset: type[models.QuerySet] = models.QuerySet) -> Any:
    """A manager for tenant rows, with the methods of `queryset`, that works inside a company scope only."""
    manager = ScopedManager(_manager_class=_Manager.from_queryset(queryset), company="company")
    kind = type(manager)

    class Manager(kind):  # type: ignore[misc,valid-type]
        def get_queryset(self) -> models.QuerySet:
            found = super().get_queryset()
            if isinstance(found, DisabledQuerySet):
                return OutsideScope(self.model, using=self._db, missing_scopes={"company"})
            return found

    return Manager()


class CompanyOwned(models.Model):
    """Base of every tenant row."""

    id: Any = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)  # jobs have numbers
    company: Any = models.ForeignKey("companies.Company", on_delete=models.CASCADE, related_name="+")

    objects: ClassVar[Any] = scoped_manager()

    class Meta:
        abstract = True


@contextmanager
def company_scope(company: Any) -> Iterator[None]:
    """Open the scope of one company (a `Company` or its id) for the block."""
    key = getattr(company, "pk", company)
    if not isinstance(key, UUID):
        # django-scopes reads None as "no filter": that would open every company at once
        raise ScopeError(f"A company scope needs a company, not {key!r}")
    with scope(company=key):
        yield


@contextmanager
def all_companies() -> Iterator[None]:
    """Work across companies: for the admin, the webhook address look-up, the dispatcher and management commands."""
    with scopes_disabled():
        yield


def current_company_id() -> UUID:
    """The company of the open scope; raises `ScopeError` outside one."""
    found = get_scope().get("company")
    if found is None:
        raise ScopeError("No company scope is open")
    return found
