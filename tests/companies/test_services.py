"""Companies, memberships, invitations, access tokens and accounts."""

from datetime import timedelta

import pytest
import time_machine
from django.contrib.sessions.models import Session
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.mail import EmailMessage
from django.test import Client
from rest_framework_simplejwt.token_blacklist.models import OutstandingToken

from conversations.models import AiTurn
from conversations.services import inbound
from happ_project.companies import tasks
from happ_project.companies.models import AccessToken, Company, Invitation, Membership, User
from happ_project.companies.selectors import memberships
from happ_project.companies.services import access_tokens, accounts, companies, invitations, json_web_tokens
from happ_project.core import clock, crypto, events, tenancy
from messengers.models import Address
from tests import factories
from tests.working import posted

pytestmark = pytest.mark.django_db


def token_in(message: EmailMessage) -> str:
    (line,) = [line for line in message.body.splitlines() if "/invitations/" in line]
    return line.rstrip("/").rpartition("/")[2]


# --- companies --------------------------------------------------------------------------------------------------------


def test_who_founds_a_company_owns_it_and_works_in_it(alice: User) -> None:
    company = companies.create(alice, name="  Bakery ", language="uk", timezone="Europe/Kyiv")

    assert (company.name, company.owner, alice.current_company) == ("Bakery", alice, company)
    assert memberships.current(alice).role == Membership.Role.OWNER


