"""The platforms' own ends of the wire: a Facebook page, an Instagram account, a bot at Telegram, a bot at Viber."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ClassVar, Self

from django.test import Client

from conversations.models import Message
from happ_project.companies.models import Company
from happ_project.core import clock
from tests.doubles import meta
from tests.doubles.telegram_bot import Bot, TelegramBot
from tests.doubles.viber_bot import Bot as OwnViberBot
from tests.doubles.viber_bot import ViberBot
from tests.messengers.meta.house import Owner
from tests.messengers.stage import Person
from tests.stories.plot import Parcel, Told


class _OfMeta(Told):
    """The owner consents at Meta, in a browser; `place` is what customers write to."""

    voice = ("mp4", "aac", "audio/mp4")
    sticker = ("PNG", "image/png")
    words: ClassVar[dict[str, str]] = {"document": "file"}
    double: meta.Meta
    owner: Owner
    place: meta.Page | meta.Account

    @classmethod
    @contextmanager
    def opened(cls, company: Company, settings: Any) -> Iterator[Self]:
        with meta.running(clock=lambda: clock.now().timestamp()) as double:
            settings.PROVIDER_SETTINGS = double.settings()
            double.redirect_uris.add(f"{settings.PUBLIC_URL}/messengers/meta/callback/")
            # what the operator does once in Meta's dashboard, for the app without a call for it
            double.subscribe("instagram", f"{settings.PUBLIC_URL}/webhooks/instagram/")
            client = Client()
            client.force_login(company.owner)
            story = cls(company)
            story.double, story.owner = double, Owner(company, double, client)
            yield story

    def customer(self, text: str = "", parcel: Parcel | None = None) -> None:
        files = {self.words.get(parcel.kind, parcel.kind): parcel.content} if parcel else {}
        self.double.write(self.place, self.ivan, text, **files)

    def tells(self, what: str) -> bool:
        if what != "riddle":
            return False
        self.double.write(self.place, self.ivan, attachments=[{"type": "hologram", "payload": None}])
        return True

    def does(self, what: str, to: Message, words: str = "") -> bool:
        """Messenger does not tell a page of what was taken back."""
        if what == "edits":
            self.double.edit(self.place, self.ivan, to.external_id, words)
        elif what == "reacts":
            self.double.react(self.place, self.ivan, to.external_id, words)
        elif self.kind == "instagram":
            self.double.unsend(self.place, self.ivan, to.external_id)
        else:
            return False
        return True

    @property
    def signs(self) -> dict[str, int]:
        shown = [what for what, _to in self.double.shown]
        return {"writes": shown.count("typing_on"), "read": shown.count("mark_seen")}

    def shows(self, portrait: bytes) -> None:
        self.place.portraits[self.ivan] = self.double.keep_file(portrait, "image/jpeg")

    @property
    def reached(self) -> list[str]:
        return [message.text for message in self.double.sent]

    def takes_over(self, text: str) -> None:
        self.double.type_in_app(self.place, self.ivan, text)

    def heals(self) -> None:
        self.logs_in()

    @abstractmethod
    def logs_in(self) -> None:
        """With Meta, in the browser."""


class Facebook(_OfMeta):
    kind = "facebook"

    def connects(self) -> None:
        self.person = self.double.add_person("Olena Koval")
        self.place = self.double.add_page(self.person, "Bakery")
        self.logs_in()
        self.ivan = self.double.add_customer(self.place, "Ivan Bondar")

    def logs_in(self) -> None:
        self.owner.connect_page(self.person, f"facebook:{self.place.id}")

    def breaks(self) -> None:
        self.double.kill_tokens(self.person, 460)


class Instagram(_OfMeta):
    """Connected without a page, by Instagram's own login."""

    kind = "instagram"
    words: ClassVar[dict[str, str]] = {"document": "file", "sticker": "image"}  # which is how they come there

    def connects(self) -> None:
        self.place = self.double.add_account("olena.bakes")
        self.logs_in()
        self.ivan = self.double.add_customer(self.place, "Ivan Bondar")

    def logs_in(self) -> None:
        assert isinstance(self.place, meta.Account)
        self.owner.connect_account(self.place)

    def takes_over(self, text: str) -> None:
        """On the phone, where the echo names no app."""
        self.double.type_in_app(self.place, self.ivan, text, app_id="")

    def breaks(self) -> None:
        assert isinstance(self.place, meta.Account)
        self.double.kill_tokens(self.place, 463)


