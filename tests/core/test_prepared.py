"""`core/prepared.py`: queries whose SQL is built once answer like those that are built anew."""

import threading
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from django.db import DatabaseError, models, transaction
from django.db.transaction import TransactionManagementError
from django_scopes.exceptions import ScopeError

from conversations.models import Chat, Message
from happ_project.companies.models import Company
from happ_project.core import clock, prepared, tenancy
from tests import factories
from tests.working import at_once


@prepared.query
def _by_name(external_id: str) -> models.QuerySet[Chat]:
    chats: models.QuerySet[Chat] = Chat.objects.select_related("integration__address", "assistant")
    return chats.filter(external_id=external_id, deleted_at=None)


@prepared.query
def _locked(chat_id: UUID) -> models.QuerySet[Chat]:
    chats: models.QuerySet[Chat] = Chat.objects.select_for_update()
    return chats.filter(pk=chat_id)


@prepared.query
def _texts(chat_id: UUID, since: datetime) -> "models.QuerySet[Message, tuple[str, str]]":
    messages: models.QuerySet[Message] = Message.objects.filter(chat_id=chat_id, sent_at__gt=since)
    return messages.order_by("id").values_list("text", "role")


def test_the_rows_are_those_of_the_queryset(in_company: Company) -> None:
    assistant = factories.make_assistant(in_company)
    integration = factories.make_integration(in_company, assistant=assistant)
    chat = factories.make_chat(in_company, integration=integration, assistant=assistant, ai_context={"a": ["ї"]})

    for _again in range(8):  # PostgreSQL keeps its plan from the sixth time
        (found,) = _by_name(chat.external_id)

    for field in Chat._meta.concrete_fields:
        assert getattr(found, field.attname) == getattr(chat, field.attname), field.attname
    assert found.integration.address.external_id == integration.address.external_id
    assert found.assistant == assistant


def test_what_may_be_missing_is_none(in_company: Company) -> None:
    chat = factories.make_chat(in_company)

    (found,) = _by_name(chat.external_id)

    assert found.assistant is None
    assert _by_name.first("nobody") is None


def test_values_come_as_tuples(in_company: Company) -> None:
    chat = factories.make_chat(in_company)
    before = clock.now() - timedelta(minutes=1)
    factories.make_message(chat, "One")
    factories.make_message(chat, "Two", role="Assistant")

    assert _texts(chat.pk, before) == [("One", "User"), ("Two", "Assistant")]
    assert _texts(chat.pk, clock.now() + timedelta(minutes=1)) == []


def test_each_company_sees_its_own_rows(in_company: Company, charlie: object) -> None:
    chat = factories.make_chat(in_company)
    stranger = Company.objects.exclude(pk=in_company.pk).get()
    assert _by_name(chat.external_id) == [chat]

    with tenancy.company_scope(stranger):
        assert _by_name(chat.external_id) == []


def test_outside_a_company_it_raises(company: Company) -> None:
    with tenancy.company_scope(company):
        _by_name("somebody")

    with pytest.raises(ScopeError):
        _by_name("somebody")


def test_rows_are_locked_inside_a_transaction_only(committed: None, in_company: Company) -> None:
    chat = factories.make_chat(in_company)
    with transaction.atomic():
        assert _locked(chat.pk) == [chat]

    with pytest.raises(TransactionManagementError):
        _locked(chat.pk)


def test_a_locked_row_is_held(committed: None, in_company: Company) -> None:
    chat = factories.make_chat(in_company)
    held, seen = threading.Event(), []

    def hold() -> None:
        with tenancy.company_scope(in_company), transaction.atomic():
            _locked(chat.pk)
            held.set()
            Chat.objects.filter(pk=chat.pk).update(unread=7)

    def look() -> None:
        assert held.wait(10)
        with tenancy.company_scope(in_company), transaction.atomic():
            seen.append(_locked(chat.pk)[0].unread)

    at_once(hold, look)
    assert seen == [7]


def test_an_argument_that_is_not_passed_on_as_it_is_is_refused(in_company: Company) -> None:
    @prepared.query
    def shouted(text: str) -> models.QuerySet[Message]:
        found: models.QuerySet[Message] = Message.objects.filter(text=text.upper())
        return found

    with pytest.raises(TypeError):
        shouted("hello")


def test_an_update_writes_the_named_columns_alone(in_company: Company) -> None:
    chat = factories.make_chat(in_company, unread=1)
    chat.unread, chat.ai_context, chat.display_name = 2, {"city": "Львів"}, "not saved"

    prepared.update(chat, "unread", "ai_context")

    stored = Chat.objects.get(pk=chat.pk)
    assert (stored.unread, stored.ai_context, stored.display_name) == (2, {"city": "Львів"}, "")


def test_an_update_of_a_row_that_is_gone_raises(in_company: Company) -> None:
    chat = factories.make_chat(in_company)
    Chat.objects.filter(pk=chat.pk).delete()

    with pytest.raises(DatabaseError):
        prepared.update(chat, "unread")
