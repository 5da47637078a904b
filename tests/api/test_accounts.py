"""Signing up and in over the REST API."""

from datetime import timedelta

import time_machine

from happ_project.companies.models import User
from happ_project.core import clock
from tests import factories
from tests.api.conftest import Api, person
from tests.working import posted

GOOD = {"email": "dora@example.com", "password": factories.PASSWORD}


def test_signing_up_gives_tokens_at_once_and_sends_the_mail(nobody: Api) -> None:
    answer = nobody.post("/api/auth/sign-up", GOOD)

    assert answer.status_code == 200
    body = answer.json()
    user = User.objects.get(email="dora@example.com")
    assert (body["expiresIn"], body["user"]) == ("15m", {"id": str(user.pk), "email": "dora@example.com"})
    assert len(posted()) == 1
    me = Api(authorization=f"Bearer {body['accessToken']}").get("/api/auth/me")
    assert me.json() == {
        "id": str(user.pk),
        "email": "dora@example.com",
        "phone": None,
        "firstName": None,
        "lastName": None,
    }


def test_a_known_address_cannot_sign_up_again(nobody: Api, alice: User) -> None:
    answer = nobody.post("/api/auth/sign-up", GOOD | {"email": alice.email})

    assert answer.status_code == 400
    assert answer.json()["message"].startswith("email: There is an account with this address already")


def test_signing_in_takes_the_password(nobody: Api, alice: User) -> None:
    right = nobody.post("/api/auth/sign-in", {"email": "Alice@example.com", "password": factories.PASSWORD})
    wrong = nobody.post("/api/auth/sign-in", {"email": "alice@example.com", "password": "guess"})

    assert right.status_code == 200
    assert set(right.json()) == {"accessToken", "refreshToken", "expiresIn", "user"}
    assert wrong.status_code == 401
    assert wrong.json() == {
        "statusCode": 401,
        "error": "Unauthorized",
        "message": "The e-mail address or the password is not right.",
    }


def test_an_unknown_address_is_refused_like_a_wrong_password(nobody: Api, alice: User) -> None:
    unknown = nobody.post("/api/auth/sign-in", {"email": "nobody@example.com", "password": "guess"})
    wrong = nobody.post("/api/auth/sign-in", {"email": "alice@example.com", "password": "guess"})

    assert (unknown.status_code, unknown.json()) == (wrong.status_code, wrong.json())


def test_guessing_a_password_is_slowed_down(nobody: Api, alice: User) -> None:
    guesses = [nobody.post("/api/auth/sign-in", {"email": alice.email, "password": "guess"}) for _ in range(11)]

    assert [answer.status_code for answer in guesses] == [401] * 10 + [429]
    assert int(guesses[-1].headers["Retry-After"]) > 0


def test_refreshing_renews_both_tokens(nobody: Api, alice: User) -> None:
    first = nobody.post("/api/auth/sign-in", {"email": alice.email, "password": factories.PASSWORD}).json()

    second = nobody.post("/api/auth/refresh", {"refreshToken": first["refreshToken"]})
    again = nobody.post("/api/auth/refresh", {"refreshToken": first["refreshToken"]})

    assert second.status_code == 200
    assert set(second.json()) == {"accessToken", "refreshToken", "expiresIn"}
    assert again.status_code == 401


def test_the_token_of_a_person_expires(alice: User) -> None:
    api = person(alice)

    with time_machine.travel(clock.now() + timedelta(minutes=16)):
        answer = api.get("/api/auth/me")

    assert answer.status_code == 401
    assert "expired" in answer.json()["message"]


def test_a_changed_password_ends_the_tokens_of_a_person(alice: User) -> None:
    api = person(alice)
    alice.set_password("another calm evening")
    alice.save()

    assert api.get("/api/auth/me").status_code == 401


def test_a_field_that_is_missing_is_named(nobody: Api) -> None:
    answer = nobody.post("/api/auth/sign-in", {"email": "dora@example.com"})

    assert answer.json() == {
        "statusCode": 400,
        "error": "Bad Request",
        "message": "password: This field is required.",
        "errors": {"password": ["This field is required."]},
    }


def test_a_body_that_is_no_json_is_refused_in_the_same_shape(nobody: Api) -> None:
    answer = nobody.post("/api/auth/sign-in", "{not json")

    assert answer.status_code == 400
    assert answer.json()["message"].startswith("JSON parse error")