class _Bot(Told):
    """Connected by its token; the owner has it revoked, and gets another."""

    bot: Any

    def connects(self) -> None:
        person = Person(self.company, self.kind)
        person.answers(token=self.bot.token)
        person.switches_on()

    def breaks(self) -> None:
        self.double.revoke(self.bot)

    def heals(self) -> None:
        self.connects()


class BotOfTelegram(_Bot):
    kind = "telegram_bot"
    double: TelegramBot
    bot: Bot
    person = 5001

    @classmethod
    @contextmanager
    def opened(cls, company: Company, settings: Any) -> Iterator[Self]:
        with TelegramBot(clock=lambda: clock.now().timestamp()) as double:
            settings.PROVIDER_SETTINGS = {"TELEGRAM_BOT_BASE_URL": double.base_url}
            story = cls(company)
            story.double, story.bot = double, double.add_bot()
            yield story

    def customer(self, text: str = "", parcel: Parcel | None = None) -> None:
        if parcel is None:
            self.double.writes(self.bot, self.person, text)
            return
        file = self.double.file(parcel.kind, parcel.content, mime=parcel.mime, name=parcel.name)
        self.double.writes(self.bot, self.person, **{"caption": text} if text else {}, **file)

    def tells(self, what: str) -> bool:
        said = {
            "place": {"location": {"latitude": 50.45, "longitude": 30.52}},
            "person": {"contact": {"phone_number": "380501112233", "first_name": "Iryna"}},
            "riddle": {"hologram": {"depth": 3}},
        }
        self.double.writes(self.bot, self.person, **said[what])
        return True

    def does(self, what: str, to: Message, words: str = "") -> bool:
        """A bot is not told of what was taken back."""
        number = int(to.external_id.rpartition("/")[2])
        if what == "edits":
            self.double.edits(self.bot, self.person, number, words)
        elif what == "reacts":
            self.double.reacts(self.bot, self.person, number, words)
        return what != "takes back"

    def loses_files(self) -> None:
        self.double.forget_files()

    @property
    def signs(self) -> dict[str, int]:
        return {"writes": len(self.double.actions), "read": 0}

    def shows(self, portrait: bytes) -> None:
        sizes = ((160, portrait), (640, portrait + b"the large one"))
        self.double.portraits[str(self.person)] = [
            {"file_id": self.double.keep(content, f"photos/{len(content)}.jpg"), "width": side, "height": side}
            for side, content in sizes
        ]

    @property
    def reached(self) -> list[str]:
        return [sent.text for sent in self.double.sent]


class BotOfViber(_Bot):
    kind = "viber_bot"
    sticker = ("PNG", "image/png")
    double: ViberBot
    bot: OwnViberBot
    person = "01234567890A="

    @classmethod
    @contextmanager
    def opened(cls, company: Company, settings: Any) -> Iterator[Self]:
        with ViberBot(clock=lambda: clock.now().timestamp()) as double:
            settings.PROVIDER_SETTINGS = {"VIBER_BOT_BASE_URL": double.base_url}
            story = cls(company)
            story.double, story.bot = double, double.add_bot()
            yield story

    def customer(self, text: str = "", parcel: Parcel | None = None) -> None:
        """There is no type for voice messages: a recording comes as a file."""
        how: dict[str, Any] = {}
        if parcel:
            words = {"image": "picture", "video": "video", "sticker": "sticker"}
            url = self.double.keep_file(parcel.content, parcel.mime, name=parcel.name)
            how = {"type": words.get(parcel.kind, "file"), "media": url, "size": len(parcel.content)}
            how |= {"file_name": parcel.name} if how["type"] == "file" else {}
            how |= {"sticker_id": 40138} if parcel.kind == "sticker" else {}
        self.double.writes(self.bot, self.person, text, **how)

    def tells(self, what: str) -> bool:
        said: dict[str, dict[str, Any]] = {
            "place": {"type": "location", "location": {"lat": 50.45, "lon": 30.52}},
            "person": {"type": "contact", "contact": {"name": "Iryna", "phone_number": "+380501112233"}},
            "riddle": {"type": "hologram"},
        }
        self.double.writes(self.bot, self.person, **said[what])
        return True

    def shows(self, portrait: bytes) -> None:
        self.bot.portraits[self.person] = self.double.keep_file(portrait, "image/jpeg")

    @property
    def reached(self) -> list[str]:
        return [str(sent.body.get("text") or "") for sent in self.double.sent]
