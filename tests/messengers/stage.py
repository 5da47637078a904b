"""A company that connects a channel at the login page, and what workers do for it afterwards."""

from __future__ import annotations

from typing import Any

from conversations.models import Chat, Message
from happ_project.companies.models import Company
from integrations.models import Integration
from integrations.services import integrations
from messengers import types
from messengers.models import Address, LoginAttempt
from messengers.services import login
from tests.working import work


class Person:
    """Somebody of the company at the login page of one messenger."""

    def __init__(self, company: Company, kind: str) -> None:
        self._attempt = login.start(company_id=company.pk, kind=kind)
        work(LoginAttempt)

    @property
    def attempt(self) -> LoginAttempt:
        return LoginAttempt.objects.get(pk=self._attempt.pk)

    @property
    def step(self) -> Any:
        return login.step_of(self.attempt)

    def answers(self, **values: str) -> Any:
        """The step that follows; None when the login is over."""
        login.answer(self.attempt, values)
        work(LoginAttempt)
        return self.step

    def errors(self) -> str:
        step = self.step
        return " ".join(field.error for field in step.fields) if isinstance(step, types.Ask) else ""

    def switches_on(self) -> Address:
        """The channel that the login brought, taken into use."""
        attempt = self.attempt
        assert attempt.status == LoginAttempt.Status.DONE, attempt.error or self.errors()
        address = Address.objects.select_related("account").get(pk=attempt.addresses[0])
        integrations.switch_on(Integration.objects.get(address=address))
        work()
        return Address.objects.select_related("account").get(pk=address.pk)


def chat_of(address: Address) -> Chat:
    return Chat.objects.get(integration__address=address, deleted_at=None)


def said(address: Address) -> list[tuple[str, str]]:
    """Role and text of each message of the channel's one chat, in order; our own notes left out."""
    found = Message.objects.filter(chat=chat_of(address)).exclude(role="System")
    return list(found.order_by("sent_at", "id").values_list("role", "text"))


def status_of(message: Message) -> str:
    return str(Message.objects.get(pk=message.pk).status)
