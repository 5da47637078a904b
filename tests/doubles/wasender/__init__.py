"""WaSender on loopback: the documented wire over real HTTP, with its rules enforced, and strings to pull.

Calls come in over HTTP exactly as to the real service (`base_url`); a test pulls the strings as methods: a customer
writes, a phone scans, a message is delivered, something fails on order. `python -m tests.doubles.wasender` runs it by
hand with a small page for the strings.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import ThreadingHTTPServer
from typing import Any

from tests.doubles.wasender import events, media, wire
from tests.doubles.wasender.state import Fault, Message, Session

__all__ = ["Message", "Session", "WaSender", "running"]


class WaSender:
    """`sent` is what was accepted, `posts` every webhook with the answer it got, `calls` how often what was called.

    `patience`: for how many seconds a webhook is posted again that is not answered with 200.
    """

    def __init__(
        self, *, port: int = 0, clock: Callable[[], float] = time.time, auto: bool = False, patience: float = 0.0
    ) -> None:
        self.clock, self.auto, self.patience = clock, auto, patience
        self.lock = threading.RLock()
        self.release = threading.Event()
        self.tokens: dict[str, int] = {}
        self.sessions: dict[int, Session] = {}
        self.files: dict[str, tuple[bytes, str]] = {}
        self.lids: dict[str, str] = {}
        self.portraits: dict[str, str] = {}  # number → where the picture is
        self.not_on_whatsapp: set[str] = set()
        self.posts: list[events.Post] = []
        self.presence: list[dict[str, Any]] = []
        self.read: list[dict[str, Any]] = []
        self.calls: Counter[str] = Counter()
        self.faults: list[Fault] = []
        self._numbers = iter(range(100_001, 10_000_000))
        self._server = ThreadingHTTPServer(("127.0.0.1", port), wire.handler(self))
        self._server.daemon_threads = True
        self.port: int = self._server.server_address[1]
        self.origin = f"http://127.0.0.1:{self.port}"
        self.base_url = f"{self.origin}/api"

    def start(self) -> None:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        self.release.set()
        self._server.shutdown()
        self._server.server_close()

    # What a person does on WaSender's site.

    def add_token(self, token: str = "") -> str:
        """A new customer of WaSender with a personal access token."""
        token = token or f"{len(self.tokens) + 1}|{secrets.token_urlsafe(30)}"
        self.tokens[token] = 7000 + len(self.tokens)
        return token

    def add_session(
        self, token: str, *, phone: str = "+380500000001", connected: bool = True, **fields: Any
    ) -> Session:
        """A session made on the site; `fields` as in the create call."""
        with self.lock:
            session = Session(id=len(self.sessions) + 1, user_id=self.tokens[token], phone_number=phone)
            session.change({"name": f"Shop {session.id}", **fields})
            session.status = "connected" if connected else "disconnected"
            self.sessions[session.id] = session
        return session

    def next_number(self) -> int:
        return next(self._numbers)

    # What a phone does.

    def scan(self, session: Session, qr: str = "") -> bool:
        """The owner scans the code; an old one does nothing. Returns whether the number is linked now."""
        if not session.qr or session.qr_expired(self.clock()) or (qr and qr != session.qr):
            return False
        session.status, session.qr = "connected", ""
        events.post(self, session, "session.status", {"status": "connected", "session_id": session.id})
        return True

    def log_out(self, session: Session, status: str = "logged_out") -> None:
        """The owner removes the linked device."""
        session.status = status
        events.post(self, session, "session.status", {"status": status.upper(), "reason": "removed by the phone"})

    def customer_writes(self, session: Session, phone: str, text: str = "", **how: Any) -> str:
        """A customer's message under every event the session subscribed to; returns WhatsApp's id of it.

        `image`, `voice`, `video`, `document` or `sticker` (bytes), `content` (WhatsApp's own form of anything else),
        `lid`, `with_phone=False` (only the lid is told), `name`, `message_id`, `at` (seconds), `repeats`, `shape`
        ("array", "object", "flat"), `only` (an event name), `extra` (key fields).
        """
        return events.incoming(self, session, phone=phone, text=text, **how)

    def type_on_phone(self, session: Session, to: str, text: str, **how: Any) -> str:
        """The owner answers a customer in WhatsApp itself."""
        return events.own(self, session, jid=f"{to.lstrip('+')}@s.whatsapp.net", text=text, **how)

    def edit(self, session: Session, phone: str, message_id: str, text: str) -> None:
        """A customer corrects what they wrote."""
        told = {"message": {"editedMessage": {"message": {"conversation": text}}}}
        data = {"key": events.key_of(phone, message_id), "update": told}
        events.post(self, session, "messages.update", data)

    def take_back(self, session: Session, phone: str, message_id: str, _text: str = "") -> None:
        """A customer deletes what they wrote, for everyone."""
        events.post(self, session, "messages.delete", {"keys": [events.key_of(phone, message_id)]})

    def react(self, session: Session, phone: str, message_id: str, emoji: str) -> None:
        """To a message of ours; no emoji takes it back."""
        own = events.key_of(phone, "3A" + secrets.token_hex(9).upper())
        key = events.key_of(phone, message_id, from_us=True)
        events.post(self, session, "messages.reaction", [{"key": key, "reaction": {"text": emoji, "key": own}}])

    # What becomes of a message sent over the API.

    def echo(self, message: Message, **how: Any) -> None:
        """Report it as an own message, as for everything that leaves the number."""
        text = str(message.body.get("text") or "")
        events.own(self, message.session, jid=message.jid, text=text, message_id=message.key_id, **how)

    def deliver(self, message: Message, status: str = "delivered") -> None:
        """`sent`, `delivered`, `read` or `failed`."""
        message.status = {"failed": 0, "sent": 2, "delivered": 3, "read": 4}[status]
        message.log = "failed" if status == "failed" else "sent"
        key = {"id": message.key_id, "remoteJid": message.jid, "fromMe": True}
        events.post(self, message.session, "messages.update", {"key": key, "update": {"status": message.status}})

    @property
    def sent(self) -> list[Message]:
        return [message for session in self.sessions.values() for message in session.messages.values()]

    # Trouble on order.

    def fail(self, path: str, how: str, *, times: int = 1, **answer: Any) -> None:
        """The next calls whose path contains `path` go wrong.

        `how`: a number ("429", "500", "401", …: refused), "accept+500", "accept+hang", "accept+reset", "hang", "reset",
        "nonsense". `answer`: `headers` and `body` of a refusal.
        """
        self.faults += [Fault(path=path, how=how, answer=answer) for _ in range(times)]

    def take_fault(self, path: str) -> Fault | None:
        with self.lock:
            found = next((fault for fault in self.faults if fault.path in path), None)
            if found is not None:
                self.faults.remove(found)
            return found

    # Files.

    def keep_file(self, content: bytes, mime: str) -> str:
        """Where it can be fetched from us."""
        name = secrets.token_hex(8)
        self.files[name] = content, mime
        return f"{self.origin}/files/{name}"

    def encrypt(self, content: bytes, *, kind: str, mime: str) -> dict[str, Any]:
        """A file as WhatsApp describes it: encrypted on its server, with the key in the message."""
        sealed, described = media.encrypt(content, kind=kind)
        return {"url": self.keep_file(sealed, "application/octet-stream"), "mimetype": mime, **described}


@contextmanager
def running(**options: Any) -> Iterator[WaSender]:
    double = WaSender(**options)
    double.start()
    try:
        yield double
    finally:
        double.stop()
