"""The ends of the wire that no platform of its own stands at: WaSender, E-Chat, a company's own server."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Self

from conversations.models import Message
from happ_project.companies.models import Company
from happ_project.core import clock, http
from messengers.services import endpoints
from tests.doubles import wasender
from tests.doubles.company_server import CompanyServer
from tests.doubles.echat import EChat
from tests.messengers.stage import Person
from tests.stories.plot import Parcel, Told
from tests.working import work_for

CUSTOMER = "+380671112233"


class WhatsApp(Told):
    kind = "whatsapp"
    double: wasender.WaSender

    @classmethod
    @contextmanager
    def opened(cls, company: Company, settings: Any) -> Iterator[Self]:
        with wasender.running(clock=lambda: clock.now().timestamp()) as double:
            settings.PROVIDER_SETTINGS = {"WASENDER_BASE_URL": double.base_url}
            story = cls(company)
            story.double = double
            yield story

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

    def customer(self, text: str = "", parcel: Parcel | None = None) -> None:
        how: dict[str, Any] = {parcel.kind: parcel.content} if parcel else {}
        self.double.customer_writes(self.session, CUSTOMER, text, **how)

    def tells(self, what: str) -> bool:
        said = {
            "place": {"locationMessage": {"degreesLatitude": 50.45, "degreesLongitude": 30.52}},
            "person": {"contactMessage": {"displayName": "Iryna", "vcard": "BEGIN:VCARD\nEND:VCARD"}},
            "riddle": {"hologramMessage": {"depth": 3}},
        }
        self.double.customer_writes(self.session, CUSTOMER, content=said[what])
        return True

    def does(self, what: str, to: Message, words: str = "") -> bool:
        acts = {"edits": self.double.edit, "takes back": self.double.take_back, "reacts": self.double.react}
        acts[what](self.session, CUSTOMER, to.external_id, words)
        return True

    @property
    def signs(self) -> dict[str, int]:
        return {"writes": len(self.double.presence), "read": len(self.double.read)}

    def shows(self, portrait: bytes) -> None:
        self.double.portraits[CUSTOMER.lstrip("+")] = self.double.keep_file(portrait, "image/jpeg")

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

    @classmethod
    @contextmanager
    def opened(cls, company: Company, settings: Any) -> Iterator[Self]:
        with EChat(clock=lambda: clock.now().timestamp()) as double:
            settings.PROVIDER_SETTINGS = {"ECHAT_BASE_URL": double.base_url, "ECHAT_SECONDS_BETWEEN_MESSAGES": 1.0}
            story = cls(company)
            story.double = double
            yield story

    def connects(self) -> None:
        self.number = self.double.add_number("380501234567")
        person = Person(self.company, self.kind)
        person.answers(key=self.number.key, number="+380 50 123 45 67")
        self.number.paste(person.step.copy)
        person.answers(skip="yes")
        person.switches_on()

    def customer(self, text: str = "", parcel: Parcel | None = None) -> None:
        how: dict[str, Any] = {}
        if parcel:
            how = {"type": parcel.kind, "file": self.double.keep_file(parcel.content, parcel.mime, name=parcel.name)}
        self.double.customer_writes(self.number, CUSTOMER, text, **how)

    def tells(self, what: str) -> bool:
        """E-Chat does not document how; whatever it is called, it is shown."""
        words = {"place": "location", "person": "contact", "riddle": "hologram"}
        self.double.customer_writes(self.number, CUSTOMER, type=words[what])
        return True

    def shows(self, portrait: bytes) -> None:
        self.double.portraits[CUSTOMER] = self.double.keep_file(portrait, "image/jpeg")

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
    double: CompanyServer

    @classmethod
    @contextmanager
    def opened(cls, company: Company, settings: Any) -> Iterator[Self]:
        with CompanyServer(secret="a secret of both sides") as double:
            http.configure(allowed_private=[f"127.0.0.1:{double.port}"])
            story = cls(company)
            story.double = double
            yield story

    def connects(self) -> None:
        person = Person(self.company, self.kind)
        person.answers(name="Shop app", endpoint=self.double.endpoint, secret=self.double.secret)
        address = person.switches_on()
        self.double.channel_url = endpoints.inbound_url(address)
        self.double.received.clear()

    def customer(self, text: str = "", parcel: Parcel | None = None) -> None:
        fields: dict[str, Any] = {}
        if parcel:
            url = self.double.keep_file(parcel.content, parcel.mime, name=parcel.name)
            fields = {"attachments": [{"url": url, "type": parcel.kind, "name": parcel.name}]}
        assert self.double.customer_writes("anna", text, **fields).status == 200

    @property
    def accepted(self) -> int:
        return len(self.double.received)

    @property
    def reached(self) -> list[str]:
        return [body["text"] for body in self.double.received if body["to"] == "anna"]

    def breaks(self) -> None:
        self.double.secret = "a new secret that Happ does not know"

    def heals(self) -> None:
        endpoints.change(self.address, endpoint=self.double.endpoint, secret=self.double.secret)
