"""A Telegram account: no webhooks but a connection, in a session runner that is really at work."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from telethon.tl import functions
from telethon.tl import types as tl

from conversations.models import Message
from happ_project.companies.models import Company
from integrations.models import Integration
from messengers.models import InboundReceipt, LoginAttempt
from tests.doubles.telegram import Account, Running
from tests.messengers.stage import Person
from tests.stories.plot import Parcel, Story
from tests.working import work

PHONE = "+380501110001"
_QUIET, _LONGEST = 0.4, 30.0


class Telegram(Story):
    """In real time, with a short wait for silence; only the mails are looked at from the future."""

    kind = "telegram"

    def __init__(self, company: Company, telegram: Running, later: Callable[[float], None]) -> None:
        super().__init__(company)
        self._telegram, self._later = telegram, later
        self.owner: Account = telegram.do(lambda dc: dc.add_account(PHONE, "Alice"))
        self.bob: Account = telegram.do(lambda dc: dc.add_account("+380501110002", "Bob"))

    def connects(self) -> None:
        self.logs_in()
        Integration.objects.filter(address=self.address).update(debounce_seconds=_QUIET)
        self.goes_on(0, lambda: bool(self.owner.connections))

    def logs_in(self) -> None:
        person = Person(self.company, self.kind)
        person.answers(how="phone", phone=PHONE)
        person.answers(how="code", code=self._telegram.do(lambda dc: dc.code_for(PHONE)))
        assert person.attempt.status == LoginAttempt.Status.DONE
        person.switches_on()

    def customer(self, text: str = "", parcel: Parcel | None = None) -> None:
        known = self._stored
        self.sends(text, lambda dc: _media(dc, parcel))
        self._wait(lambda: self._stored > known, InboundReceipt)

    def sends(self, text: str, media: Callable[[Any], Any]) -> None:
        """`media` is made in the data centre."""
        self._telegram.do(lambda dc: dc.post.send(self.bob, self.owner, text, media=media(dc)))

    def tells(self, what: str) -> bool:
        contact = tl.MessageMediaContact(
            phone_number="380501112233", first_name="Iryna", last_name="", vcard="", user_id=0
        )
        said = {
            "place": tl.MessageMediaGeo(tl.GeoPoint(long=30.52, lat=50.45, access_hash=0)),
            "person": contact,
            "riddle": tl.MessageMediaUnsupported(),
        }
        self.sends("", lambda dc: said[what])
        return True

    def does(self, what: str, to: Message, words: str = "") -> bool:
        def act(dc: Any) -> None:
            theirs = self.owner.mailbox.copies[int(to.external_id)].message.copies[self.bob]
            if what == "edits":
                dc.post.edit(theirs, words)
            elif what == "reacts":
                dc.post.react(theirs, words)
            else:
                dc.post.delete(self.bob, [theirs.id], revoke=True)

        self._telegram.do(act)
        return True

    def loses_files(self) -> None:
        self._telegram.do(lambda dc: dc.files.forget())

    @property
    def accepted(self) -> int:
        return int(self._telegram.do(lambda dc: sum(copy.is_outgoing for copy in self.owner.mailbox.copies.values())))

    @property
    def signs(self) -> dict[str, int]:
        asked = {"writes": functions.messages.SetTypingRequest, "read": functions.messages.ReadHistoryRequest}
        return {sign: int(self._telegram.do(lambda dc, kind=kind: dc.count(kind))) for sign, kind in asked.items()}

    def shows(self, portrait: bytes) -> None:
        self._telegram.do(lambda dc: setattr(self.bob, "portrait", dc.files.add_photo(portrait)))

    @property
    def _stored(self) -> int:
        return int(Message.objects.filter(role="User").count())

    @property
    def reached(self) -> list[str]:
        copies = self._telegram.do(lambda dc: list(self.bob.mailbox.history(self.owner)))
        ours = [copy.message for copy in copies if copy.message.sender is self.owner]
        return [said.text for said in reversed(ours)]

    def takes_over(self, text: str) -> None:
        self._telegram.do(lambda dc: dc.post.send(self.owner, self.bob, text))

    def breaks(self) -> None:
        """The owner ends the session in Telegram's settings; the connection hears of it with its next request."""
        self._telegram.do(lambda dc: dc.end_sessions(self.owner))
        self._telegram.do(lambda dc: dc.drop_connections(self.owner))

    def heals(self) -> None:
        self.logs_in()

    def goes_on(self, seconds: float, until: Any = None) -> None:
        if until is not None:
            self._wait(until)
        elif seconds > 60:
            self._later(seconds)
            work()

    def _wait(self, until: Callable[[], Any], *kinds: Any) -> None:
        end = time.monotonic() + _LONGEST
        while not until():
            assert time.monotonic() < end, "it did not happen in time"
            work(*kinds)
            time.sleep(0.05)


def _media(dc: Any, parcel: Parcel | None) -> Any:
    if parcel is None:
        return None
    if parcel.kind == "image":
        return dc.files.add_photo(parcel.content)
    about = {
        "voice": tl.DocumentAttributeAudio(duration=1, voice=True, waveform=bytes(63)),
        "video": tl.DocumentAttributeVideo(duration=1, w=40, h=30),
        "sticker": tl.DocumentAttributeSticker(alt="🥐", stickerset=tl.InputStickerSetEmpty()),
        "document": tl.DocumentAttributeFilename(parcel.name),
    }
    return dc.files.add_document(parcel.content, parcel.mime, about[parcel.kind])
