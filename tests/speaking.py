"""A company whose assistant speaks by a language model that tests script, and answers at once: fixtures to import."""

import html
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from conversations.models import AiTurn, Message
from happ_project.core import http, tenancy
from tests.doubles import model as models
from tests.doubles import tool_service
from tests.doubles.model import ModelServer, Reply
from tests.doubles.model import Request as Asked
from tests.doubles.tool_service import ToolService
from tests.doubles.website import Website
from tests.journeys.shop import Shop, open_shop


@pytest.fixture
def model(settings: Any) -> Iterator[ModelServer]:
    with models.running() as running:
        settings.OPENAI_API_KEY, settings.OPENAI_BASE_URL = running.api_key, running.base_url
        settings.OPENAI_MODEL = "test-large"
        yield running


@pytest.fixture
def shop(model: ModelServer) -> Iterator[Shop]:
    shop = open_shop(debounce_seconds=0)
    with tenancy.company_scope(shop.company):
        yield shop


@pytest.fixture
def service() -> Iterator[ToolService]:
    """A company's service at an address that may be called."""
    with tool_service.running() as running:
        http.configure(allowed_private=[running.address])
        yield running
        http.configure()


@pytest.fixture
def site(service: ToolService) -> Iterator[Website]:
    """A website beside the service."""
    with Website() as running:
        http.configure(allowed_private=[running.address, service.address])
        yield running


def while_it_thinks(shop: Shop, action: Callable[[], object], text: str = "Scripted answer.") -> Reply:
    """An answer, before whose first word something happens, in a thread and a connection of its own."""

    def happen() -> None:
        try:
            with tenancy.company_scope(shop.company):
                action()
        finally:
            connection.close()

    return Reply(text, meanwhile=happen)


def asked_for_answers(model: ModelServer) -> list[Asked]:
    """What the model was asked on customers' behalf; summaries for people are asked for without tools."""
    return [request for request in model.requests if "tools" in request.body]


def heard(model: ModelServer) -> list[str]:
    """What customers had said, as of the last time that an answer was asked for."""
    lines = asked_for_answers(model)[-1].body["messages"]
    said = [line["content"] for line in lines if line["role"] == "user"]
    return [text for text in said if not text.startswith("[note of the system")]


def why(shop: Shop, by: str = "olena") -> str:
    """What a person of the company reads under the AI's last message: why it is as it is."""
    person = Client()
    person.force_login(shop.company.owner)
    said = Message.objects.filter(chat=shop.chat(by), source="AI", role="Assistant").latest("id")
    answer = person.get(f"/chats/{said.chat_id}/messages/{said.pk}/why/", HTTP_HX_REQUEST="true")
    return html.unescape(answer.content.decode())


def last_turn() -> AiTurn:
    return AiTurn.objects.latest("id")
