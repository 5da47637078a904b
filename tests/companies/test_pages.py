"""Reception's pages: who sees them, and what they do."""

from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.http import Http404
from django.test import Client

from conversations.models import Chat
from happ_project.companies.dashboard import access
from happ_project.companies.models import AccessToken, Company, Invitation, Membership, User
from happ_project.companies.services import companies, invitations
from tests import factories
from tests.working import posted

pytestmark = pytest.mark.django_db


def page(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_a_page_sends_a_stranger_to_the_sign_in() -> None:
    for path in ["/settings/", "/settings/team/", "/settings/access-tokens/", "/companies/new/", "/profile/"]:
        answer = Client().get(path)
        assert (answer.status_code, answer.url) == (302, f"/accounts/login/?next={path}")


def test_who_signs_up_is_led_to_their_first_company() -> None:
    client = Client(headers={"accept-language": "uk"})

    signed_up = client.post("/accounts/signup/", {"email": "dora@example.com", "password1": factories.PASSWORD})
    assert signed_up.status_code == 302
    assert client.get(signed_up.url, follow=True).redirect_chain[-1][0] == "/companies/new/"
    client.post("/companies/new/", {"name": "Dora's", "language": "uk", "timezone": "Europe/Kyiv"})

    owner = Company.objects.get().owner
    assert (owner.email, owner.language) == ("dora@example.com", "uk")
    assert "https://happ.test/accounts/confirm-email/" in posted()[0].body


def test_a_company_without_a_name_is_refused_on_the_page(alice: User) -> None:
    answer = page(alice).post("/companies/new/", {"name": " ", "language": "uk", "timezone": "Europe/Kyiv"})

    assert answer.status_code == 200
    assert "This field is required." in answer.content.decode()
    assert not Company.objects.exists()


def test_switching_goes_only_where_one_is_a_member(alice: User, company: Company, charlie: User) -> None:
    second = factories.make_company(owner=alice)
    client = page(alice)

    assert client.post(f"/companies/{company.pk}/switch/").status_code == 302
    alice.refresh_from_db()
    assert alice.current_company == company
    assert client.post(f"/companies/{charlie.owned_companies.get().pk}/switch/").status_code == 404
    assert client.get(f"/companies/{second.pk}/switch/").status_code == 405


def test_the_owner_changes_the_settings_and_a_member_only_reads_them(alice: User, bob: User, company: Company) -> None:
    wanted = {"name": "Big bakery", "language": "uk", "timezone": "Europe/Warsaw", "retention_days": 60}

    assert page(bob).get("/settings/").status_code == 200
    assert page(bob).post("/settings/", wanted).status_code == 403
    assert page(alice).post("/settings/", wanted | {"retention_days": 0}).status_code == 200
    assert page(alice).post("/settings/", wanted).status_code == 302

    company.refresh_from_db()
    assert (company.name, company.timezone, company.retention_days) == ("Big bakery", "Europe/Warsaw", 60)


def test_the_team_page_shows_what_each_may_do(alice: User, bob: User) -> None:
    owners, members = page(alice).get("/settings/team/"), page(bob).get("/settings/team/")

    assert "bob@example.com" in owners.content.decode()
    assert "Invite somebody" in owners.content.decode()
    assert "Invite somebody" not in members.content.decode()
    assert "/settings/team/leave/" in members.content.decode()


def test_an_invited_stranger_signs_up_and_comes_back_to_join(alice: User, company: Company) -> None:
    page(alice).post("/settings/team/invite/", {"email": "dora@example.com"})
    link = next(line for line in posted()[0].body.splitlines() if "/invitations/" in line)
    path = link.removeprefix("https://happ.test")
    client = Client()

    shown = client.get(path)
    assert "Bakery" in shown.content.decode()
    assert f"/accounts/signup/?next={path}" in shown.content.decode()
    signed_up = client.post(
        f"/accounts/signup/?next={path}",
        {"email": "dora@example.com", "password1": factories.PASSWORD, "next": path},
    )
    assert signed_up.url == path
    assert client.post(path).url == "/"

    assert Membership.objects.get(user__email="dora@example.com").company == company
    assert client.get(path).status_code == 410
    assert client.get("/invitations/guess/").status_code == 404


def test_opening_an_invitation_does_not_accept_it(alice: User, company: Company, charlie: User) -> None:
    page(alice).post("/settings/team/invite/", {"email": "dora@example.com"})
    link = next(line for line in posted()[0].body.splitlines() if "/invitations/" in line)

    page(charlie).get(link.removeprefix("https://happ.test"))

    assert Invitation.objects.get().accepted_at is None


def test_an_invitation_is_withdrawn(alice: User, company: Company, bob: User) -> None:
    invitation = invitations.send(company, email="dora@example.com", by=alice)
    path = f"/settings/team/invitations/{invitation.pk}/withdraw/"

    assert page(bob).post(path).status_code == 403
    assert Invitation.objects.exists()
    page(alice).post(path)

    assert not Invitation.objects.exists()


def test_removing_and_leaving_end_the_membership(alice: User, bob: User, company: Company) -> None:
    dora = factories.make_member(company)
    path = f"/settings/team/{dora.pk}/remove/"

    assert page(bob).post(path).status_code == 403
    page(alice).post(path)
    page(bob).post("/settings/team/leave/")
    page(alice).post("/settings/team/leave/")

    assert [member.user for member in company.memberships.all()] == [alice]


def test_a_new_key_is_shown_in_that_answer_only(alice: User, company: Company) -> None:
    client = page(alice)

    shown = client.post("/settings/access-tokens/", {"name": "CRM"})
    token = AccessToken.objects.get()
    later = client.get("/settings/access-tokens/")

    assert token.hint in shown.content.decode() and shown.context["plain"] in shown.content.decode()
    assert "no-store" in shown.headers["Cache-Control"]
    assert shown.context["plain"] not in later.content.decode()
    client.post(f"/settings/access-tokens/{token.pk}/revoke/")
    token.refresh_from_db()
    assert token.revoked_at is not None


def test_nobody_touches_another_companys_people_and_keys(charlie: User, alice: User, company: Company) -> None:
    member = factories.make_member(company)
    token, _plain = factories.access_tokens.issue(company)
    invitation = invitations.send(company, email="dora@example.com", by=alice)
    client = page(charlie)

    for path in [
        f"/settings/team/{member.pk}/remove/",
        f"/settings/team/invitations/{invitation.pk}/withdraw/",
        f"/settings/access-tokens/{token.pk}/revoke/",
    ]:
        assert client.post(path).status_code == 404

    token.refresh_from_db()
    assert token.revoked_at is None
    assert Membership.objects.filter(pk=member.pk).exists()
    assert Invitation.objects.exists()


def test_the_profile_changes_name_and_language(alice: User, company: Company) -> None:
    client = page(alice)

    answer = client.post("/profile/", {"first_name": "Alisa", "last_name": "K", "language": "uk"})

    alice.refresh_from_db()
    assert (alice.name, alice.language) == ("Alisa K", "uk")
    assert answer.cookies["django_language"].value == "uk"


# --- the current company ----------------------------------------------------------------------------------------------


def test_who_has_no_company_is_led_to_create_one(django_user_model: Any) -> None:
    client = page(factories.make_user())

    answer = client.get("/settings/")

    assert (answer.status_code, answer.url) == (302, "/companies/new/")
    assert client.get("/companies/new/").status_code == 200
    assert client.get("/profile/").status_code == 200


def test_a_closed_company_shows_a_clear_page_and_a_way_out(alice: User, company: Company) -> None:
    second = factories.make_company(owner=alice, name="Second")
    companies.close(second)
    client = page(alice)

    closed = client.get("/settings/")
    assert closed.status_code == 403
    assert "This company is closed" in closed.content.decode()
    client.post(f"/companies/{company.pk}/switch/")

    assert client.get("/settings/").status_code == 200


@pytest.mark.parametrize("path", ["/healthz", "/api/swagger-json", "/webhooks/whatsapp/x/", "/static/x", "/files/x"])
def test_hot_addresses_cost_neither_session_nor_user(
    path: str, alice: User, company: Company, django_assert_num_queries: Any, rf: Any
) -> None:
    from django.http import HttpResponse

    from happ_project.companies.middleware import CurrentCompany

    class Untouchable:
        def __getattr__(self, name: str) -> None:
            raise AssertionError(f"the user was asked for {name}")

    request = rf.get(path)
    request.COOKIES["sessionid"] = "somebody"
    request.user = Untouchable()

    assert CurrentCompany(lambda _request: HttpResponse("ok"))(request).content == b"ok"


def test_a_page_knows_its_company_in_three_queries(
    alice: User, company: Company, django_assert_num_queries: Any
) -> None:
    client = page(alice)

    with django_assert_num_queries(3):  # session, user, membership with company
        client.get("/settings/team/leave/")  # refused by its method, after the middleware


def test_what_is_deleted_while_a_page_works_on_it_is_not_found(rf: Any, alice: User, company: Company) -> None:
    @access.in_company
    def page_of_a_chat(request: Any) -> Any:
        raise Chat.DoesNotExist

    request = rf.get("/chats/")
    request.user, request.membership = alice, alice.memberships.get()

    with pytest.raises(Http404):
        page_of_a_chat(request)


def test_a_second_address_is_added_confirmed_made_the_main_one_and_the_first_removed(alice: User) -> None:
    browser = page(alice)

    browser.post("/accounts/email/", {"action_add": "", "email": "alice.new@example.com"})
    shown = browser.get("/accounts/email/").content.decode()
    assert "Not confirmed" in shown
    assert 'name="action_primary"' not in shown, "first it is confirmed"
    (letter,) = [mail for mail in posted() if mail.to == ["alice.new@example.com"]]
    assert "confirm-email" in letter.body
    EmailAddress.objects.filter(email="alice.new@example.com").update(verified=True)
    browser.post("/accounts/email/", {"action_primary": "", "email": "alice.new@example.com"})
    browser.post("/accounts/email/", {"action_remove": "", "email": alice.email})

    assert list(EmailAddress.objects.values_list("email", "primary")) == [("alice.new@example.com", True)]
    alice.refresh_from_db()
    assert alice.email == "alice.new@example.com"


def test_the_password_is_changed_by_who_knows_it(alice: User) -> None:
    alice.set_password("the sea is calm tonight")
    alice.save()
    browser = page(alice)
    wanted = {"password1": "the tide is full tonight", "password2": "the tide is full tonight"}

    refused = browser.post("/accounts/password/change/", {"oldpassword": "wrong", **wanted})
    assert refused.status_code == 200
    assert 'id="id_oldpassword_error"' in refused.content.decode()
    browser.post("/accounts/password/change/", {"oldpassword": "the sea is calm tonight", **wanted})

    alice.refresh_from_db()
    assert alice.check_password("the tide is full tonight")
