"""What is said under /api/ when there is nothing there, or when we failed."""

import pytest
from django.test import Client

from happ_project.core.api import errors
from tests.api.conftest import Api


def test_an_unknown_address_is_answered_in_the_one_shape(nobody: Api) -> None:
    answer = nobody.get("/api/unicorns")

    assert answer.status_code == 404
    assert answer.json()["message"] == "There is no GET /api/unicorns. The addresses are listed at /reference."


def test_an_unknown_page_is_a_page(db: None) -> None:
    answer = Client().get("/unicorns")

    assert (answer.status_code, answer.headers["Content-Type"]) == (404, "text/html; charset=utf-8")


def test_our_own_fault_says_nothing_about_it(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_args: object) -> None:
        raise RuntimeError("a secret")

    monkeypatch.setattr("happ_project.companies.services.json_web_tokens.refresh", fail)

    answer = Client(raise_request_exception=False).post(
        "/api/auth/refresh", {"refreshToken": "x"}, content_type="application/json"
    )

    assert answer.status_code == 500
    assert answer.json() == errors.body(500, "Something went wrong on our side. Try again in a moment.")


def test_who_does_not_say_who_they_are_is_told_how(nobody: Api, api: Api) -> None:
    assert "X-Access-Token" in nobody.get("/api/chats").json()["message"]

    answer = api.get("/api/auth/me")

    assert answer.status_code == 401
    assert answer.json()["message"] == (
        "This address is for people: send Authorization: Bearer with a token from POST /api/auth/sign-in."
    )


def test_a_wrong_id_is_named_as_the_client_wrote_it(api: Api) -> None:
    answer = api.get("/api/messages", chatId="x")

    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == ["chatId"]
