"""For each messenger that we reach over a network: its double, told to misbehave in one vocabulary.

A new messenger adds a class here; `test_every_adapter.py` fails as long as it is missing.
"""

from __future__ import annotations

from typing import Any, Protocol

from telethon.tl.functions.messages import SendMessageRequest

from messengers import registry
from messengers.adapter import Adapter
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

    def close(self) -> None:
        self._device.stop()
        self._double.stop()


WIRES: dict[str, type[Wire]] = {"whatsapp": WhatsAppWire, "telegram": TelegramWire}
