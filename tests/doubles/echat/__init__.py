"""E-Chat's Viber API on loopback: the calls and callbacks on which public clients agree, and nothing invented.

What nobody knows is a string to pull: whether an answer names an id of its own (`names_ids`), whether our own sends
come back (`echo`), which words and numbers a status has. Stickers have no documented form, so there is none here: a
test says itself which body it tries.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.doubles.http_double import Answer, Call, HttpDouble, Post

__all__ = ["EChat", "Message", "Number"]

_LIBRARIES = ("python-", "python/", "curl", "go-http", "java/", "okhttp")


@dataclass
class Number:
    """A Viber number linked in the cabinet, with the two callback fields."""

    number: str
    key: str = field(default_factory=lambda: secrets.token_hex(20))
    incoming_url: str = ""
    outgoing_url: str = ""
    connected: bool = False
    end_tarif: str = "2027-11-22"

    def paste(self, url: str) -> None:
        """The owner pastes one address into both fields."""
        self.incoming_url = self.outgoing_url = url


@dataclass
class Message:
    """One accepted send."""

    number: Number
    to: str
    id: str
    body: dict[str, Any]
    own_id: str = ""
    media: bytes = b""


class EChat(HttpDouble):
    """`sent`: what was accepted. `names_ids`: the answer to a send carries an id of E-Chat's own."""

    def __init__(
        self,
        *,
        clock: Callable[[], float] = time.time,
        names_ids: bool = False,
        port: int = 0,
        patience: float = 0.0,
    ) -> None:
        super().__init__(port=port, patience=patience)
        self.clock, self.names_ids = clock, names_ids
        self.numbers: dict[str, Number] = {}
        self.sent: list[Message] = []
        self.portraits: dict[str, str] = {}  # phone → where the picture is
        self.base_url = f"{self.origin}/api/viber/v2"

    def add_number(self, number: str = "380500000001", **fields: Any) -> Number:
        """The owner links a number in the cabinet and gets its key."""
        made = Number(number, **fields)
        self.numbers[made.key] = made
        return made

    # What comes in over HTTP.

    def act(self, call: Call) -> Answer:
        agent = call.headers.get("user-agent", "").lower()
        if not agent or agent.startswith(_LIBRARIES):
            return Answer(403, b"error code: 1010", {"Content-Type": "text/plain"})
        found = self.numbers.get(call.headers.get("api-key", ""))
        if found is None:
            return Answer(401, {"status": "Error", "description": "Invalid API key"})
        acts = {
            "/api/viber/v2/channel/connect": self._connect,
            "/api/viber/v2/channel/disconnect": self._disconnect,
            "/api/viber/v2/messages/send": self._send,
        }
        act = acts.get(call.path)
        if act is None or call.method != "POST":
            return Answer(404, {"status": "Error", "description": "Not Found"})
        if call.json.get("number") != found.number:
            return Answer(200, {"status": "Error", "description": "Channel not found"})
        return act(found, call.json)

    def _connect(self, found: Number, body: dict[str, Any]) -> Answer:
        if found.connected:
            return Answer(409, {"status": "Error", "description": "Integration already exists"})
        found.connected = True
        return Answer(200, {"status": "Success", "description": "Connected", "end_tarif": found.end_tarif})

    def _disconnect(self, found: Number, body: dict[str, Any]) -> Answer:
        found.connected = False
        return Answer(200, {"status": "Success", "description": "Disconnected"})

    def _send(self, found: Number, body: dict[str, Any]) -> Answer:
        message, to = body.get("message") or {}, (body.get("contact") or {}).get("number", "")
        complaint = ""
        if not found.connected:
            complaint = "Channel is not connected"
        elif not str(to).isdigit():
            complaint = "contact.number must be digits without +"
        elif not isinstance(message.get("id"), str):
            complaint = "message.id is required"
        elif not message.get("text") and not message.get("file"):
            complaint = "message.text or message.file is required"
        if complaint:
            return Answer(200, {"status": "Error", "description": complaint})
        url = message.get("file") or (message["text"] if message.get("type") == "media" else "")
        try:
            media = self.fetch(url)[0] if url else b""
        except OSError:
            return Answer(200, {"status": "Error", "description": "File is not available"})
        accepted = Message(found, to, message["id"], message, media=media)
        if self.names_ids:
            accepted.own_id = secrets.token_hex(8)
        self.sent.append(accepted)
        told = {"message": {"message_id": accepted.own_id}} if self.names_ids else {}
        return Answer(200, {"status": "SUCCESS", "description": "Queued", **told})

    def refusal(self, status: int) -> Answer:
        return Answer(status, {"status": "Error", "description": f"Trouble {status}"})

    # What phones do.

    def customer_writes(self, number: Number, phone: str, text: str = "", *, repeats: int = 1, **how: Any) -> str:
        """A customer's message; returns its id.

        `type`, `file` (an address), `name`, `message_id`, `without` (names left out of the body), `extra` (of it).
        """
        body = self._body(number, phone, text, event="incoming_message", **how)
        self.post(number.incoming_url, body, repeats=repeats)
        return str(body["message"].get("message_id", ""))

    def type_on_phone(self, number: Number, phone: str, text: str, **how: Any) -> str:
        """The owner answers a customer in Viber itself."""
        body = self._body(number, phone, text, event="outgoing_message", **how)
        self.post(number.outgoing_url, body)
        return str(body["message"].get("message_id", ""))

    def echo(self, message: Message, *, under_own_id: bool = False) -> None:
        """Report an accepted message as an outgoing one, under our id or under E-Chat's own."""
        message_id = (message.own_id or secrets.token_hex(8)) if under_own_id else message.id
        how: dict[str, Any] = {"type": "file", "file": message.body["file"]} if message.body.get("file") else {}
        text = message.body.get("text", "")
        self.type_on_phone(message.number, message.to, text, message_id=message_id, **how)

    def report(self, message: Message, status: str, *, description: str = "") -> Post:
        body = {
            "event": "outgoing_message_status",
            "messenger": "viber",
            "message_id": message.id,
            "status": status,
            "description": description,
        }
        return self.post(message.number.outgoing_url, body)

    def _body(
        self,
        number: Number,
        phone: str,
        text: str,
        *,
        event: str,
        type: str = "text",
        file: str = "",
        name: str = "Olha",
        message_id: str = "",
        without: tuple[str, ...] = (),
        extra: dict[str, Any] | None = None,
    ) -> dict[str, Any]:
        message: dict[str, Any] = {
            "message_id": message_id or secrets.token_hex(8),
            "text": text,
            "type": type,
            "timestamp": int(self.clock()),
        }
        if file:
            message["file"] = file
        body = {
            "event": event,
            "messenger": "viber",
            "direction": event.partition("_")[0],
            "number": number.number,
            "contact": {"number": phone.lstrip("+"), "name": name, "photo": self.portraits.get(phone, "")},
            "message": {key: value for key, value in message.items() if key not in without},
            **(extra or {}),
        }
        return {key: value for key, value in body.items() if key not in without}
