"""Every address, with a stranger's ids and with nobody signed in: a new one fails here until it is listed.

`TABLE` says for each address who may come. Alice owns the things whose ids are in the paths; Charlie is signed in,
owns another company, and must not see, change or even learn of them.
"""

import hashlib
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
from asgiref.sync import sync_to_async
from channels.layers import get_channel_layer
from django.db import connection
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from assistants.models import KnowledgeDocument, Publication
from assistants.services import looking_up, mcp_servers, testing, tools, versions
from conversations.models import AnswerReview, Chat, CopilotTask
from happ_project import urls
from happ_project.companies.models import AccessToken, Company, Membership, User
from happ_project.companies.services import invitations, json_web_tokens
from happ_project.core import clock, health, realtime, tenancy
from happ_project.files import services as files
from integrations.models import ConnectionNotice, WebhookDelivery
from integrations.services import webhooks
from messengers.models import LoginAttempt
from tests import factories
from tests.sockets import socket_at

pytestmark = pytest.mark.django_db

METHODS = ("get", "post", "put", "patch", "delete")
MARK = "zqx-secret-of-alice"
"""In all that Alice's company says and calls itself; Charlie must never read it."""


@dataclass(frozen=True)
class Rule:
    """Who may come to an address.

    `open`: anybody; what it shows is nobody's. `token`: whoever holds what is in the address. `page`: signed in.
    `api`: a program or a person with a token. `start`: an API address for people who have no token yet.
    """

    kind: str
    ids: tuple[str, ...] = ()
    """Which of Alice's ids fill the parameters of the address."""


OPEN, PAGE, API, START = Rule("open"), Rule("page"), Rule("api"), Rule("start")


def page(*ids: str) -> Rule:
    return Rule("page", ids)


def api(*ids: str) -> Rule:
    return Rule("api", ids)


