"""The seat belt has no holes: nothing of a queryset works outside a company, however it is asked."""

import inspect
import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, connection, models, transaction
from django_scopes.exceptions import ScopeError

from conversations.models import Chat, Message
from happ_project.companies.models import Company, User
from happ_project.core import tenancy
from tests import factories

# what touches no row, or builds a queryset that nobody has looked at
_HARMLESS = {"as_manager", "none", "using", "create", "acreate", "resolve_expression"}
_ARGUMENTS: dict[str, tuple[Any, ...]] = {
    "dates": ("created_at", "year"),
    "datetimes": ("created_at", "year"),
    "raw": ("SELECT 1",),
    "bulk_create": ([],),
    "abulk_create": ([],),
    "bulk_update": ([], ["text"]),
    "abulk_update": ([], ["text"]),
    "contains": (object(),),
    "acontains": (object(),),
    "complex_filter": ({},),
}
_CREATES = {"bulk_create", "abulk_create"}


def methods() -> list[str]:
    found = [name for name, value in inspect.getmembers(models.QuerySet, callable) if not name.startswith("_")]
    return [name for name in found if name not in _HARMLESS | _CREATES]


@pytest.mark.parametrize("name", methods())
async def test_no_method_of_a_queryset_works_outside_a_company(name: str) -> None:
    with pytest.raises(ScopeError):
        found = getattr(Message.objects.get_queryset(), name)(*_ARGUMENTS.get(name, ()))
        if inspect.isawaitable(found):
            await found
        elif inspect.isasyncgen(found):
            async for _row in found:
                pass
        elif isinstance(found, models.QuerySet):
            list(found)


@pytest.mark.parametrize(
    "look",
    [
        pytest.param(lambda: Message.objects.exists(), id="exists of the manager"),
        pytest.param(lambda: Message.objects.exclude(text="x").exists(), id="exists of exclude"),
        pytest.param(lambda: Message.objects.get_queryset().explain(), id="explain"),
        pytest.param(lambda: bool(Message.objects.get_queryset()), id="bool"),
        pytest.param(lambda: len(Message.objects.get_queryset()), id="len"),
        pytest.param(lambda: Message.objects.get_queryset()[0], id="index"),
        pytest.param(lambda: list(Message.objects.get_queryset()), id="iteration"),
        pytest.param(lambda: list(Message.objects.get_queryset() | Message.objects.get_queryset()), id="or"),
        pytest.param(lambda: list(Message.objects.get_queryset() & Message.objects.get_queryset()), id="and"),
        pytest.param(lambda: Chat(pk="0" * 32).messages.exists(), id="related manager"),
        pytest.param(lambda: list(Chat(pk="0" * 32).messages.all()), id="related rows"),
    ],
)
def test_no_way_of_looking_works_outside_a_company(look: Callable[[], Any], db: None) -> None:
    with pytest.raises(ScopeError):
        look()


async def test_no_way_of_waiting_for_rows_works_outside_a_company() -> None:
    with pytest.raises(ScopeError):
        await Message.objects.aexists()
    with pytest.raises(ScopeError):
        async for _row in Message.objects.exclude(text="x"):
            pass
    with pytest.raises(ScopeError):
        async for _row in Message.objects.get_queryset().aiterator():
            pass


@pytest.mark.parametrize("wrong", [None, "", "0192", [], 0])
def test_no_company_is_no_scope(wrong: Any) -> None:
    # django-scopes reads None as "no filter", which would open every company at once
    with pytest.raises(ScopeError), tenancy.company_scope(wrong):
        pass


def test_a_scope_ends_with_its_block_even_when_it_breaks(company: Company) -> None:
    with pytest.raises(RuntimeError), tenancy.company_scope(company):
        raise RuntimeError
    with pytest.raises(ScopeError):
        tenancy.current_company_id()


def test_a_scope_is_not_carried_into_another_thread(company: Company) -> None:
    seen: list[bool] = []

    def look() -> None:
        try:
            tenancy.current_company_id()
        except ScopeError:
            seen.append(True)

    with tenancy.company_scope(company):
        thread = threading.Thread(target=look)
        thread.start()
        thread.join()

    assert seen == [True]


def test_the_inner_scope_counts(company: Company, charlie: User) -> None:
    other = Company.objects.get(owner=charlie)

    with tenancy.company_scope(company):
        with tenancy.company_scope(other):
            assert tenancy.current_company_id() == other.pk
        assert tenancy.current_company_id() == company.pk


def test_rows_of_another_company_are_not_among_related_ones(company: Company, charlie: User) -> None:
    theirs = factories.make_chat(Company.objects.get(owner=charlie))
    factories.make_message(theirs, "theirs")

    with tenancy.company_scope(company):
        assert not theirs.messages.exists()


def test_the_database_refuses_to_move_a_row_to_another_companys_chat(company: Company, charlie: User) -> None:
    mine, theirs = factories.make_chat(company), factories.make_chat(Company.objects.get(owner=charlie))
    message = factories.make_message(mine)

    with pytest.raises(IntegrityError), transaction.atomic():
        Message._base_manager.filter(pk=message.pk).update(chat=theirs)
        connection.check_constraints()