def test_the_house_hears_of_a_new_company_inside_its_scope(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    heard = []

    def listen(event: object) -> None:
        heard.append((event, tenancy.current_company_id()))

    monkeypatch.setattr(events, "publish", listen)

    company = companies.create(alice, name="Bakery")

    assert [(type(event).__name__, scope) for event, scope in heard] == [("CompanyCreated", company.pk)]


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 121}, "name"),
        ({"name": "Bakery", "language": "de"}, "language"),
        ({"name": "Bakery", "timezone": "Kyiv"}, "timezone"),
    ],
)
def test_a_company_that_cannot_be_is_refused_by_field(alice: User, fields: dict, field: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        companies.create(alice, **fields)

    assert list(refusal.value.message_dict) == [field]
    assert not Company.objects.exists()


def test_a_member_who_leaves_is_gone_with_their_keys(company: Company, bob: User) -> None:
    factories.access_tokens.issue(company, name="bob's", by=bob)

    companies.leave(company, user=bob)

    bob.refresh_from_db()
    assert memberships.current(bob) is None
    assert bob.current_company is None
    assert not AccessToken.objects.filter(revoked_at__isnull=True).exists()


def test_the_owner_cannot_leave(company: Company, alice: User) -> None:
    with pytest.raises(ValidationError, match="owner cannot leave"):
        companies.leave(company, user=alice)

    assert memberships.current(alice) is not None


def test_the_company_chosen_last_is_the_current_one(alice: User, company: Company) -> None:
    second = factories.make_company(owner=alice)
    assert memberships.current(alice).company == second

    companies.choose(alice, company)

    assert memberships.current(alice).company == company


def test_a_company_of_others_cannot_be_chosen(charlie: User, company: Company) -> None:
    with pytest.raises(Membership.DoesNotExist):
        companies.choose(charlie, company)


def test_nothing_of_a_closed_company_receives_or_answers(company: Company) -> None:
    integration = factories.make_integration(company, assistant=factories.make_assistant(company))
    off = factories.make_integration(company, enabled=False)
    chat = factories.make_chat(company, integration=integration, assistant=integration.assistant)
    with tenancy.company_scope(company):
        inbound.write_as_customer(chat, text="Hello")

    companies.close(company)

    with tenancy.company_scope(company):
        assert not Address.objects.filter(receiving=True).exists()
        assert AiTurn.objects.get().state == "cancelled"

    companies.reopen(company)

    with tenancy.company_scope(company):
        assert Address.objects.get(pk=integration.address_id).receiving
        assert not Address.objects.get(pk=off.address_id).receiving


# --- invitations ------------------------------------------------------------------------------------------------------


def test_an_invitation_is_a_mail_whose_link_joins_the_company(company: Company, alice: User, charlie: User) -> None:
    invitation = invitations.send(company, email=" Dora@Example.com ", by=alice)

    assert posted()[0].to == ["dora@example.com"]
    token = token_in(posted()[0])
    assert token not in str(Invitation.objects.values().get())

    invitations.accept(token, user=charlie)

    invitation.refresh_from_db()
    assert invitation.accepted_at is not None
    assert memberships.current(charlie).company == company


def test_an_invitation_works_once(company: Company, alice: User, charlie: User) -> None:
    invitations.send(company, email="dora@example.com", by=alice)
    token = token_in(posted()[0])
    invitations.accept(token, user=charlie)

    with pytest.raises(ValidationError, match="has been used"):
        invitations.accept(token, user=factories.make_user())


def test_an_invitation_expires(company: Company, alice: User, charlie: User) -> None:
    invitations.send(company, email="dora@example.com", by=alice)

    with time_machine.travel(clock.now() + invitations.VALID_FOR), pytest.raises(ValidationError, match="expired"):
        invitations.accept(token_in(posted()[0]), user=charlie)


def test_a_second_invitation_of_the_same_person_replaces_the_first(company: Company, alice: User) -> None:
    invitations.send(company, email="dora@example.com", by=alice)
    invitations.send(company, email="dora@example.com", by=alice)

    with pytest.raises(Invitation.DoesNotExist):
        invitations.find(token_in(posted()[0]))
    assert invitations.find(token_in(posted()[1]))


def test_who_has_not_confirmed_their_address_cannot_invite() -> None:
    company = factories.make_company(owner=factories.make_user(verified=False))

    with pytest.raises(PermissionDenied):
        invitations.send(company, email="dora@example.com", by=company.owner)

    assert not posted()
    assert not Invitation.objects.exists()


def test_a_member_is_not_invited_again(company: Company, alice: User, bob: User) -> None:
    with pytest.raises(ValidationError, match="in the team already"):
        invitations.send(company, email=bob.email, by=alice)


def test_accepting_confirms_the_address_it_was_sent_to(company: Company, alice: User) -> None:
    dora = factories.make_user(email="dora@example.com", verified=False)
    invitations.send(company, email=dora.email, by=alice)

    invitations.accept(token_in(posted()[0]), user=dora)

    assert accounts.is_verified(dora)


def test_accepting_another_persons_invitation_confirms_nothing(company: Company, alice: User) -> None:
    other = factories.make_user(email="other@example.com", verified=False)
    invitations.send(company, email="dora@example.com", by=alice)

    invitations.accept(token_in(posted()[0]), user=other)

    assert not accounts.is_verified(other)


# --- access tokens ----------------------------------------------------------------------------------------------------


def test_an_access_token_is_stored_as_a_digest(company: Company, alice: User) -> None:
    row, plain = access_tokens.issue(company, name="CRM", by=alice)

    assert plain.startswith("happ_") and len(plain) > 40
    assert plain not in str(AccessToken.objects.values().get())
    assert (row.digest, row.hint) == (crypto.digest(plain), plain[:10])
    assert access_tokens.recognise(plain) == row


def test_a_revoked_access_token_is_not_recognised(company: Company) -> None:
    row, plain = access_tokens.issue(company)

    access_tokens.revoke(row)

    assert access_tokens.recognise(plain) is None


def test_the_use_of_an_access_token_is_written_once_a_minute(company: Company) -> None:
    row, plain = access_tokens.issue(company)
    start = clock.now()

    with time_machine.travel(start, tick=False) as time:
        access_tokens.recognise(plain)
        time.shift(59)
        access_tokens.recognise(plain)
        row.refresh_from_db()
        assert row.last_used_at == start
        time.shift(1)
        access_tokens.recognise(plain)
        row.refresh_from_db()
        assert row.last_used_at == start + timedelta(seconds=60)


# --- accounts ---------------------------------------------------------------------------------------------------------


def test_signing_up_sends_a_mail_with_a_link_under_the_public_address() -> None:
    user = accounts.sign_up("Dora@Example.com", factories.PASSWORD)

    assert user.email == "dora@example.com"
    assert not accounts.is_verified(user)
    (message,) = posted()
    assert message.to == ["dora@example.com"]
    assert "https://happ.test/accounts/confirm-email/" in message.body


@pytest.mark.parametrize(
    ("email", "password", "field"),
    [
        ("dora", factories.PASSWORD, "email"),
        ("dora@example.com", "short", "password"),
        ("dora@example.com", "1234567890123", "password"),
        ("ALICE@example.com", factories.PASSWORD, "email"),
    ],
)
def test_a_sign_up_that_cannot_be_is_refused_by_field(alice: User, email: str, password: str, field: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        accounts.sign_up(email, password)

    assert list(refusal.value.message_dict) == [field]
    assert not posted()
    assert User.objects.count() == 1


# --- tokens for people ------------------------------------------------------------------------------------------------


def test_a_refresh_token_works_once(alice: User) -> None:
    first = json_web_tokens.issue(alice)

    second = json_web_tokens.refresh(first.refresh)

    assert second.refresh != first.refresh
    with pytest.raises(json_web_tokens.Refused):
        json_web_tokens.refresh(first.refresh)


def test_a_refresh_token_expires(alice: User) -> None:
    pair = json_web_tokens.issue(alice)

    with time_machine.travel(clock.now() + timedelta(days=31)), pytest.raises(json_web_tokens.Refused):
        json_web_tokens.refresh(pair.refresh)


def test_an_access_token_does_not_refresh(alice: User) -> None:
    with pytest.raises(json_web_tokens.Refused):
        json_web_tokens.refresh(json_web_tokens.issue(alice).access)


def test_a_changed_password_ends_the_refresh_tokens(alice: User) -> None:
    pair = json_web_tokens.issue(alice)
    alice.set_password("another calm evening")
    alice.save()

    with pytest.raises(json_web_tokens.Refused):
        json_web_tokens.refresh(pair.refresh)


def test_a_person_who_was_shut_out_cannot_refresh(alice: User) -> None:
    pair = json_web_tokens.issue(alice)
    alice.is_active = False
    alice.save()

    with pytest.raises(json_web_tokens.Refused):
        json_web_tokens.refresh(pair.refresh)


def test_what_has_expired_is_forgotten(alice: User, company: Company, client: Client) -> None:
    client.force_login(alice)
    json_web_tokens.issue(alice)
    invitations.send(company, email="dana@example.com", by=alice)

    with time_machine.travel(clock.now() + timedelta(days=20)):
        tasks.forget_expired()
        assert (OutstandingToken.objects.count(), Invitation.objects.count()) == (1, 1)
    with time_machine.travel(clock.now() + timedelta(days=40)):
        tasks.forget_expired()

    assert (OutstandingToken.objects.count(), Invitation.objects.count(), Session.objects.count()) == (0, 0, 0)


def test_a_company_does_not_become_a_source_of_spam(alice: User, company: Company) -> None:
    for number in range(invitations.MOST_AN_HOUR):
        invitations.send(company, email=f"guest{number}@example.com", by=alice)

    with pytest.raises(PermissionDenied, match="spam"):
        invitations.send(company, email="one-more@example.com", by=alice)

    assert Invitation.objects.count() == invitations.MOST_AN_HOUR


def test_no_row_holds_a_token_that_signs_anybody_in(alice: User) -> None:
    pair = json_web_tokens.refresh(json_web_tokens.issue(alice).refresh)

    assert set(OutstandingToken.objects.values_list("token", flat=True)) == {""}
    assert pair.refresh not in repr(pair)