TABLE: dict[str, Rule] = {
    "": OPEN,
    "healthz": OPEN,
    "reference": OPEN,
    "api/swagger-json": OPEN,
    "api/schema": OPEN,
    "demo/shop/": OPEN,
    "debug/mails/": OPEN,
    "i18n/setlang/": OPEN,
    "widget/v1.js": OPEN,
    # whoever holds what is in the address
    "webhooks/<slug:kind>/<str:token>/": Rule("token"),
    # proved by a signature of the platform
    "webhooks/<slug:kind>/": Rule("token"),
    "webhooks/meta/deauthorize/": Rule("token"),
    "webhooks/meta/data-deletion/": Rule("token"),
    "data-deletion/<slug:code>/": Rule("token"),
    "webhook/<slug:channel>": Rule("token"),
    "webhook/<slug:channel>/": Rule("token"),
    "widget/<slug:channel>/session/": Rule("token"),
    "widget/<slug:channel>/files/": Rule("token"),
    "widget/<slug:channel>/history/": Rule("token"),
    "files/<uuid:file_id>/<str:signature>/<str:name>": Rule("token"),
    "invitations/<str:token>/": Rule("token"),
    # reception
    "companies/new/": PAGE,
    "companies/<uuid:company_id>/switch/": page("company"),
    "settings/": PAGE,
    "settings/team/": PAGE,
    "settings/team/invite/": PAGE,
    "settings/team/invitations/<uuid:invitation_id>/withdraw/": page("invitation"),
    "settings/team/<uuid:membership_id>/remove/": page("membership"),
    "settings/team/leave/": PAGE,
    "settings/team/mail/": PAGE,
    "settings/access-tokens/": PAGE,
    "settings/access-tokens/<uuid:token_id>/revoke/": page("access_token"),
    "profile/": PAGE,
    # the desk
    "chats/": PAGE,
    "chats/list/": PAGE,
    "chats/unread/": PAGE,
    "chats/concerned/<uuid:integration_id>/": page("integration"),
    "chats/thrown-away/": PAGE,
    "chats/behind/<uuid:assistant_id>/": page("assistant"),
    "chats/playground/<uuid:assistant_id>/": page("assistant"),
    "chats/playground/<uuid:assistant_id>/live/": page("assistant"),
    "chats/playground/<uuid:assistant_id>/say/": page("assistant"),
    "chats/playground/<uuid:assistant_id>/trace/": page("assistant"),
    "chats/playground/<uuid:assistant_id>/setup/": page("assistant"),
    "chats/playground/<uuid:assistant_id>/restart/": page("assistant"),
    "chats/<uuid:chat_id>/": page("chat"),
    "chats/<uuid:chat_id>/live/": page("chat"),
    "chats/<uuid:chat_id>/earlier/": page("chat"),
    "chats/<uuid:chat_id>/as-test/": page("chat"),
    "chats/<uuid:chat_id>/send/": page("chat"),
    "chats/<uuid:chat_id>/read/": page("chat"),
    "chats/<uuid:chat_id>/ai/": page("chat"),
    "chats/<uuid:chat_id>/assistant/": page("chat"),
    "chats/<uuid:chat_id>/contact/": page("chat"),
    "chats/contact-fields/": PAGE,
    "chats/team-groups/": PAGE,
    "chats/<uuid:chat_id>/rename/": page("chat"),
    "chats/<uuid:chat_id>/delete/": page("chat"),
    "chats/<uuid:chat_id>/messages/<uuid:message_id>/repeat/": page("chat", "message"),
    "chats/<uuid:chat_id>/messages/<uuid:message_id>/file/": page("chat", "message"),
    "chats/<uuid:chat_id>/messages/<uuid:message_id>/why/": page("chat", "message"),
    "chats/<uuid:chat_id>/messages/<uuid:message_id>/review/": page("chat", "message"),
    "chats/<uuid:chat_id>/copilot/": page("chat"),
    "chats/<uuid:chat_id>/copilot/<int:task_id>/": page("chat", "copilot_task"),
    "chats/review/": PAGE,
    "chats/review/<uuid:review_id>/close/": page("review"),
    "chats/review/<uuid:review_id>/learn/": page("review"),
    # the switchboard
    "integrations/": PAGE,
    "integrations/first-steps/": PAGE,
    "integrations/add/": PAGE,
    "integrations/add/<slug:kind>/": page("kind"),
    "integrations/login/<uuid:attempt_id>/": page("login"),
    "integrations/login/<uuid:attempt_id>/step/": page("login"),
    "integrations/login/<uuid:attempt_id>/visit/": page("login"),
    "integrations/troubles/": PAGE,
    "integrations/troubles/<int:notice_id>/dismiss/": page("notice"),
    "messengers/meta/callback/": PAGE,
    "integrations/guides/": PAGE,
    "integrations/guides/<slug:kind>/": page("kind"),
    "integrations/webhooks/": PAGE,
    "integrations/webhooks/<uuid:endpoint_id>/": page("endpoint"),
    "integrations/webhooks/<uuid:endpoint_id>/switch/": page("endpoint"),
    "integrations/webhooks/<uuid:endpoint_id>/remove/": page("endpoint"),
    "integrations/webhooks/<uuid:endpoint_id>/calls/<int:delivery_id>/repeat/": page("endpoint", "call"),
    "integrations/<uuid:integration_id>/": page("integration"),
    "integrations/<uuid:integration_id>/appearance/": page("integration"),
    "integrations/<uuid:integration_id>/try/": page("integration"),
    "integrations/<uuid:integration_id>/exchange/log/": page("integration"),
    "integrations/<uuid:integration_id>/exchange/test/": page("integration"),
    "integrations/<uuid:integration_id>/exchange/change/": page("integration"),
    "integrations/<uuid:integration_id>/assign/": page("integration"),
    "integrations/<uuid:integration_id>/switch/": page("integration"),
    "integrations/<uuid:integration_id>/remove/": page("integration"),
    # the mind
    "assistants/": PAGE,
    "assistants/new/": PAGE,
    "assistants/usage/": PAGE,
    "assistants/usage/budget/": PAGE,
    "assistants/usage/notice/": PAGE,
    "assistants/model/": PAGE,
    "assistants/model/remove/": PAGE,
    "assistants/<uuid:assistant_id>/": page("assistant"),
    "assistants/<uuid:assistant_id>/copy/": page("assistant"),
    "assistants/<uuid:assistant_id>/remove/": page("assistant"),
    "assistants/<uuid:assistant_id>/test/": page("assistant"),
    "assistants/<uuid:assistant_id>/knowledge/": page("assistant"),
    "assistants/<uuid:assistant_id>/knowledge/rows/": page("assistant"),
    "assistants/<uuid:assistant_id>/knowledge/search/": page("assistant"),
    "assistants/<uuid:assistant_id>/knowledge/search/<uuid:search_id>/": page("assistant", "search"),
    "assistants/<uuid:assistant_id>/knowledge/new/": page("assistant"),
    "assistants/<uuid:assistant_id>/knowledge/<uuid:document_id>/": page("assistant", "document"),
    "assistants/<uuid:assistant_id>/knowledge/<uuid:document_id>/read-again/": page("assistant", "document"),
    "assistants/<uuid:assistant_id>/knowledge/<uuid:document_id>/remove/": page("assistant", "document"),
    "assistants/<uuid:assistant_id>/tools/": page("assistant"),
    "assistants/<uuid:assistant_id>/tools/new/": page("assistant"),
    "assistants/<uuid:assistant_id>/tools/<uuid:tool_id>/": page("assistant", "tool"),
    "assistants/<uuid:assistant_id>/tools/<uuid:tool_id>/remove/": page("assistant", "tool"),
    "assistants/<uuid:assistant_id>/tools/<uuid:tool_id>/try/": page("assistant", "tool"),
    "assistants/<uuid:assistant_id>/mcp/new/": page("assistant"),
    "assistants/<uuid:assistant_id>/mcp/<uuid:server_id>/": page("assistant", "server"),
    "assistants/<uuid:assistant_id>/mcp/<uuid:server_id>/refresh/": page("assistant", "server"),
    "assistants/<uuid:assistant_id>/mcp/<uuid:server_id>/remove/": page("assistant", "server"),
    "assistants/<uuid:assistant_id>/publish/": page("assistant"),
    "assistants/<uuid:assistant_id>/publish/<int:publication_id>/": page("assistant", "publication"),
    "assistants/<uuid:assistant_id>/publish/stop/": page("assistant"),
    "assistants/<uuid:assistant_id>/discard/": page("assistant"),
    "assistants/<uuid:assistant_id>/versions/": page("assistant"),
    "assistants/<uuid:assistant_id>/versions/compare/": page("assistant"),
    "assistants/<uuid:assistant_id>/versions/<uuid:version_id>/restore/": page("assistant", "version"),
    "assistants/<uuid:assistant_id>/tests/": page("assistant"),
    "assistants/<uuid:assistant_id>/tests/rows/": page("assistant"),
    "assistants/<uuid:assistant_id>/tests/run/": page("assistant"),
    "assistants/<uuid:assistant_id>/tests/new/": page("assistant"),
    "assistants/<uuid:assistant_id>/tests/<uuid:test_id>/": page("assistant", "test"),
    "assistants/<uuid:assistant_id>/tests/<uuid:test_id>/runs/": page("assistant", "test"),
    "assistants/<uuid:assistant_id>/tests/<uuid:test_id>/run/": page("assistant", "test"),
    "assistants/<uuid:assistant_id>/tests/<uuid:test_id>/remove/": page("assistant", "test"),
    # the REST API
    "api/auth/sign-up": START,
    "api/auth/sign-in": START,
    "api/auth/refresh": START,
    "api/auth/me": API,
    "api/companies": API,
    "api/companies/my": API,
    "api/companies/<str:company_id>": api("company"),
    "api/companies/<str:company_id>/exit": api("company"),
    "api/companies/<str:company_id>/access-tokens": api("company"),
    "api/companies/<str:company_id>/access-tokens/<str:token_id>": api("company", "access_token"),
    "api/company-invitations/accept": API,
    "api/company-invitations/<str:company_id>/invitations": api("company"),
    "api/files": API,
    "api/assistants": API,
    "api/assistants/<str:assistant_id>": api("assistant"),
    "api/assistants/<str:assistant_id>/knowledge/search": api("assistant"),
    "api/assistants/<str:assistant_id>/copy": api("assistant"),
    "api/assistant-knowledge": API,
    "api/assistant-knowledge/<str:knowledge_id>": api("document"),
    "api/assistant-knowledge/<str:knowledge_id>/read-again": api("document"),
    "api/assistant-tools": API,
    "api/assistant-tools/<str:tool_id>": api("tool"),
    "api/llm-models": API,
    "api/assistant-mcp-servers": API,
    "api/assistant-mcp-servers/<str:server_id>": api("server"),
    "api/assistant-mcp-servers/<str:server_id>/refresh": api("server"),
    "api/integrations": API,
    "api/integrations/<str:integration_id>": api("integration"),
    "api/events": API,
    "api/webhooks": API,
    "api/webhooks/<str:endpoint_id>": api("endpoint"),
    "api/webhooks/<str:endpoint_id>/calls": api("endpoint"),
    "api/webhooks/<str:endpoint_id>/calls/<int:call_id>/repeat": api("endpoint", "call"),
    "api/chats": API,
    "api/chats/messengers": API,
    "api/chats/<str:chat_id>": api("chat"),
    "api/chats/<str:chat_id>/ai-control": api("chat"),
    "api/chats/<str:chat_id>/assign-assistant": api("chat"),
    "api/chats/<str:chat_id>/unassign-assistant": api("chat"),
    "api/chats/<str:chat_id>/messages": api("chat"),
    "api/messages": API,
    "api/messages/last": API,
    "api/messages/<str:message_id>": api("message"),
}
STAFF = "admin/"
"""All addresses below are Django's own and for staff."""
ACCOUNTS = "accounts/"
"""All addresses below are allauth's and about the person who is signed in."""


