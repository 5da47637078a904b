"""The way back from Meta belongs to one browser, person and company; and what happens when somebody leaves."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from conversations.models import Message
from happ_project.companies.models import Company, User
from happ_project.core import clock, http, tenancy
from messengers.models import Address, DeletionRequest, LoginAttempt, MessengerAccount
from tests import factories
from tests.doubles import meta
from tests.doubles.meta import Meta
from tests.working import Time, time, work

__all__ = ["time"]

pytestmark = pytest.mark.django_db

CALLBACK = "/messengers/meta/callback/"


@pytest.fixture
def double(settings: Any) -> Iterator[Meta]:
    with meta.running() as double:
        settings.PROVIDER_SETTINGS = {**settings.PROVIDER_SETTINGS, **double.settings()}
        yield double
    http.configure()


def browser_of(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def begin(client: Client) -> LoginAttempt:
    public_id = client.post("/integrations/add/facebook/").url.split("/")[-2]
    work(LoginAttempt)
    return LoginAttempt._base_manager.get(public_id=public_id)


def visit(client: Client, attempt: LoginAttempt) -> str:
    """Off to the dialog; returns the word that comes back."""
    url = client.get(f"/integrations/login/{attempt.public_id}/visit/").url
    return parse_qs(urlsplit(url).query)["state"][0]


def answered(attempt: LoginAttempt) -> bool:
    attempt.refresh_from_db()
    return attempt.memory.get("answer") is not None


@pytest.fixture
def browser(alice: User, company: Company) -> Client:
    return browser_of(alice)


def test_the_way_back_leads_to_the_login_that_waits(browser: Client, double: Meta) -> None:
    attempt = begin(browser)

    answer = browser.get(CALLBACK, {"code": "abc", "state": visit(browser, attempt)})

    assert answer.url == f"/integrations/login/{attempt.public_id}/"
    assert answered(attempt)


def test_the_word_is_good_once(browser: Client, double: Meta) -> None:
    attempt = begin(browser)
    word = visit(browser, attempt)

    browser.get(CALLBACK, {"code": "abc", "state": word})
    LoginAttempt._base_manager.update(memory={})
    again = browser.get(CALLBACK, {"code": "def", "state": word}, follow=True)

    assert not answered(attempt)
    assert "Nobody began this login in this browser" in again.content.decode()


def test_another_browser_of_the_same_person_cannot_come_back(browser: Client, alice: User, double: Meta) -> None:
    attempt = begin(browser)
    word = visit(browser, attempt)

    answer = browser_of(alice).get(CALLBACK, {"code": "abc", "state": word})

    assert (answer.url, answered(attempt)) == ("/integrations/add/", False)


def test_another_person_cannot_finish_it(browser: Client, bob: User, double: Meta) -> None:
    """Not even a colleague, on the same machine, after signing in there."""
    attempt = begin(browser)
    word = visit(browser, attempt)
    session = dict(browser.session.items())
    other = browser_of(bob)
    kept = other.session
    kept["visits"] = session["visits"]
    kept.save()

    answer = other.get(CALLBACK, {"code": "abc", "state": word}, follow=True)

    assert not answered(attempt)
    assert "begun in another company" in answer.content.decode()


def test_another_company_of_the_same_person_does_not_get_it(browser: Client, alice: User, double: Meta) -> None:
    attempt = begin(browser)
    word = visit(browser, attempt)
    other = factories.make_company(owner=alice, name="Second")
    browser.post(f"/companies/{other.pk}/switch/")

    answer = browser.get(CALLBACK, {"code": "abc", "state": word}, follow=True)

    assert not answered(attempt)
    assert "Switch to it and begin again" in answer.content.decode()


@pytest.mark.parametrize("word", ["", "guess", "x" * 5000])
def test_a_word_that_nobody_was_given_is_refused(browser: Client, double: Meta, word: str) -> None:
    attempt = begin(browser)
    visit(browser, attempt)

    assert browser.get(CALLBACK, {"code": "abc", "state": word}).url == "/integrations/add/"
    assert not answered(attempt)


def test_without_having_gone_there_nobody_comes_back(browser: Client, double: Meta) -> None:
    attempt = begin(browser)

    browser.get(CALLBACK, {"code": "abc", "state": attempt.memory["step"]["state"]})

    assert not answered(attempt)


def test_after_the_login_has_expired_it_is_too_late(browser: Client, double: Meta, time: Time) -> None:
    attempt = begin(browser)
    word = visit(browser, attempt)
    time.pass_by(21 * 60)

    answer = browser.get(CALLBACK, {"code": "abc", "state": word}, follow=True)

    assert not answered(attempt)
    assert "took too long" in answer.content.decode()


def test_the_page_itself_does_not_show_the_word(browser: Client, double: Meta) -> None:
    attempt = begin(browser)

    shown = browser.get(f"/integrations/login/{attempt.public_id}/").content.decode()

    assert attempt.memory["step"]["state"] not in shown
    assert f"/integrations/login/{attempt.public_id}/visit/" in shown


def test_a_refusal_at_meta_is_taken_to_the_login_too(browser: Client, double: Meta) -> None:
    attempt = begin(browser)
    word = visit(browser, attempt)

    browser.get(CALLBACK, {"error": "access_denied", "error_reason": "user_denied", "state": word})
    work(LoginAttempt)

    shown = browser.get(f"/integrations/login/{attempt.public_id}/").content.decode()
    assert "You did not allow it on Facebook" in shown


# --- somebody leaves --------------------------------------------------------------------------------------------------


def connect(company: Company, user_id: str, *, kind: str = "facebook", address: str = "1") -> Address:
    with tenancy.company_scope(company):
        account = MessengerAccount.objects.create(
            company=company, kind=kind, external_id=user_id, title="Olena Koval",
            credentials={"token": "user"}, config={"user_ids": [user_id]},
        )  # fmt: skip
        return Address.objects.create(
            company=company, account=account, kind=kind, external_id=address, receiving=True,
            credentials={"token": "page"},
        )  # fmt: skip


def look_again(address: Address) -> Address:
    with tenancy.company_scope(address.company_id):
        return Address.objects.select_related("account").get(pk=address.pk)


def post(path: str, value: str) -> Any:
    return Client().post(path, {"signed_request": value})


def test_a_deauthorization_ends_every_login_of_that_person(company: Company, double: Meta) -> None:
    olena, other = double.add_person(), double.add_person()
    theirs = connect(company, olena.id)
    elsewhere = connect(factories.make_company(), olena.id, address="2")
    stays = connect(factories.make_company(), other.id, address="3")

    assert post("/webhooks/meta/deauthorize/", double.signed_request(olena)).status_code == 200

    for address in (theirs, elsewhere):
        found = look_again(address)
        assert (found.state, dict(found.credentials), dict(found.account.credentials)) == ("login_required", {}, {})
        assert found.account.title == "Olena Koval"
    assert look_again(stays).state == "connected"


def test_instagram_names_a_person_by_another_id_and_signs_with_another_secret(company: Company, double: Meta) -> None:
    account = double.add_account()
    address = connect(company, account.app_scoped_id, kind="instagram")

    assert post("/webhooks/meta/deauthorize/", double.signed_request(account)).status_code == 200

    assert look_again(address).state == "login_required"


def test_a_deletion_takes_the_person_and_leaves_the_companys_history(company: Company, double: Meta) -> None:
    """All that we hold of the user at this app; their customers' words are the company's."""
    olena, other = double.add_person("Olena Koval"), double.add_person()
    address, stays = connect(company, olena.id), connect(company, other.id, address="2")
    with tenancy.company_scope(company):
        chat = factories.make_chat(company)
        factories.make_message(chat, "Is the bread fresh?")
        LoginAttempt.objects.create(
            company=company, kind="facebook", account=address.account, memory={"name": "Olena"}, expires_at=clock.now()
        )

    assert post("/webhooks/meta/data-deletion/", double.signed_request(olena)).status_code == 200

    with tenancy.company_scope(company):
        assert not LoginAttempt.objects.exists()
        kept = [*MessengerAccount.objects.values("title", "config", "external_id"), *DeletionRequest.objects.values()]
        assert olena.id not in str(kept)
        assert [message.text for message in Message.objects.filter(chat=chat)] == ["Is the bread fresh?"]
    assert look_again(stays).state == "connected", "another person's login is not theirs to delete"


def test_a_deletion_is_confirmed_with_a_page_to_look_at(company: Company, double: Meta) -> None:
    olena = double.add_person()
    address = connect(company, olena.id)

    said = post("/webhooks/meta/data-deletion/", double.signed_request(olena)).json()

    found = look_again(address)
    assert (found.account.title, found.account.config, found.account.external_id) == (
        "", {}, f"deleted-{found.account_id}"
    )  # fmt: skip
    assert (found.state, dict(found.credentials)) == ("login_required", {})
    url = urlsplit(said["url"])
    assert (url.netloc, url.path) == ("happ.test", f"/data-deletion/{said['confirmation_code']}/")
    page = Client().get(url.path)
    assert page.status_code == 200
    assert said["confirmation_code"] in page.content.decode()
    assert "We have forgotten your login" in page.content.decode()


def test_a_person_whom_nobody_knows_gets_a_page_as_well(double: Meta) -> None:
    said = post("/webhooks/meta/data-deletion/", double.signed_request(double.add_person())).json()

    assert "there was nothing to delete" in Client().get(urlsplit(said["url"]).path).content.decode()
    assert Client().get("/data-deletion/guess/").status_code == 404


@pytest.mark.parametrize("path", ["/webhooks/meta/deauthorize/", "/webhooks/meta/data-deletion/"])
def test_a_forged_request_does_nothing(company: Company, double: Meta, path: str) -> None:
    olena = double.add_person()
    address = connect(company, olena.id)
    signature, _, payload = double.signed_request(olena).partition(".")
    other = double.signed_request(double.add_person()).partition(".")[2]

    for forged in ("", ".", "x.y", payload, f".{payload}", f"{signature}.", f"{signature}.{other}", f"AAAA.{payload}"):
        assert post(path, forged).status_code == 403
    assert Client().get(path).status_code == 405
    assert look_again(address).state == "connected"
    assert not DeletionRequest.objects.exists()
