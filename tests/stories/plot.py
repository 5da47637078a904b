"""One story, told with every messenger: three quick messages, one answer, a person, the assistant again, a break."""

from __future__ import annotations

import io
from abc import ABC, abstractmethod
from typing import Any

from django.core import mail
from PIL import Image

from assistants.models import Assistant
from conversations.models import Chat, Message
from conversations.services import chats
from happ_project.companies.models import Company
from integrations.models import Integration
from integrations.services import integrations
from messengers.models import Address
from tests.messengers.meta.house import recording
from tests.working import Mind, outcomes

FIRST, SECOND, THIRD = "Yes, rye and wheat.", "On Sunday from ten.", "Here I am again."


def picture() -> bytes:
    drawn = io.BytesIO()
    Image.new("RGB", (40, 30), "#16a34a").save(drawn, "JPEG")
    return drawn.getvalue()


class Story(ABC):
    """One messenger's part: what happens at its end of the wire."""

    kind: str

    def __init__(self, company: Company) -> None:
        self.company = company

    @abstractmethod
    def connects(self) -> None:
        """The owner connects the channel; it is switched on."""

    @abstractmethod
    def customer(self, text: str = "", *, image: bytes = b"", voice: bytes = b"") -> None: ...

    @property
    @abstractmethod
    def reached(self) -> list[str]:
        """The texts of ours that the customer has, in order."""

    @abstractmethod
    def takes_over(self, text: str) -> None:
        """The owner answers from the phone; a channel without one: in the inbox."""

    @abstractmethod
    def breaks(self) -> None:
        """The login dies at the messenger."""

    @abstractmethod
    def heals(self) -> None:
        """The owner connects it again."""

    @abstractmethod
    def goes_on(self, seconds: float, until: Any = None) -> None:
        """Time passes with workers at work; at least until this holds."""

    @property
    def address(self) -> Address:
        return Address.objects.select_related("account").get(kind=self.kind)

    @property
    def chat(self) -> Chat:
        return Chat.objects.get(integration__address__kind=self.kind)

    def sofia_answers(self) -> None:
        integration = Integration.objects.get(address=self.address)
        integrations.assign(integration, Assistant.objects.get(name="Sofia"))


def play(story: Story, mind: Mind) -> None:
    mind.says = [FIRST, SECOND, THIRD]
    story.connects()
    story.sofia_answers()

    story.customer("Good morning")
    story.goes_on(0.5)
    story.customer("Do you have this one?", image=picture())
    story.goes_on(0.5)
    story.customer(voice=recording("ogg", "libopus"))
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
    assert story.address.state == "connected"
    assert len(story.reached) == before + 1, "it went out once"
    assert Chat.objects.filter(integration__address__kind=story.kind).count() == 1, "the history goes on"
    story.goes_on(90)
    broken, healed = (each.subject for each in mail.outbox)
    assert broken.endswith("does not work any more")
    assert healed.endswith("works again")