# --- the walk ---------------------------------------------------------------------------------------------------------


def addresses(patterns: list[Any] | None = None, prefix: str = "") -> Iterator[str]:
    """The route of every address of the product, as it stands in the URLconf."""
    for each in patterns if patterns is not None else get_resolver().url_patterns:
        route = prefix + str(each.pattern)
        if isinstance(each, URLResolver):
            yield from addresses(each.url_patterns, route)
        elif isinstance(each, URLPattern):
            yield route


def own_addresses() -> list[str]:
    return [route for route in addresses() if not route.startswith((STAFF, ACCOUNTS))]


def test_every_address_is_listed() -> None:
    assert sorted(set(own_addresses()) - set(TABLE)) == [], "say in TABLE who may come to these"
    assert sorted(set(TABLE) - set(own_addresses())) == [], "these are gone: take them out of TABLE"


def listed(kind: str) -> list[tuple[str, Rule]]:
    return [(route, rule) for route, rule in TABLE.items() if rule.kind == kind]


# --- the house of Alice -----------------------------------------------------------------------------------------------


def forget_limits() -> None:
    """Rate limits are not what this is about."""
    store = health.state_store()
    for key in store.scan_iter("limit:*"):
        store.delete(key)


@pytest.fixture(autouse=True)
def _fresh_limits() -> None:
    forget_limits()


