"""A client of the REST API for each way to sign in."""

import json
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from happ_project.companies.models import Company, User
from happ_project.companies.services import json_web_tokens
from tests import factories


class Api:
    """Speaks JSON; `api.get("/api/chats")` gives the answer with `.json()`."""

    def __init__(self, **headers: str) -> None:
        self._client = Client(headers=headers)

    def get(self, path: str, **query: Any) -> HttpResponse:
        return self._client.get(path, query)

    def delete(self, path: str) -> HttpResponse:
        return self._client.delete(path)

    def post(self, path: str, body: Any = None, **headers: str) -> HttpResponse:
        return self._send("post", path, body, headers)

    def patch(self, path: str, body: Any = None, **headers: str) -> HttpResponse:
        return self._send("patch", path, body, headers)

    def _send(self, method: str, path: str, body: Any, headers: dict[str, str]) -> HttpResponse:
        data = body if isinstance(body, str) else json.dumps({} if body is None else body)
        return getattr(self._client, method)(path, data, content_type="application/json", headers=headers)


def person(user: User, **headers: str) -> Api:
    return Api(authorization=f"Bearer {json_web_tokens.issue(user).access}", **headers)


def program(company: Company) -> Api:
    return Api(**{"x-access-token": factories.make_access_token(company)})


@pytest.fixture(autouse=True)
def _fresh_limits(fresh_limits: None) -> None:
    """Each test begins with full buckets."""


@pytest.fixture
def api(company: Company) -> Api:
    """A program of Alice's company."""
    return program(company)


@pytest.fixture
def strangers_api(charlie: User) -> Api:
    """A program of Charlie's company."""
    return program(charlie.owned_companies.get())


@pytest.fixture
def nobody(db: None) -> Api:
    return Api()
