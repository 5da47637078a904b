"""For each messenger that we reach over a network: its double, told to misbehave in one vocabulary.

A new messenger adds a class here; `test_every_adapter.py` fails as long as it is missing.
"""

from __future__ import annotations

from typing import Any, ClassVar, Protocol

from telethon.tl import types as tl
from telethon.tl.functions.messages import SendMessageRequest

from messengers import registry
from messengers.adapter import Adapter
from tests.contract import gateway_wires
from tests.contract.gateway_wires import Shown
from tests.doubles.meta import Account, Meta, Page
from tests.doubles.recording_io import MemoryMedia, RecordingIO
from tests.doubles.telegram import Disruption, RpcFault, Running
from tests.doubles.wasender import WaSender
from tests.messengers.telegram.device import Device

# what a wire must be able to do to the next send: refuse it, accept it and then lose the answer, fall silent
TROUBLES = ("429", "500", "401", "400", "hang", "accept then reset", "accept then hang")


class Wire(Protocol):
    chat_id: str

    def open(self) -> Adapter: ...
    def trouble(self, how: str) -> None: ...
    def accepted(self) -> int:
        """How many messages the messenger has taken."""

    def shown(self) -> Shown:
        """The text of the last one, and the formatting that the messenger has beside it."""

    def close(self) -> None: ...


class WhatsAppWire:
    chat_id = "380671112233"

    def __init__(self) -> None:
        self._double = WaSender()
        self._double.start()
        self._token = self._double.add_token()
        self._session = self._double.add_session(self._token)

    def open(self) -> Adapter:
        io = RecordingIO(settings={"WASENDER_BASE_URL": self._double.base_url}, media=MemoryMedia(self._double.origin))
        address: dict[str, Any] = {
            "external_id": "380500000001",
            "credentials": {
                "session_id": "1",
                "api_key": self._session.api_key,
                "webhook_secrets": [self._session.webhook_secret],
            },
            "config": {},
        }
        return registry.open("whatsapp", account={"token": self._token}, address=address, io=io)

    def trouble(self, how: str) -> None:
        if how == "429":
            self._double.fail("/send-message", "429", body={"message": "Too many", "retry_after": 7})
        else:
            self._double.fail("/send-message", how.replace("accept then ", "accept+"))

    def accepted(self) -> int:
        return len(self._double.sent)

    def shown(self) -> Shown:
        return self._double.sent[-1].body["text"], []

    def close(self) -> None:
        self._double.stop()


class TelegramWire:
    def __init__(self) -> None:
        self._double = Running()
        self._alice = self._double.do(lambda dc: dc.add_account("+380501110001", "Alice"))
        bob = self._double.do(lambda dc: dc.add_account("+380501110002", "Bob"))
        self._alice.contacts.add(bob)
        self.chat_id = str(bob.id)
        self._device = Device(self._double, self._alice)

    def open(self) -> Adapter:
        adapter = self._device.connect().adapter
        adapter.patience = 0.3
        return adapter

    def trouble(self, how: str) -> None:
        outcomes = {
            "429": RpcFault(420, "FLOOD_WAIT_7"),
            "500": RpcFault(500, "INTERNAL"),
            "401": RpcFault(401, "SESSION_REVOKED"),
            "400": RpcFault(400, "PEER_ID_INVALID"),
            "hang": Disruption.SILENCE,
            "accept then hang": Disruption.CARRY_OUT_SILENTLY,
            "accept then reset": Disruption.LOSE_ANSWER,
        }
        self._double.do(lambda dc: dc.script(SendMessageRequest, outcomes[how]))

    def accepted(self) -> int:
        return len(self._alice.mailbox.copies)

    def shown(self) -> Shown:
        said = list(self._alice.mailbox.copies.values())[-1].message
        kinds = {
            tl.MessageEntityBold: "bold",
            tl.MessageEntityItalic: "italic",
            tl.MessageEntityStrike: "strike",
            tl.MessageEntityCode: "code",
            tl.MessageEntityTextUrl: "link",
        }
        looks = said.entities or []
        return said.text, [(kinds[type(e)], e.offset, e.length, getattr(e, "url", "")) for e in looks]

    def close(self) -> None:
        self._device.stop()
        self._double.stop()


class _MetaWire:
    """One owner with a page, an Instagram account behind it, and another one on its own; a customer has just written.

    The error numbers of Meta say little: a refusal is an error object, with the status 400 for nearly everything.
    """

    chat_id = ""
    _ERRORS: ClassVar[dict[str, dict[str, Any]]] = {
        "429": {"code": 613, "message": "Calls to this api have exceeded the rate limit."},
        "401": {"code": 190, "message": "Error validating access token", "subcode": 460},
        "400": {"code": 100, "message": "Invalid parameter"},
    }

    def __init__(self) -> None:
        self._double = Meta()
        self._double.start()
        self._owner = self._double.add_person()
        self._page = self._double.add_page(self._owner)
        self._account = self._double.add_account()

    def _greet(self, place: Page | Account) -> None:
        self._double.subscribe_by_hand(place)
        self.chat_id = self._double.add_customer(place)
        place.wrote_at[self.chat_id] = self._double.clock()

    def _open(self, kind: str, place: Page | Account, token: str, config: dict[str, Any]) -> Adapter:
        io = RecordingIO(settings=self._double.settings(), media=MemoryMedia(self._double.origin))
        address: dict[str, Any] = {"external_id": place.id, "credentials": {"token": token}, "config": config}
        return registry.open(kind, account={}, address=address, io=io)

    def trouble(self, how: str) -> None:
        if how in self._ERRORS:
            self._double.fail("/messages", "error", error=self._ERRORS[how])
        else:
            self._double.fail("/messages", how.replace("accept then ", "accept+"))

    def accepted(self) -> int:
        return len(self._double.sent)

    def shown(self) -> Shown:
        return self._double.sent[-1].body["message"]["text"], []

    def close(self) -> None:
        self._double.stop()


class FacebookWire(_MetaWire):
    def __init__(self) -> None:
        super().__init__()
        self._greet(self._page)

    def open(self) -> Adapter:
        token = self._double.own_page_token(self._owner, self._page)
        return self._open("facebook", self._page, token, {"route": "page", "page_id": self._page.id})


class InstagramWire(_MetaWire):
    def __init__(self) -> None:
        super().__init__()
        self._greet(self._account)

    def open(self) -> Adapter:
        return self._open("instagram", self._account, self._double.own_account_token(self._account), {"route": "own"})


WIRES: dict[str, type[Wire]] = {
    "whatsapp": WhatsAppWire,
    "telegram": TelegramWire,
    "facebook": FacebookWire,
    "instagram": InstagramWire,
    "viber": gateway_wires.ViberWire,
    "telegram_bot": gateway_wires.TelegramBotWire,
    "viber_bot": gateway_wires.ViberBotWire,
    "custom": gateway_wires.CustomWire,
}
