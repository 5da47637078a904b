"""Companies, invitations and access tokens over the REST API."""

import time_machine

from happ_project.companies.models import AccessToken, Company, User
from happ_project.companies.services import companies, invitations
from happ_project.core import clock, ids
from tests import factories
from tests.api.conftest import Api, person, program
from tests.working import posted


def test_the_bootstrap_leads_from_sign_up_to_an_access_token(nobody: Api) -> None:
    signed_up = nobody.post("/api/auth/sign-up", {"email": "dora@example.com", "password": factories.PASSWORD}).json()
    dora = Api(authorization=f"Bearer {signed_up['accessToken']}")

    company = dora.post("/api/companies", {"name": "Dora's", "language": "uk"})
    assert company.status_code == 201
    assert company.json()["ownerId"] == signed_up["user"]["id"]
    issued = dora.post(f"/api/companies/{company.json()['id']}/access-tokens", {"name": "CRM"})
    assert issued.status_code == 201

    program_of_dora = Api(**{"x-access-token": issued.json()["token"]})
    (reached,) = program_of_dora.get("/api/companies").json()
    assert reached == {"id": company.json()["id"], "name": "Dora's", "description": None, "ownerId": reached["ownerId"]}


def test_my_companies_come_with_their_team(alice: User, company: Company, bob: User) -> None:
    (mine,) = person(bob).get("/api/companies/my").json()

    assert mine["id"] == str(company.pk)
    assert {(member["email"], member["role"]) for member in mine["companyUsers"]} == {
        ("alice@example.com", "owner"),
        ("bob@example.com", "member"),
    }
    assert mine["subscriptions"] == []


def test_an_access_token_reaches_its_one_company(api: Api, company: Company, charlie: User) -> None:
    theirs = charlie.owned_companies.get()

    assert [found["id"] for found in api.get("/api/companies").json()] == [str(company.pk)]
    assert [found["id"] for found in api.get("/api/companies/my").json()] == [str(company.pk)]
    assert api.get(f"/api/companies/{company.pk}").json()["name"] == "Bakery"
    assert api.get(f"/api/companies/{theirs.pk}").status_code == 404
    assert api.get(f"/api/companies/{ids.new_id()}").status_code == 404
    assert api.get("/api/companies/12").status_code == 400


def test_companies_are_filtered(alice: User, company: Company) -> None:
    factories.make_company(owner=alice, name="Flower shop", description="tulips")
    api = person(alice)

    def names(**query: object) -> list[str]:
        return [found["name"] for found in api.get("/api/companies", **query).json()]

    assert names() == ["Bakery", "Flower shop"]
    assert names(name="bake") == ["Bakery"]
    assert names(search="TULIP") == ["Flower shop"]
    assert names(status="new", ownerId=str(alice.pk), userId=str(alice.pk), take=1) == ["Bakery"]
    assert names(status="banned") == []
    assert names(userId=str(ids.new_id())) == []
    assert api.get("/api/companies", status="gone").json()["errors"].keys() == {"status"}


def test_settings_are_changed_by_a_program_or_the_owner(api: Api, company: Company, alice: User, bob: User) -> None:
    by_program = api.patch(f"/api/companies/{company.pk}", {"description": "Bread", "retentionDays": 60})
    by_owner = person(alice).patch(f"/api/companies/{company.pk}", {"name": "Big bakery"})
    by_member = person(bob).patch(f"/api/companies/{company.pk}", {"name": "Bob's"})

    assert by_program.status_code == by_owner.status_code == 200
    assert by_owner.json()["description"] == "Bread"
    assert by_member.status_code == 403
    company.refresh_from_db()
    assert (company.name, company.description, company.retention_days) == ("Big bakery", "Bread", 60)


def test_a_setting_that_cannot_be_is_refused_by_name(api: Api, company: Company) -> None:
    answer = api.patch(f"/api/companies/{company.pk}", {"timezone": "Kyiv", "retentionDays": 0})

    assert answer.status_code == 400
    assert answer.json()["errors"].keys() == {"retentionDays"}
    assert api.patch(f"/api/companies/{company.pk}", {"timezone": "Kyiv"}).json()["errors"].keys() == {"timezone"}


def test_a_person_names_one_of_their_companies(alice: User, company: Company, charlie: User) -> None:
    second = factories.make_company(owner=alice, name="Second")

    named = person(alice, **{"x-company-id": str(company.pk)}).get(f"/api/companies/{second.pk}")
    strange = person(charlie).get(f"/api/companies/{company.pk}")

    assert named.json()["name"] == "Second"
    assert strange.status_code == 404


def test_a_member_leaves(company: Company, bob: User, alice: User) -> None:
    answer = person(bob).delete(f"/api/companies/{company.pk}/exit")

    assert answer.json() == {
        "message": "User exited company",
        "companyId": str(company.pk),
        "userId": str(bob.pk),
    }
    assert person(bob).get("/api/companies/my").json() == []
    assert person(bob).delete(f"/api/companies/{company.pk}/exit").status_code == 404
    assert person(alice).delete(f"/api/companies/{company.pk}/exit").status_code == 400


