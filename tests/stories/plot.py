"""One story, told with every messenger: three quick messages, one answer, a person, the assistant again, a break."""

from __future__ import annotations

import io
from abc import ABC, abstractmethod
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from django.core import mail
from PIL import Image

from assistants.models import Assistant
from conversations.models import Chat, Message
from conversations.services import chats, outbound
from happ_project.companies.models import Company
from integrations.models import Integration
from integrations.services import integrations
from messengers.models import Address
from tests.messengers.meta.house import recording
from tests.working import Mind, Time, outcomes, work_for

FIRST, SECOND, THIRD = "Yes, rye and wheat.", "On Sunday from ten.", "Here I am again."


def picture(form: str = "JPEG") -> bytes:
    drawn = io.BytesIO()
    Image.new("RGB", (40, 30), "#16a34a").save(drawn, form)
    return drawn.getvalue()


@dataclass(frozen=True)
class Parcel:
    """A file that a customer sends: `kind` in our words, `mime` and `name` as the messenger tells them."""

    kind: str
    content: bytes
    mime: str
    name: str


class Story(ABC):
    """One messenger's part: what happens at its end of the wire."""

    kind: ClassVar[str]
    voice: ClassVar[tuple[str, str, str]] = ("ogg", "libopus", "audio/ogg")  # container, codec and type of a recording
    sticker: ClassVar[tuple[str, str]] = ("WEBP", "image/webp")

    def __init__(self, company: Company) -> None:
        self.company = company

    @abstractmethod
    def connects(self) -> None:
        """The owner connects the channel; it is switched on."""

    @abstractmethod
    def customer(self, text: str = "", parcel: Parcel | None = None) -> None: ...

    @property
    @abstractmethod
    def reached(self) -> list[str]:
        """The texts of ours that the customer has, in order."""

    def tells(self, what: str) -> bool:
        """The customer sends what is no text and no file: "place", "person" or "riddle" (which nobody has a form for).

        False where the messenger has no such thing.
        """
        return False

    def does(self, what: str, to: Message, words: str = "") -> bool:
        """The customer "edits" or "takes back" a message of theirs, or "reacts" to one of ours.

        False where the messenger has no such thing, or does not tell of it.
        """
        return False

    @abstractmethod
    def loses_files(self) -> None:
        """No link to what customers sent so far works any more."""

    @property
    @abstractmethod
    def accepted(self) -> int:
        """How many messages of ours the messenger has taken."""

    @property
    def signs(self) -> dict[str, int]:
        """How often the customer was shown that somebody "writes", and that their words were "read"."""
        return {"writes": 0, "read": 0}

    def shows(self, portrait: bytes) -> None:
        """The customer has a picture at the messenger from now on, where the messenger has any."""
        raise NotImplementedError

    def takes_over(self, text: str) -> None:
        """The owner answers from the phone; here there is none: in the inbox."""
        outbound.send(self.chat, text=text)

    @abstractmethod
    def breaks(self) -> None:
        """The login dies at the messenger."""

    @abstractmethod
    def heals(self) -> None:
        """The owner connects it again."""

    @abstractmethod
    def goes_on(self, seconds: float, until: Any = None) -> None:
        """Time passes with workers at work; at least until this holds."""

    def parcel(self, kind: str) -> Parcel:
        """A small file of a kind, in the form that people send it here."""
        if kind == "voice":
            container, codec, mime = self.voice
            return Parcel(kind, recording(container, codec), mime, f"note.{container}")
        if kind == "sticker":
            form, mime = self.sticker
            return Parcel(kind, picture(form), mime, f"sticker.{form.lower()}")
        return {
            "image": Parcel(kind, picture(), "image/jpeg", "photo.jpg"),
            "video": Parcel(kind, b"\0\0\0\x18ftypmp42" + bytes(60), "video/mp4", "film.mp4"),
            "document": Parcel(kind, b"%PDF-1.7\n%%EOF", "application/pdf", "price.pdf"),
        }[kind]

    @property
    def is_connected(self) -> bool:
        return bool(Address.objects.filter(kind=self.kind).exists())

    @property
    def address(self) -> Address:
        return Address.objects.select_related("account").get(kind=self.kind)

    @property
    def chat(self) -> Chat:
        return Chat.objects.get(integration__address__kind=self.kind)

    @property
    def sofia(self) -> Assistant:
        return Assistant.objects.get(name="Sofia")

    def sofia_answers(self) -> None:
        integrations.assign(Integration.objects.get(address=self.address), self.sofia)


class Told(Story):
    """Time is moved by hand, webhooks come over real HTTP."""

    time: Time
    double: Any

    @classmethod
    @abstractmethod
    def opened(cls, company: Company, settings: Any) -> AbstractContextManager[Self]:
        """The messenger on loopback, and the house told where it is."""

    def loses_files(self) -> None:
        self.double.files.clear()

    @property
    def accepted(self) -> int:
        return len(self.double.sent)

    def goes_on(self, seconds: float, until: Any = None) -> None:
        work_for(self.time, seconds)
        assert until is None or until()


def play(story: Story, mind: Mind) -> None:
    mind.says = [FIRST, SECOND, THIRD]
    story.connects()
    story.sofia_answers()

    story.customer("Good morning")
    story.goes_on(0.5)
    story.customer("Do you have this one?", story.parcel("image"))
    story.goes_on(0.5)
    story.customer(parcel=story.parcel("voice"))
    story.goes_on(30, lambda: story.reached == [FIRST])
    written = Message.objects.filter(chat=story.chat, role="User").order_by("sent_at", "id")
    assert [(row.type, row.file is not None) for row in written] == [
        ("Text", False), ("Photo", True), ("Audio", True),
    ]  # fmt: skip
    assert outcomes() == ["answered"], "three quick messages are one question"

    story.takes_over("I am here myself")
    story.goes_on(5, lambda: not story.chat.ai_on)
    story.customer("Is it warm?")
    story.goes_on(30, lambda: Message.objects.filter(text="Is it warm?").exists())
    assert [text for text in story.reached if text in (SECOND, THIRD)] == [], "the assistant is silent"

    chats.set_ai(story.chat, True)
    story.goes_on(30, lambda: story.reached[-1:] == [SECOND])
    before = len(story.reached)

    story.customer("And on Monday?")
    story.goes_on(0.5, lambda: Message.objects.filter(text="And on Monday?").exists())
    story.breaks()
    story.goes_on(90, lambda: story.address.state == "login_required")
    story.goes_on(90)
    assert len(story.reached) == before
    assert len(mail.outbox) == 1, "the owner is told"
    story.heals()
    story.goes_on(90, lambda: story.reached[-1:] == [THIRD])
    story.goes_on(30, lambda: story.address.state == "connected")
    assert len(story.reached) == before + 1, "it went out once"
    assert Chat.objects.filter(integration__address__kind=story.kind).count() == 1, "the history goes on"
    story.goes_on(90)
    broken, healed = (each.subject for each in mail.outbox)
    assert broken.endswith("does not work any more")
    assert healed.endswith("works again")