@pytest.fixture
def hers(alice: User, company: Company) -> dict[str, Any]:
    """Alice's things by the names that `TABLE` uses."""
    company.name = f"Bakery {MARK}"
    company.save()
    assistant = factories.make_assistant(company, name=f"Sofia {MARK}", prompt=MARK)
    integration = factories.make_integration(company, title=f"Shop {MARK}", assistant=assistant)
    chat = factories.make_chat(company, integration=integration, assistant=assistant, display_name=f"Olena {MARK}")
    message = factories.make_message(chat, f"Hello {MARK}")
    token = factories.make_access_token(company, name=MARK)
    invitation = invitations.send(company, email=f"{MARK}@example.com", by=alice)
    with tenancy.company_scope(company):
        document = KnowledgeDocument.objects.create(
            company=company, assistant=assistant, name=MARK, content=MARK, lane="x"
        )
        tool = tools.create(assistant, name="order", description=MARK, url="https://example.com/", secret=MARK)
        server = mcp_servers.create(assistant, name="shop", url=f"https://{MARK}.example.com/", headers={"X-Key": MARK})
        version = versions.latest(assistant)
        test = testing.create(assistant, name=MARK, lines=[MARK])
        publication = Publication.objects.create(
            company=company, assistant=assistant, author=alice, note=MARK, draft=MARK, lane="p", state="done"
        )
        endpoint, _secret = webhooks.create(company_id=company.pk, url=f"https://{MARK}.example.com/")
        factories.make_message(chat, MARK)
        call = WebhookDelivery.objects.filter(endpoint=endpoint).first()
        review = AnswerReview.objects.create(company=company, message=message, author=alice, verdict="bad", note=MARK)
        task = CopilotTask.objects.create(
            company=company, chat=chat, author=alice, action="suggest", draft=MARK, lane="c", state="done", result=MARK
        )
        login = LoginAttempt.objects.create(
            company=company, kind="whatsapp", lane="l", expires_at=clock.now(), memory={"secret": MARK}
        )
        notice = ConnectionNotice.objects.create(
            company=company, account=integration.address.account, what="healed", lane="n", state="done"
        )
        stored = files.store(MARK.encode(), name=f"{MARK}.txt", mime="text/plain")
    assert call is not None
    return {
        "company": company.pk,
        "assistant": assistant.pk,
        "integration": integration.pk,
        "chat": chat.pk,
        "message": message.pk,
        "review": review.pk,
        "copilot_task": task.pk,
        "document": document.public_id,
        "search": looking_up.ask(assistant, MARK).public_id,
        "tool": tool.pk,
        "server": server.pk,
        "version": version.pk,
        "test": test.pk,
        "publication": publication.pk,
        "endpoint": endpoint.pk,
        "call": call.pk,
        "login": login.public_id,
        "notice": notice.pk,
        "invitation": invitation.pk,
        "membership": Membership.objects.get(company=company).pk,
        "access_token": AccessToken.objects.get().pk,
        "kind": "widget",
        "file": stored.pk,
        "token": token,
        "address": integration.address,
    }


