"""Plain functions that make rows for tests; every argument has a sensible default.

Whoever makes rows of a tenant does it inside that company's scope (`core.tenancy.company_scope`, or the fixture
`in_company`). Sections are by room; add yours at its end.
"""

import itertools
from typing import Any

from assistants.models import Assistant
from conversations.models import Chat, Message
from conversations.services import chats, writing
from happ_project.companies.models import Company, Membership, User
from happ_project.companies.services import access_tokens, accounts, companies
from happ_project.core import clock, tenancy
from integrations import selectors as switchboard
from integrations.models import Integration
from integrations.services import integrations
from messengers.services import addresses

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


# --- mind -------------------------------------------------------------------------------------------------------------


def make_assistant(company: Company, *, name: str = "", **fields: Any) -> Assistant:
    with tenancy.company_scope(company):
        return Assistant.objects.create(company=company, name=name or f"Assistant {next(_numbers)}", **fields)


# --- switchboard ------------------------------------------------------------------------------------------------------


def make_integration(
    company: Company, *, kind: str = "widget", title: str = "", assistant: Assistant | None = None, enabled: bool = True
) -> Integration:
    """A hosted one (widget, api, playground): nothing outside takes part."""
    with tenancy.company_scope(company):
        address = addresses.create_hosted(company_id=company.pk, kind=kind, title=title or f"Shop {next(_numbers)}")
        integration = integrations.ensure(address)
        if assistant is not None:
            integrations.assign(integration, assistant)
        if enabled:
            integrations.switch_on(integration)
        return switchboard.get(integration.pk)


# --- desk -------------------------------------------------------------------------------------------------------------


def make_chat(
    company: Company, *, integration: Integration | None = None, assistant: Assistant | None = None, **fields: Any
) -> Chat:
    """A chat of a visitor; `fields` are columns of the chat."""
    integration = integration or make_integration(company, assistant=assistant)
    with tenancy.company_scope(company):
        external_id = fields.pop("external_id", f"visitor-{next(_numbers)}")
        chat = chats.create(integration=integration, external_id=external_id, assistant=assistant)
        for name, value in fields.items():
            setattr(chat, name, value)
        chat.save()
        return chat


def make_message(chat: Chat, text: str = "Hello", *, role: str = "User", **fields: Any) -> Message:
    """A stored message, with none of what would follow from receiving or sending it."""
    with tenancy.company_scope(chat.company_id):
        source = chat.integration.address.adapter_class.source
        return writing.add(chat, role=role, text=text, **{"source": source, "sent_at": clock.now(), **fields})
