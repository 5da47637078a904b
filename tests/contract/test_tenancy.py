"""The walls between companies: which code looks across them, and that the database has one of its own."""

import ast
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, models, transaction
from django_scopes.exceptions import ScopeError

from conversations.models import Chat, Message
from happ_project.companies.models import Company, User
from happ_project.core import tenancy, tenancy_guard
from tests import factories

ROOT = Path(__file__).parents[2]
ROOMS = ("happ_project", "messengers", "assistants", "integrations", "conversations")

ACROSS = {
    # the definition itself
    ("happ_project/core/tenancy.py", "scopes_disabled"): 2,
    # the four places that may look across companies
    ("happ_project/core/admin_site.py", "all_companies"): 1,
    ("messengers/services/addresses.py", "all_companies"): 3,
    ("messengers/services/directory.py", "all_companies"): 1,
    ("messengers/sessions/across.py", "all_companies"): 5,
    # whose is an address or a login: asked where an app is shared by all companies (ADR 6)
    ("messengers/services/choices.py", "all_companies"): 1,
    ("messengers/services/departures.py", "all_companies"): 1,
    ("messengers/services/upkeep.py", "all_companies"): 2,
    # job rows belong to companies, their machinery does not
    ("happ_project/core/jobs.py", "_base_manager"): 3,
    ("happ_project/core/leases.py", "_base_manager"): 1,
    # how much work waits or has failed: numbers, for staff and the health page
    ("happ_project/core/standing.py", "_base_manager"): 4,
}
"""Every use of what sees more than one company, outside tests and migrations."""


def _code() -> Iterator[Path]:
    for room in ROOMS:
        yield from (path for path in (ROOT / room).rglob("*.py") if "migrations" not in path.parts)


def _names(path: Path) -> Iterator[str]:
    """The names a module uses or imports, definitions left out."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.ImportFrom):
            yield from (alias.name for alias in node.names)


def test_only_the_named_places_look_across_companies() -> None:
    watched = {"all_companies", "scopes_disabled", "with_scopes_disabled", "with_scope", "_base_manager", "scope"}
    found = Counter((str(path.relative_to(ROOT)), name) for path in _code() for name in _names(path) if name in watched)
    # websocket consumers have a `scope` of their own, and `tenancy` is where django-scopes is used
    of_interest = {key: count for key, count in found.items() if key[1] != "scope"}

    assert of_interest == ACROSS


def test_django_scopes_is_used_through_our_own_wall_only() -> None:
    users = [
        str(path.relative_to(ROOT))
        for path in _code()
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom | ast.Import)
        for name in ([node.module or ""] if isinstance(node, ast.ImportFrom) else [a.name for a in node.names])
        if name.split(".")[0] == "django_scopes"
    ]

    assert set(users) == {"happ_project/core/tenancy.py"}


# --- the database's own wall ------------------------------------------------------------------------------------------


def tenant_tables() -> list[type[models.Model]]:
    return [model for model in apps.get_models() if issubclass(model, tenancy.CompanyOwned)]


PLAIN = {
    "User", "Company", "Membership", "Invitation", "AccessToken", "Mail", "LlmModel", "LeftOut", "DeletionRequest"
}  # fmt: skip
"""Read before a company is known, or of no company: counts and requests of an app that all companies share."""


def test_every_table_of_the_house_belongs_to_a_company_or_is_known_not_to() -> None:
    labels = {"companies", "files", "messengers", "assistants", "integrations", "conversations"}
    ours = {model for model in apps.get_models() if model._meta.app_label in labels}

    assert {model.__name__ for model in ours - set(tenant_tables())} - {"User_groups", "User_user_permissions"} == PLAIN


@pytest.mark.django_db
def test_every_reference_between_tenant_tables_is_guarded_by_the_company() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT conname FROM pg_constraint WHERE contype = 'f' AND array_length(conkey, 1) = 2")
        guarded = {name for (name,) in cursor.fetchall()}
    wanted = {
        f"{model._meta.label}.{field.name}": tenancy_guard.constraint_name(model, field)
        for model, field in tenancy_guard.tenant_keys(apps)
    }

    assert len(wanted) > 15
    assert {where for where, name in wanted.items() if name not in guarded} == set()


@pytest.mark.django_db
def test_a_row_cannot_point_into_another_company(company: Company, charlie: User) -> None:
    theirs = charlie.owned_companies.get()
    strangers_chat = factories.make_chat(theirs)

    with pytest.raises(IntegrityError), tenancy.company_scope(company), transaction.atomic():
        Message.objects.create(company=company, chat_id=strangers_chat.pk, role="User", source="API", text="x")
        connection.check_constraints()


# --- the seat belt ----------------------------------------------------------------------------------------------------


QUERIES: dict[str, Any] = {
    "all": lambda rows: list(rows.all()),
    "get": lambda rows: rows.get(pk=1),
    "filter": lambda rows: rows.filter(pk=1),
    "first": lambda rows: rows.first(),
    "count": lambda rows: rows.count(),
    "exists": lambda rows: rows.exists(),
    "exclude": lambda rows: rows.exclude(pk=1),
    "values": lambda rows: rows.values("pk"),
    "iterator": lambda rows: rows.iterator(),
    "aggregate": lambda rows: rows.aggregate(models.Count("pk")),
    "update": lambda rows: rows.update(company_id=None),
    "delete": lambda rows: rows.all().delete(),
    "in_bulk": lambda rows: rows.in_bulk(),
    "explain": lambda rows: rows.explain(),
    "select_related": lambda rows: rows.select_related(),
    "order_by": lambda rows: rows.order_by("pk"),
}


@pytest.mark.django_db
@pytest.mark.parametrize("model", tenant_tables(), ids=lambda model: model._meta.label)
def test_a_query_outside_a_company_is_refused(model: type[models.Model]) -> None:
    for name, query in QUERIES.items():
        with pytest.raises(ScopeError):
            query(model.objects)  # type: ignore[attr-defined]
            pytest.fail(f"{model._meta.label}.objects.{name} ran outside a company")


@pytest.mark.django_db
def test_a_query_inside_a_company_sees_its_rows_alone(company: Company, charlie: User) -> None:
    mine = factories.make_chat(company)
    factories.make_chat(charlie.owned_companies.get())

    with tenancy.company_scope(company):
        assert list(Chat.objects.all()) == [mine]
        assert Chat.objects.count() == 1
        assert not Chat.objects.exclude(pk=mine.pk).exists()


def test_a_scope_needs_a_company() -> None:
    for nothing in (None, "", 0, "all"):
        with pytest.raises(ScopeError), tenancy.company_scope(nothing):
            pass