def path_of(route: str, rule: Rule, hers: dict[str, Any]) -> str:
    """The address with Alice's ids put in, in the order of its parameters."""
    pieces, ids = [], iter(rule.ids)
    for piece in route.split("/"):
        pieces.append(str(hers[next(ids)]) if piece.startswith("<") else piece)
    assert next(ids, None) is None, f"too many ids for {route}"
    return "/" + "/".join(pieces)


def fingerprint(company_id: UUID) -> dict[str, str]:
    """A digest of every row of the company, table by table."""
    found = {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name FROM information_schema.columns "
            "WHERE table_schema = 'public' AND column_name = 'company_id' ORDER BY 1"
        )
        tables = [name for (name,) in cursor.fetchall()]
        for table in tables:
            cursor.execute(f'SELECT t::text FROM "{table}" t WHERE company_id = %s ORDER BY 1', [company_id])
            found[table] = hashlib.sha256(repr(cursor.fetchall()).encode()).hexdigest()
        cursor.execute("SELECT c::text FROM companies_company c WHERE id = %s", [company_id])
        found["companies_company"] = repr(cursor.fetchone())
    return found


def ask(client: Client, method: str, path: str, body: dict[str, Any] | None = None, *, form: bool = False) -> Any:
    if method == "get":
        return client.get(path)
    if form:
        return getattr(client, method)(path, body or {}) if method == "post" else getattr(client, method)(path)
    return getattr(client, method)(path, body or {}, content_type="application/json")


def text_of(answer: Any) -> str:
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return content.decode("utf-8", "replace") + str(answer.headers)


# --- nobody -----------------------------------------------------------------------------------------------------------


class Walk:
    """Asks every address of a kind and collects what went wrong; nothing of Alice's may change on the way."""

    def __init__(self, hers: dict[str, Any]) -> None:
        self.hers = hers
        self.faults: list[str] = []
        self._before = fingerprint(hers["company"])

    def ask(self, client: Client, path: str, *, may_be: Callable[[Any], bool], form: bool) -> None:
        for method in METHODS:
            answer = ask(client, method, path, _bodies(self.hers), form=form)
            if not may_be(answer) or answer.status_code >= 500:
                self.faults.append(f"{method} {path}: {answer.status_code}")
            if MARK in text_of(answer).replace(path, ""):
                self.faults.append(f"{method} {path}: shows what is hers")
        if fingerprint(self.hers["company"]) != self._before:
            self.faults.append(f"{path}: changed what is hers")
            self._before = fingerprint(self.hers["company"])


def test_nobody_is_led_to_the_sign_in(hers: dict[str, Any]) -> None:
    walk = Walk(hers)

    def led(answer: Any) -> bool:
        return answer.status_code in (403, 405) or (
            answer.status_code == 302 and answer.url.startswith("/accounts/login/")
        )

    for route, rule in listed("page"):
        walk.ask(Client(), path_of(route, rule, hers), may_be=led, form=True)
    assert walk.faults == []


@pytest.mark.parametrize("headers", [{}, {"x-access-token": "happ_guess"}, {"authorization": "Bearer guess"}])
def test_nobody_gets_nothing_from_the_api(headers: dict[str, str], hers: dict[str, Any]) -> None:
    walk = Walk(hers)

    for route, rule in listed("api"):
        path = path_of(route, rule, hers)
        walk.ask(Client(headers=headers), path, may_be=lambda a: a.status_code in (401, 405), form=False)
    assert walk.faults == []


