"""The whole house before a Meta on loopback: pages clicked by the owner, workers at work, webhooks over real HTTP."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import av
import numpy
import pytest
from django.test import Client
from PIL import Image

from conversations.models import Chat, Message
from happ_project.companies.models import Company
from happ_project.core import clock, http, tenancy
from integrations.models import Integration
from messengers.models import LoginAttempt
from messengers.services import directory
from tests import factories
from tests.doubles import meta
from tests.doubles.meta import Account, Meta, Page, Person
from tests.working import Time, work


def picture(kind: str = "JPEG") -> bytes:
    drawn = io.BytesIO()
    Image.new("RGB", (30, 30), "#1877f2").save(drawn, kind)
    return drawn.getvalue()


def recording(container: str = "mp4", codec: str = "aac", seconds: float = 1.0) -> bytes:
    """Somebody humming."""
    made, rate = io.BytesIO(), 48_000
    with av.open(made, "w", format=container) as file:
        stream = file.add_stream(codec, rate=rate, layout="mono")
        wave = numpy.sin(numpy.arange(int(rate * seconds)) * 440 * 2 * numpy.pi / rate).astype(numpy.float32)
        for start in range(0, len(wave) - 960, 960):
            frame = av.AudioFrame.from_ndarray(wave[None, start : start + 960], format="fltp", layout="mono")
            frame.sample_rate, frame.pts = rate, start
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    return made.getvalue()


@dataclass
class Owner:
    """Whoever owns the company, at the dashboard."""

    company: Company
    double: Meta
    client: Client

    def begin(self, kind: str) -> LoginAttempt:
        answer = self.client.post(f"/integrations/add/{kind}/")
        assert answer.status_code == 302, answer.content
        work(LoginAttempt)
        return LoginAttempt._base_manager.get(public_id=answer.url.split("/")[-2])

    def page_of(self, attempt: LoginAttempt) -> str:
        work(LoginAttempt)
        return self.looks(attempt)

    def looks(self, attempt: LoginAttempt) -> str:
        return self.client.get(f"/integrations/login/{attempt.public_id}/").content.decode()

    def answer(self, attempt: LoginAttempt, **given: Any) -> str:
        """Fills in the form that is shown, and waits until the workers have done their part."""
        self.client.post(f"/integrations/login/{attempt.public_id}/step/", given)
        return self.page_of(attempt)

    def visit(self, attempt: LoginAttempt, who: Person | Account, **how: Any) -> str:
        """Off to the dialog, back to the login's page, and the workers have done their part."""
        self.go_there(attempt, who, **how)
        return self.page_of(attempt)

    def go_there(self, attempt: LoginAttempt, who: Person | Account, **how: Any) -> None:
        """Off to the dialog, and back to the login's page."""
        dialog = self.client.get(f"/integrations/login/{attempt.public_id}/visit/").url
        way_back = urlsplit(self.double.consent(dialog, who, **how))
        answer = self.client.get(f"{way_back.path}?{way_back.query}")
        assert answer.url == f"/integrations/login/{attempt.public_id}/", answer.url

    def connect_page(self, who: Person, *wanted: str) -> None:
        """`wanted`: as the choice names them, "facebook:…"; each is switched on."""
        attempt = self.begin("facebook")
        shown = self.visit(attempt, who)
        assert set(wanted) <= set(re.findall(r'name="pick" value="([^"]+)"', shown)), shown
        assert "Connected." in self.answer(attempt, pick=list(wanted))
        self.switch_on(*wanted)

    def connect_account(self, account: Account) -> None:
        attempt = self.begin("instagram")
        self.answer(attempt, how="own")
        assert "Connected." in self.visit(attempt, account)
        self.switch_on(f"instagram:{account.id}")

    def switch_on(self, *wanted: str) -> None:
        for each in wanted:
            kind, _, external_id = each.partition(":")
            found = Integration._base_manager.get(address__kind=kind, address__external_id=external_id)
            self.client.post(f"/integrations/{found.pk}/switch/", {"on": "yes"})
        work()


def only_chat() -> Chat:
    return Chat._base_manager.select_related("integration__address__account").get(
        integration__address__kind__in=["facebook", "instagram"]
    )


def lines(chat: Chat) -> list[tuple[str, str, str]]:
    """Role, type and text of what is shown, in order."""
    found = Message._base_manager.filter(chat=chat, deleted_at=None).order_by("sent_at", "id")
    return list(found.values_list("role", "type", "text"))


@pytest.fixture
def double(time: Time, live_server: Any, settings: Any) -> Iterator[Meta]:
    directory._kept.clear()
    with meta.running(clock=lambda: clock.now().timestamp()) as double:
        settings.PUBLIC_URL = live_server.url
        settings.PROVIDER_SETTINGS = {**settings.PROVIDER_SETTINGS, **double.settings()}
        settings.ADDRESS_KEPT_SECONDS = 0
        double.redirect_uris.add(f"{live_server.url}/messengers/meta/callback/")
        # what the operator does once in Meta's dashboard, for the app without a call for it
        double.subscribe("instagram", f"{live_server.url}/webhooks/instagram/")
        yield double
    http.configure()


@pytest.fixture
def owner(double: Meta) -> Iterator[Owner]:
    alice = factories.make_user(email="alice@example.com")
    company = factories.make_company(owner=alice, name="Bakery")
    with tenancy.company_scope(company):
        factories.make_assistant(company, name="Sofia")
        client = Client()
        client.force_login(alice)
        yield Owner(company, double, client)


@pytest.fixture
def person(double: Meta) -> Person:
    return double.add_person("Olena Koval")


@pytest.fixture
def page(double: Meta, person: Person) -> Page:
    return double.add_page(person, "Bakery")