def test_a_closed_company_is_refused_with_a_sentence(api: Api, company: Company, alice: User) -> None:
    companies.close(company)

    for client in (api, person(alice)):
        answer = client.get(f"/api/companies/{company.pk}")
        assert answer.status_code == 403
        assert answer.json()["message"] == "This company is closed. Write to us to open it again."


# --- invitations ------------------------------------------------------------------------------------------------------


def test_an_invited_person_joins(company: Company, alice: User, charlie: User) -> None:
    path = f"/api/company-invitations/{company.pk}/invitations"

    sent = person(alice).post(path, {"email": charlie.email})
    token = next(line for line in posted()[0].body.splitlines() if "/invitations/" in line).split("/")[-2]
    joined = person(charlie).post("/api/company-invitations/accept", {"token": token})

    assert (sent.status_code, joined.status_code) == (200, 200)
    assert joined.json()["companyId"] == str(company.pk)
    assert len(person(charlie).get("/api/companies/my").json()) == 2
    assert person(charlie).post("/api/company-invitations/accept", {"token": token}).status_code == 400
    assert person(charlie).post("/api/company-invitations/accept", {"token": "guess"}).status_code == 404


def test_only_the_owner_invites(company: Company, bob: User, charlie: User) -> None:
    path = f"/api/company-invitations/{company.pk}/invitations"

    assert person(bob).post(path, {"email": "dora@example.com"}).status_code == 403
    assert person(charlie).post(path, {"email": "dora@example.com"}).status_code == 404
    assert not posted()


def test_an_unconfirmed_owner_may_set_up_and_not_invite(nobody: Api) -> None:
    dora = person(factories.make_user(verified=False))
    company = dora.post("/api/companies", {"name": "Dora's"}).json()

    refused = dora.post(f"/api/company-invitations/{company['id']}/invitations", {"email": "x@example.com"})

    assert refused.status_code == 403
    assert "Confirm your own e-mail address" in refused.json()["message"]


# --- access tokens ----------------------------------------------------------------------------------------------------


def test_the_key_is_shown_once(company: Company, alice: User) -> None:
    api = person(alice)
    path = f"/api/companies/{company.pk}/access-tokens"

    issued = api.post(path, {"name": "CRM"}).json()
    (listed,) = api.get(path).json()
    renamed = api.patch(f"{path}/{issued['id']}", {"name": "Shop"}).json()

    assert issued["token"].startswith(issued["hint"])
    assert "token" not in listed and "token" not in renamed
    assert (listed["name"], renamed["name"]) == ("CRM", "Shop")


def test_a_revoked_key_stops_at_once(company: Company, alice: User) -> None:
    path = f"/api/companies/{company.pk}/access-tokens"
    issued = person(alice).post(path, {}).json()
    api = Api(**{"x-access-token": issued["token"]})
    assert api.get("/api/companies").status_code == 200

    revoked = person(alice).delete(f"{path}/{issued['id']}")

    assert revoked.json() == {"message": "Access token revoked", "id": issued["id"]}
    answer = api.get("/api/companies")
    assert answer.status_code == 401
    assert answer.json()["message"].startswith("This access token is unknown or revoked.")


def test_keys_are_the_owners_business(company: Company, bob: User, charlie: User, api: Api) -> None:
    path = f"/api/companies/{company.pk}/access-tokens"
    token = AccessToken.objects.get()

    assert person(bob).get(path).status_code == 403
    assert person(charlie).get(path).status_code == 404
    assert person(charlie).delete(f"{path}/{token.pk}").status_code == 404
    theirs = f"/api/companies/{charlie.owned_companies.get().pk}/access-tokens/{token.pk}"
    assert person(charlie).delete(theirs).status_code == 404
    assert api.get(path).status_code == 401
    token.refresh_from_db()
    assert token.revoked_at is None


def test_a_list_is_asked_for_with_whole_numbers(api: Api) -> None:
    assert api.get("/api/companies", take="many").json()["message"] == "take: Must be a whole number from 1 to 500."
    assert api.get("/api/companies", skip="9" * 5000).json()["message"].startswith("skip: Must be a whole number")
    assert api.get("/api/companies", page=1, skip=1).status_code == 400
    assert api.get("/api/companies", page=2, take=10).json() == []


def test_a_program_that_asks_too_often_is_slowed_down(company: Company) -> None:
    api = program(company)

    with time_machine.travel(clock.now(), tick=False) as time:
        statuses = [api.get(f"/api/companies/{company.pk}").status_code for _ in range(201)]
        time.shift(0.1)
        later = api.get(f"/api/companies/{company.pk}").status_code

    assert statuses == [200] * 200 + [429]
    assert later == 200


def test_invitations_are_unknown_to_the_key_of_another_company(strangers_api: Api, company: Company) -> None:
    answer = strangers_api.post(f"/api/company-invitations/{company.pk}/invitations", {"email": "x@example.com"})

    assert answer.status_code == 401
    assert not invitations.Invitation.objects.exists()