def test_nobody_and_no_stranger_gets_among_staff(charlie: User) -> None:
    client = Client()
    client.force_login(charlie)
    asked = 0

    for route in addresses():
        path = "/" + route.replace("<path:object_id>", "1")
        if not route.startswith(STAFF) or "<" in path or "(" in path or route == f"{STAFF}logout/":
            continue  # another kind, or parameters that only Django's own addresses have
        for method in ("get", "post"):
            for who in (Client(), client):
                answer = ask(who, method, path, form=True)
                led = answer.status_code == 302 and answer.url.startswith(("/admin/login/", "/accounts/login/"))
                assert led or (answer.status_code == 403 and path == "/admin/login/"), path
        asked += 1
    assert asked > 50
    assert client.get("/admin/", follow=True).status_code == 403


# --- the stranger -----------------------------------------------------------------------------------------------------


def strangers_things(charlie: User) -> tuple[Company, str]:
    theirs = charlie.owned_companies.get()
    return theirs, factories.make_access_token(theirs)


def test_a_stranger_finds_none_of_her_pages(hers: dict[str, Any], charlie: User) -> None:
    walk = Walk(hers)

    for route, rule in listed("page"):
        client = Client()
        client.force_login(charlie)
        names_hers = bool(rule.ids) and rule.ids != ("kind",)
        allowed = (404, 405) if names_hers else range(200, 500)
        walk.ask(client, path_of(route, rule, hers), may_be=lambda a, ok=allowed: a.status_code in ok, form=True)
    assert walk.faults == []


@pytest.mark.parametrize("as_", ["program", "person who names her company"])
def test_a_stranger_gets_nothing_of_hers_from_the_api(as_: str, hers: dict[str, Any], charlie: User) -> None:
    walk = Walk(hers)
    headers = {"x-access-token": strangers_things(charlie)[1]}
    if as_ != "program":
        token = json_web_tokens.issue(charlie).access
        headers = {"authorization": f"Bearer {token}", "x-company-id": str(hers["company"])}

    for route, rule in listed("api"):
        forget_limits()
        allowed = (401, 404, 405) if rule.ids else range(200, 500)
        path = path_of(route, rule, hers)
        walk.ask(Client(headers=headers), path, may_be=lambda a, ok=allowed: a.status_code in ok, form=False)
    assert walk.faults == []


def _bodies(hers: dict[str, Any]) -> dict[str, Any]:
    """A body that names her things wherever a body can name things, in both spellings."""
    named = {
        "companyId": hers["company"],
        "assistantId": hers["assistant"],
        "assistant": hers["assistant"],
        "chatId": hers["chat"],
        "fileId": hers["file"],
        "integrationId": hers["integration"],
        "integration": hers["integration"],
    }
    words = {
        "name": "mine now",
        "title": "mine now",
        "displayName": "mine now",
        "text": "mine now",
        "content": "mine now",
        "email": "mine@example.com",
        "source": "API",
        "role": "Assistant",
        "type": "text",
        "isUnderAiControl": False,
        "enabled": False,
        "resourceContent": "mine now",
        "promptText": "mine now",
        "url": "https://mine.example.com/",
    }
    return {key: str(value) for key, value in named.items()} | words


QUERIES = {
    "/api/messages": "chatId={chat}",
    "/api/messages/last": "chatIds={chat}",
    "/api/chats": "integrationId={integration}",
    "/api/assistants": "companyId={company}",
    "/api/assistant-knowledge": "assistantId={assistant}",
    "/api/companies": "userId={owner}",
    "/api/events": "after=0",
    "/chats/": "chat={chat}",
    "/chats/list/": "integration={integration}",
}


@pytest.mark.parametrize("path", QUERIES)
def test_a_stranger_finds_nothing_by_her_ids_in_a_query(path: str, hers: dict[str, Any], charlie: User) -> None:
    query = QUERIES[path].format(owner=Company.objects.get(pk=hers["company"]).owner_id, **hers)
    client = Client(headers={"x-access-token": strangers_things(charlie)[1]} if path.startswith("/api/") else {})
    client.force_login(charlie)

    answer = client.get(f"{path}?{query}")

    assert answer.status_code in (200, 302, 404)
    assert MARK not in text_of(answer)


BODIES = {
    "/api/messages": {"chatId": "chat", "source": "API", "role": "User", "type": "Text", "text": "mine"},
    "/api/chats": {"assistantId": "assistant"},
    "/api/assistants": {"companyId": "company", "name": "mine", "promptText": "mine"},
    "/api/assistant-knowledge": {
        "assistantId": "assistant",
        "name": "mine",
        "type": "text",
        "resourceContent": "mine",
    },
}


