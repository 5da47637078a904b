"""Staff's pages: who gets in, that every page opens, that no secret is on one, what the actions do."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.contrib import admin
from django.db import models
from django.test import Client
from django.urls import reverse

from assistants.models import KnowledgeDocument
from assistants.services import knowledge
from conversations.models import AiTurn, Chat
from conversations.services import outbound
from happ_project.companies.models import AccessToken, Company, Mail, User
from happ_project.companies.services import invitations, json_web_tokens
from happ_project.core import clock, jobs, standing, tenancy
from happ_project.core.admin import is_secret
from happ_project.core.crypto import EncryptedJSONField
from happ_project.files import services as files
from integrations.models import WebhookDelivery
from integrations.services import integrations, webhooks
from messengers.models import Address, Delivery, InboundReceipt, MessengerAccount, SessionLease
from tests import factories
from tests.files.test_files import picture

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff() -> Client:
    client = Client()
    client.force_login(factories.make_user(email="staff@happ.test", is_staff=True, is_superuser=True))
    return client


@pytest.fixture
def chat(company: Company) -> Chat:
    """A chat, with a row of most things around it."""
    chat = factories.make_chat(company, assistant=factories.make_assistant(company))
    factories.make_message(chat)
    with tenancy.company_scope(company):
        webhooks.create(company_id=company.pk, url="https://crm.example.com/", secret="webhook-secret-of-bakery")
        files.store(picture(), name="cake.png")
        MessengerAccount.objects.update(credentials={"api_key": "account-secret-of-bakery"})
        Address.objects.update(credentials={"api_key": "address-secret-of-bakery"})
    return chat


def url(model: type[models.Model], page: str = "changelist", *args: Any) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


def act(client: Client, row: models.Model, action: str) -> Any:
    answer = client.post(url(type(row)), {"action": action, "_selected_action": [str(row.pk)]}, follow=True)
    assert answer.status_code == 200
    return answer


# --- who gets in ------------------------------------------------------------------------------------------------------


def test_staff_sign_in_through_the_products_own_door() -> None:
    answer = Client().get("/admin/", follow=True)

    assert answer.redirect_chain[-1][0].startswith("/accounts/login/?next=")


def test_who_is_no_staff_is_refused(alice: User) -> None:
    client = Client()
    client.force_login(alice)

    assert client.get("/admin/", follow=True).status_code == 403
    assert client.get(url(Company), follow=True).status_code == 403


def test_staff_without_rights_may_look_and_not_touch(chat: Chat, company: Company) -> None:
    client = Client()
    client.force_login(factories.make_user(is_staff=True))

    assert client.get(url(Company)).status_code == 200
    client.post(url(Company), {"action": "close", "_selected_action": [str(company.pk)]})

    company.refresh_from_db()
    assert company.is_open


# --- every page -------------------------------------------------------------------------------------------------------


def registered() -> Iterator[type[models.Model]]:
    yield from admin.site._registry


@pytest.mark.parametrize("model", list(registered()), ids=lambda model: model._meta.label)
def test_every_page_opens(staff: Client, chat: Chat, company: Company, model: type[models.Model]) -> None:
    invitations.send(company, email="dora@example.com", by=company.owner)
    factories.make_access_token(company)

    assert staff.get(url(model)).status_code == 200
    assert staff.get(url(model), {"q": "x"}).status_code == 200
    with tenancy.all_companies():
        row = model._default_manager.first()
    if row is not None:
        assert staff.get(url(model, "change", row.pk)).status_code == 200


def test_every_model_of_the_house_has_a_page() -> None:
    from django.apps import apps

    rooms = {"companies", "files", "messengers", "assistants", "integrations", "conversations"}
    missing = [model._meta.label for model in apps.get_models() if model._meta.app_label in rooms] and [
        model._meta.label
        for model in apps.get_models()
        if model._meta.app_label in rooms and not admin.site.is_registered(model)
    ]

    assert missing == []


def test_no_page_shows_a_secret(staff: Client, chat: Chat, company: Company) -> None:
    key = factories.make_access_token(company)
    pair = json_web_tokens.issue(company.owner)
    with tenancy.all_companies():
        tokens = [address.webhook_token for address in Address.objects.all()]
    secrets = [key, pair.refresh, AccessToken.objects.get().digest, company.owner.password, *tokens]
    secrets += [f"{part}-secret-of-bakery" for part in ("account", "address", "webhook")]

    for model in registered():
        with tenancy.all_companies():
            rows = list(model._default_manager.all()[:3])
        pages = [url(model)] + [url(model, "change", row.pk) for row in rows]
        for page in pages:
            text = staff.get(page).content.decode()
            assert [secret for secret in secrets if secret in text] == [], page


def test_every_encrypted_column_counts_as_a_secret() -> None:
    encrypted = [
        field for model in registered() for field in model._meta.fields if isinstance(field, EncryptedJSONField)
    ]

    assert encrypted
    assert all(is_secret(field) for field in encrypted)


def test_nothing_is_added_or_deleted_by_hand(staff: Client, chat: Chat, company: Company) -> None:
    assert staff.get(url(Company, "add")).status_code == 403
    assert staff.post(url(Company, "delete", company.pk), {"post": "yes"}).status_code == 403
    assert Company.objects.filter(pk=company.pk).exists()


# --- actions ----------------------------------------------------------------------------------------------------------


def test_staff_closes_and_opens_a_company(staff: Client, company: Company) -> None:
    act(staff, company, "close")
    company.refresh_from_db()
    assert not company.is_open

    act(staff, company, "reopen")
    company.refresh_from_db()
    assert company.is_open


def failed(job: Any) -> Any:
    job.state, job.attempts, job.last_error = jobs.Job.State.FAILED, 5, "it broke"
    job.save()
    return job


def test_a_failed_receipt_is_tried_again(staff: Client, chat: Chat) -> None:
    with tenancy.company_scope(chat.company_id):
        receipt = failed(
            InboundReceipt.objects.create(
                company_id=chat.company_id, address=chat.integration.address, kind="widget", dedup_key="1", lane="l"
            )
        )
    act(staff, receipt, "redrive")

    receipt.refresh_from_db(from_queryset=InboundReceipt._base_manager.all())
    assert (receipt.state, receipt.attempts) == ("waiting", 0)


def test_an_unreadable_receipt_of_no_company_is_tried_again(staff: Client) -> None:
    receipt = InboundReceipt._base_manager.create(kind="facebook", dedup_key="d", lane="l", state="failed", queue="q")

    act(staff, receipt, "redrive")

    receipt.refresh_from_db(from_queryset=InboundReceipt._base_manager.all())
    assert receipt.state == "waiting"


def test_a_turn_that_works_is_left_alone(staff: Client, chat: Chat) -> None:
    with tenancy.company_scope(chat.company_id):
        turn = AiTurn.objects.create(company_id=chat.company_id, chat=chat, lane="l", attempts=2, state="running")

    act(staff, turn, "redrive")

    turn.refresh_from_db(from_queryset=AiTurn._base_manager.all())
    assert (turn.state, turn.attempts) == ("running", 2)


def test_an_unsure_delivery_is_sent_again_when_staff_says_so(staff: Client, chat: Chat) -> None:
    with tenancy.company_scope(chat.company_id):
        outbound.send(chat, text="We are open")
        delivery = failed(Delivery.objects.get())
        delivery.status = Delivery.Status.UNSURE
        delivery.save()

    act(staff, delivery, "redrive")

    delivery.refresh_from_db(from_queryset=Delivery._base_manager.all())
    assert (delivery.status, delivery.state) == ("queued", "waiting")


def test_a_message_is_sent_again_whichever_part_of_it_failed(staff: Client, chat: Chat) -> None:
    with tenancy.company_scope(chat.company_id):
        outbound.send(chat, text="long words " * 1_000)
        Delivery.objects.filter(part=0).update(status="sent", state="done")
        second = failed(Delivery.objects.get(part=1))
        second.status = Delivery.Status.FAILED
        second.save()

    act(staff, second, "redrive")

    second.refresh_from_db(from_queryset=Delivery._base_manager.all())
    assert (second.status, second.state) == ("queued", "waiting")


def test_nothing_is_sent_again_by_a_channel_that_is_off(staff: Client, chat: Chat) -> None:
    with tenancy.company_scope(chat.company_id):
        outbound.send(chat, text="We are open")
        integrations.switch_off(chat.integration)
        delivery = Delivery.objects.get()
    assert delivery.status == "cancelled"

    answer = act(staff, delivery, "redrive")

    assert "1 left as they are" in answer.content.decode()
    delivery.refresh_from_db(from_queryset=Delivery._base_manager.all())
    assert delivery.status == "cancelled"


def test_a_failed_webhook_is_called_again(staff: Client, chat: Chat) -> None:
    with tenancy.company_scope(chat.company_id):
        factories.make_message(chat)
        call = failed(WebhookDelivery.objects.first())

    act(staff, call, "redrive")

    call.refresh_from_db(from_queryset=WebhookDelivery._base_manager.all())
    assert call.state == "waiting"


def test_a_restarted_account_connects_anew(staff: Client, chat: Chat) -> None:
    address = chat.integration.address
    with tenancy.company_scope(chat.company_id):
        lease = SessionLease.objects.create(company_id=chat.company_id, account=address.account, holder="runner")
        Address.objects.filter(pk=address.pk).update(state="disconnected")

    act(staff, address.account, "restart")

    with tenancy.company_scope(chat.company_id):
        address.refresh_from_db()
        lease.refresh_from_db()
    assert address.state == "connected"
    assert lease.holder == "restart"


# --- how the work stands ----------------------------------------------------------------------------------------------


def wait(**fields: Any) -> Mail:
    return Mail.objects.create(
        **{"to": "olena@example.com", "subject": "Hello", "letter": {}, "lane": "mail:1", **fields}
    )


def test_staff_see_first_that_mails_do_not_leave(staff: Client) -> None:
    assert "Nothing is late" in staff.get("/admin/").content.decode()
    wait(attempts=3, last_error="SMTPAuthenticationError", run_at=clock.now() + timedelta(minutes=5))

    page = staff.get("/admin/").content.decode()

    assert "Mails</a>" in page
    assert "SMTPAuthenticationError" in page
    assert url(Mail) in page


def test_work_that_waits_for_its_turn_is_not_late(staff: Client, chat: Chat) -> None:
    earlier = clock.now() - timedelta(minutes=10)
    with tenancy.company_scope(chat.company_id):
        outbound.send(chat, text="one")
        outbound.send(chat, text="two")
        Delivery.objects.update(run_at=earlier)

    late = {each.model: each.late for each in standing.of_all_work()}

    assert late[Delivery] == 1, "the second waits for the first"


def test_a_document_that_a_company_gave_wrongly_is_no_trouble_of_ours(chat: Chat) -> None:
    lost = InboundReceipt._base_manager.create(kind="widget", dedup_key="d", lane="l", state="failed", queue="q")
    InboundReceipt._base_manager.filter(pk=lost.pk).update(finished_at=clock.now())
    with tenancy.company_scope(chat.company_id):
        given = knowledge.add_text(chat.assistant, name="FAQ", content="?")
        KnowledgeDocument.objects.filter(pk=given.pk).update(state="failed", finished_at=clock.now())

    found = {each.model: each for each in standing.of_all_work()}

    assert (found[KnowledgeDocument].failed, found[KnowledgeDocument].wants_a_look) == (1, False)
    assert (found[InboundReceipt].failed, found[InboundReceipt].wants_a_look) == (1, True)


@pytest.mark.parametrize("model", list(registered()), ids=lambda model: model._meta.label)
def test_several_are_called_by_an_english_plural(model: type[models.Model]) -> None:
    assert not re.search(r"([^aeiou]y|s|x)s$", str(model._meta.verbose_name_plural)), model._meta.verbose_name_plural
