"""The wires of Viber through E-Chat, of the two bot APIs, and of a company's own server."""

from __future__ import annotations

from happ_project.core.http import addresses
from messengers import registry
from messengers.adapter import Adapter
from tests.doubles.company_server import CompanyServer
from tests.doubles.echat import EChat
from tests.doubles.recording_io import MemoryMedia, RecordingIO
from tests.doubles.telegram_bot import TelegramBot
from tests.doubles.viber_bot import ViberBot

Shown = tuple[str, list[tuple[str, int, int, str]]]
"""A text, and what is formatted in it: as what, from where, how long (in UTF-16 units), and to which address."""


class ViberWire:
    chat_id = "380671112233"

    def __init__(self) -> None:
        self._double = EChat()
        self._double.start()
        self._number = self._double.add_number(connected=True)

    def open(self) -> Adapter:
        io = RecordingIO(settings={"ECHAT_BASE_URL": self._double.base_url}, media=MemoryMedia(self._double.origin))
        return registry.open(
            "viber", account={"key": self._number.key}, address={"external_id": self._number.number}, io=io
        )

    def trouble(self, how: str) -> None:
        self._double.fail("/messages/send", how)

    def accepted(self) -> int:
        return len(self._double.sent)

    def shown(self) -> Shown:
        return self._double.sent[-1].body["text"], []

    def close(self) -> None:
        self._double.stop()


class TelegramBotWire:
    chat_id = "5001"

    def __init__(self) -> None:
        self._double = TelegramBot()
        self._double.start()
        self._bot = self._double.add_bot(webhook_url="http://127.0.0.1:1/webhooks/telegram_bot/t/", chats={"5001"})

    def open(self) -> Adapter:
        io = RecordingIO(settings={"TELEGRAM_BOT_BASE_URL": self._double.base_url})
        address = {
            "external_id": str(self._bot.id),
            "credentials": {"webhook_url": self._bot.webhook_url, "webhook_secrets": ["secret of the wire"]},
        }
        return registry.open("telegram_bot", account={"token": self._bot.token}, address=address, io=io)

    def trouble(self, how: str) -> None:
        self._double.fail("/send", how)

    def accepted(self) -> int:
        return len(self._double.sent)

    def shown(self) -> Shown:
        sent = self._double.sent[-1]
        names = {"text_link": "link", "strikethrough": "strike"}
        looks = sent.fields.get("entities") or []
        return sent.text, [(names.get(e["type"], e["type"]), e["offset"], e["length"], e.get("url", "")) for e in looks]

    def close(self) -> None:
        self._double.stop()


class ViberBotWire:
    chat_id = "01234567890A="

    def __init__(self) -> None:
        self._double = ViberBot()
        self._double.start()
        self._bot = self._double.add_bot()
        self._bot.webhook = "http://127.0.0.1:1/webhooks/viber_bot/t/"
        self._bot.people.add(self.chat_id)

    def open(self) -> Adapter:
        io = RecordingIO(settings={"VIBER_BOT_BASE_URL": self._double.base_url}, media=MemoryMedia(self._double.origin))
        address = {
            "external_id": self._bot.id,
            "credentials": {"webhook_url": self._bot.webhook},
            "config": {"name": "Shop"},
        }
        return registry.open("viber_bot", account={"token": self._bot.token}, address=address, io=io)

    def trouble(self, how: str) -> None:
        self._double.fail("/send_message", how)

    def accepted(self) -> int:
        return len(self._double.sent)

    def shown(self) -> Shown:
        return self._double.sent[-1].body["text"], []

    def close(self) -> None:
        self._double.stop()


class CustomWire:
    chat_id = "user_42"

    def __init__(self) -> None:
        self._double = CompanyServer(secret="secret of the wire")
        self._double.start()
        addresses.allow_private([f"127.0.0.1:{self._double.port}"])

    def open(self) -> Adapter:
        address = {
            "external_id": "cm_wire",
            "credentials": {"secrets": [self._double.secret]},
            "config": {"endpoint": self._double.endpoint},
        }
        return registry.open("custom", address=address, io=RecordingIO(media=MemoryMedia(self._double.origin)))

    def trouble(self, how: str) -> None:
        self._double.fail("/happ", how)

    def accepted(self) -> int:
        return len(self._double.received)

    def shown(self) -> Shown:
        return self._double.received[-1]["text"], []

    def close(self) -> None:
        self._double.stop()