@pytest.mark.parametrize("path", BODIES)
def test_a_stranger_cannot_put_anything_into_her_things(path: str, hers: dict[str, Any], charlie: User) -> None:
    before = fingerprint(hers["company"])
    body = {key: str(hers.get(value, value)) for key, value in BODIES[path].items()}

    answer = Client(headers={"x-access-token": strangers_things(charlie)[1]}).post(
        path, body, content_type="application/json"
    )

    assert answer.status_code == 400
    assert MARK not in text_of(answer)
    assert fingerprint(hers["company"]) == before


def test_her_own_key_opens_what_is_refused_to_others(hers: dict[str, Any]) -> None:
    """The table's ids are real: with her key the same addresses answer."""
    client = Client(headers={"x-access-token": hers["token"]})

    for route, rule in TABLE.items():
        for_people = route.endswith(("/exit", "/invitations")) or "access-tokens" in route
        if rule.kind == "api" and rule.ids and not for_people:
            answer = client.get(path_of(route, rule, hers))
            assert answer.status_code in (200, 405), route


# --- what is in the address -------------------------------------------------------------------------------------------


def test_a_guessed_token_opens_nothing(hers: dict[str, Any]) -> None:
    before = fingerprint(hers["company"])
    address = hers["address"]
    guesses = [
        ("post", "/webhooks/whatsapp/guess/"),
        ("post", f"/webhooks/widget/{address.webhook_token}/"),
        ("post", "/widget/wgt_guess/session/"),
        ("post", f"/widget/{address.external_id}/files/"),
        ("get", f"/widget/{address.external_id}/history/"),
        ("get", f"/files/{hers['file']}/guess/x.txt"),
        ("get", "/invitations/guess/"),
    ]

    for method, path in guesses:
        answer = ask(Client(), method, path)
        assert 400 <= answer.status_code < 500, f"{path}: {answer.status_code}"
        assert MARK not in text_of(answer)
    assert fingerprint(hers["company"]) == before


def test_a_visitor_sees_their_own_chat_only(hers: dict[str, Any]) -> None:
    path = f"/widget/{hers['address'].external_id}"
    visit = Client().post(f"{path}/session/", {}, content_type="application/json").json()

    history = Client(headers={"authorization": f"Visitor {visit['token']}"}).get(f"{path}/history/")

    assert history.json() == {"messages": []}
    assert Chat._base_manager.count() == 1


def test_a_file_of_hers_cannot_be_named_in_a_strangers_upload(hers: dict[str, Any], charlie: User) -> None:
    client = Client(headers={"x-access-token": strangers_things(charlie)[1]})
    same = io.BytesIO(MARK.encode())
    same.name = "x.txt"

    answer = client.post("/api/files", {"file": same})

    assert answer.status_code == 201
    assert answer.json()["id"] != str(hers["file"])


# --- sockets ----------------------------------------------------------------------------------------------------------


SOCKETS = {"ws/dashboard/", "ws/events/", "ws/widget/<slug:channel>/"}


def test_every_socket_is_listed() -> None:
    assert {str(each.pattern) for each in urls.websocket_urlpatterns} == SOCKETS


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("path", ["dashboard/", "events/", "events/?access_token=happ_guess", "widget/x/"])
async def test_a_socket_does_not_open_for_nobody(path: str) -> None:
    async with socket_at(f"/ws/{path}") as socket:
        connected, _code = await socket.connect()

    assert not connected


@pytest.mark.django_db(transaction=True)
async def test_a_socket_tells_a_stranger_nothing_of_hers() -> None:
    company = await sync_to_async(factories.make_company)()
    theirs = await sync_to_async(factories.make_company)()
    key = await sync_to_async(factories.make_access_token)(theirs)
    async with socket_at("/ws/events/", headers=[(b"x-access-token", key.encode())]) as socket:
        assert (await socket.connect())[0]
        assert (await socket.receive_json_from())["type"] == "READY"

        for each in (company, theirs):
            news = {"type": "CHAT_UPDATED", "companyId": str(each.pk)}
            await get_channel_layer().group_send(realtime.company_topic(each.pk), {"type": "pushed", "payload": news})

        assert (await socket.receive_json_from())["companyId"] == str(theirs.pk)
