"""WhatsApp, Viber and a messenger of the company's own. Facebook's and Instagram's: `tests/messengers/meta`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from conversations.services import outbound
from happ_project.companies.models import Company
from happ_project.core import clock, http
from messengers.services import endpoints
from tests import factories
from tests.doubles import wasender
from tests.doubles.company_server import CompanyServer
from tests.doubles.echat import EChat
from tests.messengers.conftest import house
from tests.messengers.stage import Person
from tests.stories.plot import Story, play
from tests.working import Mind, Time, mind, time, work_for

__all__ = ["house", "mind", "time"]

pytestmark = pytest.mark.django_db(transaction=True)

CUSTOMER = "+380671112233"


class Told(Story):
    """Time is moved by hand, webhooks come over real HTTP."""

    time: Time

    def goes_on(self, seconds: float, until: Any = None) -> None:
        work_for(self.time, seconds)
        assert until is None or until()


class WhatsApp(Told):
    kind = "whatsapp"
    double: wasender.WaSender

    def connects(self) -> None:
        self.token = self.double.add_token()
        self.session = self.double.add_session(self.token, phone="+380501234567", account_protection=False)
        self.logs_in()

    def logs_in(self) -> None:
        person = Person(self.company, self.kind)
        person.answers(token=self.token)
        person.answers(session=str(self.session.id))
        if self.session.status != "connected":
            work_for(self.time, 3)
            assert self.double.scan(self.session)
            work_for(self.time, 6)
        person.switches_on()

    def customer(self, text: str = "", *, image: bytes = b"", voice: bytes = b"") -> None:
        self.double.customer_writes(self.session, CUSTOMER, text, image=image, voice=voice)

    @property
    def reached(self) -> list[str]:
        return [str(message.body.get("text") or "") for message in self.double.sent]

    def takes_over(self, text: str) -> None:
        self.double.type_on_phone(self.session, CUSTOMER, text)

    def breaks(self) -> None:
        self.double.log_out(self.session)

    def heals(self) -> None:
        self.logs_in()


class Viber(Told):
    kind = "viber"
    double: EChat

    def connects(self) -> None:
        self.number = self.double.add_number("380501234567")
        person = Person(self.company, self.kind)
        person.answers(key=self.number.key, number="+380 50 123 45 67")
        self.number.paste(person.step.copy)
        person.answers(skip="yes")
        person.switches_on()

    def customer(self, text: str = "", *, image: bytes = b"", voice: bytes = b"") -> None:
        how: dict[str, Any] = {}
        if image or voice:
            kind, mime = ("image", "image/jpeg") if image else ("voice", "audio/ogg")
            how = {"type": kind, "file": self.double.keep_file(image or voice, mime)}
        self.double.customer_writes(self.number, CUSTOMER, text, **how)

    @property
    def reached(self) -> list[str]:
        return [str(message.body.get("text") or "") for message in self.double.sent]

    def takes_over(self, text: str) -> None:
        self.double.type_on_phone(self.number, CUSTOMER, text)

    def breaks(self) -> None:
        """The cabinet has a new key; the old one is good for nothing."""
        del self.double.numbers[self.number.key]

    def heals(self) -> None:
        known = self.number
        self.number = self.double.add_number(known.number, connected=known.connected)
        self.number.incoming_url, self.number.outgoing_url = known.incoming_url, known.outgoing_url
        person = Person(self.company, self.kind)
        person.answers(key=self.number.key, number=known.number)
        person.switches_on()


class Custom(Told):
    kind = "custom"
    server: CompanyServer

    def connects(self) -> None:
        person = Person(self.company, self.kind)
        person.answers(name="Shop app", endpoint=self.server.endpoint, secret=self.server.secret)
        address = person.switches_on()
        self.server.channel_url = endpoints.inbound_url(address)
        self.server.received.clear()

    def customer(self, text: str = "", *, image: bytes = b"", voice: bytes = b"") -> None:
        fields: dict[str, Any] = {}
        if image or voice:
            kind, mime = ("image", "image/jpeg") if image else ("voice", "audio/ogg")
            fields = {"attachments": [{"url": self.server.keep_file(image or voice, mime), "type": kind}]}
        assert self.server.customer_writes("anna", text, **fields).status == 200

    @property
    def reached(self) -> list[str]:
        return [body["text"] for body in self.server.received if body["to"] == "anna"]

    def takes_over(self, text: str) -> None:
        """There is no phone: the owner writes in the inbox."""
        outbound.send(self.chat, text=text)

    def breaks(self) -> None:
        self.server.secret = "a new secret that Happ does not know"

    def heals(self) -> None:
        endpoints.change(self.address, endpoint=self.server.endpoint, secret=self.server.secret)


@pytest.fixture
def company(house: Company) -> Company:
    factories.make_assistant(house, name="Sofia")
    return house


@pytest.fixture
def whatsapp(company: Company, settings: Any) -> Iterator[Story]:
    with wasender.running(clock=lambda: clock.now().timestamp()) as double:
        settings.PROVIDER_SETTINGS = {"WASENDER_BASE_URL": double.base_url}
        story = WhatsApp(company)
        story.double = double
        yield story


@pytest.fixture
def viber(company: Company, settings: Any) -> Iterator[Story]:
    with EChat(clock=lambda: clock.now().timestamp()) as double:
        settings.PROVIDER_SETTINGS = {"ECHAT_BASE_URL": double.base_url, "ECHAT_SECONDS_BETWEEN_MESSAGES": 1.0}
        story = Viber(company)
        story.double = double
        yield story


@pytest.fixture
def custom(company: Company) -> Iterator[Story]:
    with CompanyServer(secret="a secret of both sides") as server:
        http.configure(allowed_private=[f"127.0.0.1:{server.port}"])
        story = Custom(company)
        story.server = server
        yield story


@pytest.mark.parametrize("kind", ["whatsapp", "viber", "custom"])
def test_the_story_of(kind: str, request: pytest.FixtureRequest, mind: Mind, time: Time) -> None:
    story = request.getfixturevalue(kind)
    story.time = time

    play(story, mind)
