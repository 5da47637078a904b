"""What customers and the page's own people do: the strings that tests pull."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

from tests.doubles.meta import events
from tests.doubles.meta.world import Account, Message, Place

if TYPE_CHECKING:
    from tests.doubles.meta import Meta

PAGE_INBOX, INSTAGRAM_INBOX = "263902037430900", "1217981644879628"


class Customers:
    """Mixed into the double; everything here ends in a webhook."""

    clock: Callable[[], float]
    batch: list[tuple[Place, dict[str, Any], str]] | None
    keep_file: Callable[..., str]

    def add_customer(self, place: Place, name: str = "Ivan Bondar") -> str:
        """Somebody who can be written to once they have written; returns their id at this page or account."""
        number = f"{'56' if isinstance(place, Account) else '71'}{secrets.randbelow(10**13):014}"
        place.customers[number] = name
        return number

    @contextmanager
    def batched(self) -> Iterator[None]:
        """What happens inside comes as one webhook."""
        self.batch = []
        try:
            yield
            collected = self.batch
        finally:
            self.batch = None
        events.post(self._meta, collected)

    def write(self, place: Place, customer: str, text: str = "", **how: Any) -> str:
        """A customer's message; returns its id.

        `image`, `voice`, `video`, `file`, `sticker` (bytes), `attachments` (as they come), `reply_to` (an id), `story`
        (bytes: an answer to our story), `referral`, `extra` (of the message), `at` (seconds), `mid`, `repeats`.
        """
        at = how.get("at", self.clock())
        mid = how.get("mid") or self.new_mid(place)
        message: dict[str, Any] = {"mid": mid}
        if text:
            message["text"] = text
        if attachments := [*self._files(**how), *how.get("attachments", ())]:
            message["attachments"] = attachments
        if how.get("reply_to"):
            message["reply_to"] = {"mid": how["reply_to"]}
        if how.get("story"):
            message["reply_to"] = {"story": {"url": self.keep_file(how["story"], "image/jpeg"), "id": "1801"}}
        if how.get("referral"):
            message["referral"] = how["referral"]
        message |= how.get("extra", {})
        place.wrote_at[customer] = max(place.wrote_at.get(customer, 0.0), at)
        self._tell(place, customer, {"message": message}, at=at, repeats=how.get("repeats", 1))
        return mid

    def _files(self, **how: Any) -> Iterator[dict[str, Any]]:
        kinds = {
            "image": ("image", "image/jpeg", "p.jpg"), "voice": ("audio", "audio/mp4", "audioclip.mp4"),
            "video": ("video", "video/mp4", "v.mp4"), "file": ("file", "application/pdf", "price.pdf"),
            "sticker": ("sticker", "image/png", "s.png"),
        }  # fmt: skip
        for name, (kind, mime, filename) in kinds.items():
            if how.get(name):
                payload: dict[str, Any] = {"url": self.keep_file(how[name], mime, filename)}
                if name == "sticker":
                    payload["sticker_id"] = 369239263222822
                yield {"type": kind, "payload": payload}

    def press(self, place: Place, customer: str, title: str, payload: str = "PAYLOAD") -> None:
        """A button."""
        place.wrote_at[customer] = self.clock()
        part = {"title": title, "payload": payload, "mid": self.new_mid(place)}
        self._tell(place, customer, {"postback": part})

    def react(self, place: Place, customer: str, mid: str, emoji: str = "❤") -> None:
        part = {"mid": mid, "action": "react" if emoji else "unreact"}
        self._tell(place, customer, {"reaction": part | ({"reaction": "love", "emoji": emoji} if emoji else {})})

    def edit(self, place: Place, customer: str, mid: str, text: str, number: int = 1) -> None:
        self._tell(place, customer, {"message_edit": {"mid": mid, "text": text, "num_edit": number}})

    def unsend(self, place: Place, customer: str, mid: str) -> None:
        self._tell(place, customer, {"message": {"mid": mid, "is_deleted": True}})

    def refer(self, place: Place, customer: str, ref: str) -> None:
        """The customer comes by a link, in a conversation that exists."""
        self._tell(place, customer, {"referral": {"ref": ref, "source": "SHORTLINK", "type": "OPEN_THREAD"}})

    def type_in_app(self, place: Place, customer: str, text: str, *, app_id: str | None = None, **how: Any) -> str:
        """Somebody of the business answers in Meta's own inbox ('' for `app_id`: on the phone)."""
        inbox = INSTAGRAM_INBOX if isinstance(place, Account) else PAGE_INBOX
        mid = self.new_mid(place)
        message: dict[str, Any] = {"mid": mid, "text": text, "is_echo": True}
        if app_id is None or app_id:
            message["app_id"] = int(app_id or inbox)
        self._tell(place, customer, {"message": message | how}, from_us=True)
        return mid

    def enforce(self, place: Place, action: str, reason: str = "") -> None:
        """`warning`, `block`, `unblock`."""
        place.restricted = action == "block"
        item = {"recipient": {"id": place.id}, "timestamp": self._milliseconds(self.clock())}
        events.emit(self._meta, place, item | {"policy_enforcement": {"action": action, "reason": reason}})

    # What becomes of a message sent over the API.

    def echo(self, message: Message, *, repeats: int = 1) -> None:
        """As for everything that leaves the page. Instagram gives no `metadata` back."""
        on_instagram = isinstance(message.place, Account)
        said = message.body["message"]
        part: dict[str, Any] = {"mid": message.id, "is_echo": True, "app_id": int(self._meta.app_id)}
        if "text" in said:
            part["text"] = said["text"]
        else:
            kind = said["attachment"]["type"]
            part["attachments"] = [{"type": kind, "payload": {"url": self.keep_file(message.content, "image/jpeg")}}]
        if "metadata" in said and not on_instagram:
            part["metadata"] = said["metadata"]
        self._tell(message.place, message.to, {"message": part}, at=message.at, from_us=True, repeats=repeats)

    def deliver(self, message: Message) -> None:
        """Messenger only."""
        part = {"mids": [message.id], "watermark": self._milliseconds(self.clock())}
        self._tell(message.place, message.to, {"delivery": part})

    def read(self, message: Message) -> None:
        """The customer sees it, and all before it."""
        on_instagram = isinstance(message.place, Account)
        part = {"mid": message.id} if on_instagram else {"watermark": self._milliseconds(self.clock())}
        self._tell(message.place, message.to, {"read": part})

    def follow(self, message: Message) -> None:
        """By hand nobody pulls the strings: a sent message is echoed, delivered and read by itself."""

        def run() -> None:
            for step in (self.echo, self.deliver, self.read):
                time.sleep(0.5)
                step(message)

        threading.Thread(target=run, daemon=True).start()

    def new_mid(self, place: Place) -> str:
        if isinstance(place, Account):
            return "aWdfZAG1faXRlbToxOklHTWVzc2FnZAUlE" + secrets.token_urlsafe(80)
        return "m_" + secrets.token_urlsafe(60)

    def _tell(
        self, place: Place, customer: str, part: dict[str, Any], *, at: float = 0.0, from_us: bool = False,
        repeats: int = 1,
    ) -> None:  # fmt: skip
        sender, recipient = (place.id, customer) if from_us else (customer, place.id)
        item = {"sender": {"id": sender}, "recipient": {"id": recipient}}
        item |= {"timestamp": self._milliseconds(at or self.clock())}
        events.emit(self._meta, place, item | part, repeats=repeats)

    @property
    def _meta(self) -> Meta:
        return cast("Meta", self)

    @staticmethod
    def _milliseconds(seconds: float) -> Any:
        return int(seconds * 1000)
