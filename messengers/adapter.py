"""The interface every messenger implements; what is optional is tied to a capability."""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Protocol

from happ_project.core.text import gettext_noop as _
from happ_project.core.text import sentence
from messengers import errors, text_splitting
from messengers.capabilities import Capabilities, Pacing
from messengers.types import (
    Attempt,
    Contact,
    Exchange,
    Fetched,
    Health,
    Inbound,
    LoginStep,
    MessageRef,
    OutgoingMessage,
    Reconciled,
    Sent,
    Unreadable,
)

if TYPE_CHECKING:
    import asyncio

    from happ_project.core import http
    from happ_project.core.formatted import Formatted

    class Door(Protocol):
        """`happ_project.core.http` itself fits."""

        def client(self, role: str, *, user_given: bool) -> http.Client: ...


Signal = Literal["typing", "read"]

_MB = 1024 * 1024
_TOO_LONG = _("The text is longer than %(limit)s characters.")
_TOO_LONG_BYTES = _("The text is longer than %(limit)s bytes.")


class Media(Protocol):
    def url(self, file_id: str) -> str:
        """A signed, public, expiring address that the messenger can fetch the file from."""

    def read(self, file_id: str) -> bytes: ...


class IO(Protocol):
    """All that an adapter may reach; it sees neither ORM nor Django settings."""

    @property
    def http(self) -> Door: ...
    @property
    def media(self) -> Media: ...
    @property
    def settings(self) -> Mapping[str, Any]:
        """The operator's settings by name, for example WASENDER_BASE_URL."""

    def push(self, topic: str, payload: dict[str, Any]) -> None:
        """To whoever listens on the topic now; nobody listening is no error."""

    def record(self, exchange: Exchange) -> None:
        """Into the log that the company sees (`request_log`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookRequest:
    """`headers` is case-insensitive (Django's `request.headers`, or any mapping with lower-case keys).

    `id` is ours, another for every request: for platforms whose messages have no id of their own. `caller` is the
    network address that it came from.
    """

    method: str = "POST"
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)
    query: Mapping[str, str] = field(default_factory=dict, repr=False)
    id: str = ""
    caller: str = ""

    def header(self, name: str) -> str:
        return self.headers.get(name) or self.headers.get(name.lower()) or ""


class Adapter(ABC):
    """One address (or, before there is one, one login) of one messenger. Cheap to build: no network, no big import."""

    kind: ClassVar[str]  # folder name = registry key
    source: ClassVar[str]  # the API's word
    title: ClassVar[str]
    colour: ClassVar[str]  # of the badge, "#rrggbb"
    icon: ClassVar[str]  # name of an icon in the dashboard's set
    capabilities: ClassVar[Capabilities]
    do_not_call_in_templates: ClassVar[bool] = True  # Django's templates call every class they meet

    def __init__(self, *, account: Mapping[str, Any], address: Mapping[str, Any] | None, io: IO) -> None:
        """`account`: its credentials; `address`: `external_id`, `credentials`, `config`, or None during a login."""
        address = address or {}
        self.account: dict[str, Any] = dict(account)
        self.external_id: str = address.get("external_id") or ""
        self.credentials: dict[str, Any] = dict(address.get("credentials") or {})
        self.config: dict[str, Any] = dict(address.get("config") or {})
        self.io = io

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.external_id or '(no address)'}>"

    @abstractmethod
    def login(self, attempt: Attempt, answer: Mapping[str, str] | None) -> LoginStep:
        """The next step. The first call has no answer; after `Ask` it has one, after `Show` (polling) it has none.

        May change `attempt.state`; raises TryLater or Rejected when the platform does not play along.
        """

    @abstractmethod
    def check(self) -> Health:
        """Is the address able to receive and send now? Raises TryLater when the platform cannot be asked."""

    @abstractmethod
    def send(self, message: OutgoingMessage) -> Sent:
        """Hand over one message; raises only what `messengers.errors` lists. `refuse_unsupported` comes first."""

    def send_album(self, messages: Sequence[OutgoingMessage]) -> list[Sent]:
        """Hand over messages with one file each as one (`albums`): all or none. One `Sent` for each, in order.

        Raises what `send` does; each message was found to be supported.
        """
        raise errors.Unsupported(_("There are no albums here."))

    def refuse_unsupported(self, message: OutgoingMessage) -> None:
        """Raise Unsupported for what the capabilities exclude, before any network."""
        limit, unit = self.capabilities.text_limit, self.capabilities.text_unit
        if message.attachment is not None and self.capabilities.captions:
            limit = self.capabilities.caption_limit or limit
        if text_splitting.measure(message.text, unit=unit) > limit:
            raise errors.Unsupported(sentence(_TOO_LONG_BYTES if unit == "bytes" else _TOO_LONG, limit=limit))
        if message.attachment is None:
            if not message.text.strip():
                raise errors.Unsupported(_("There is nothing to send."))
            return
        attachment = message.attachment
        rule = self.capabilities.attachments.get(attachment.kind)
        if rule is None or not rule.send:
            raise errors.Unsupported(sentence(_("%(title)s does not take files of this kind."), title=self.title))
        if attachment.ref:
            if not self.capabilities.sticker_numbers or attachment.kind != "sticker":
                raise errors.Unsupported(
                    sentence(_("%(title)s has no stickers that go by a number."), title=self.title)
                )
        elif rule.mime_types and attachment.mime not in rule.mime_types:
            mime = attachment.mime or _("files of an unknown type")
            raise errors.Unsupported(sentence(_("%(title)s does not take %(mime)s."), title=self.title, mime=mime))
        if attachment.size > rule.max_bytes:
            raise errors.Unsupported(_too_large(rule.max_bytes))
        if message.text and not self.capabilities.takes_caption(attachment.kind, message.text):
            raise errors.Unsupported(
                sentence(_("%(title)s takes text and file as two messages only."), title=self.title)
            )

    def pacing(self) -> Pacing | None:
        """The pace of this address; by default that of the messenger."""
        return self.capabilities.pacing

    # Optional from here on, each tied to a capability.

    def fetch(self, media_ref: Mapping[str, Any]) -> Fetched:
        """The file behind an attachment that arrived (attachments with `receive`)."""
        raise errors.Unsupported(_("Files cannot be fetched here."))

    def signal(self, chat_id: str, what: Signal, *, on: bool = True, message_id: str = "") -> None:
        """Show the customer that we type or have read (`typing`, `read`). Best effort: may raise, never retried.

        `on=False` ends the typing; messengers that end it by themselves do nothing then.
        """
        raise errors.Unsupported(what)

    def edit(self, message: MessageRef, said: Formatted) -> None:
        """Have it say something else; `said` is made for the messenger's `formatting`, as what is sent."""
        raise errors.Unsupported(_("Messages cannot be changed here."))

    def delete(self, message: MessageRef) -> None:
        raise errors.Unsupported(_("Messages cannot be deleted here."))

    def reconcile(self, messages: Sequence[MessageRef], *, known: Collection[str] | None = None) -> list[Reconciled]:
        """Look messages up in the messenger's own records: unsure ones, and accepted ones without `message_id`.

        `known`: every `provider_ref` that other messages of these chats have. Without it a message that has no
        reference of its own is not looked for, because an equal one could be taken for it.
        """
        return []

    @classmethod
    def is_lasting(cls, chat_id: str) -> bool:
        """Is this the best id of a person there is? If not, `identify` is asked before the event goes on."""
        return True

    def identify(self, chat_id: str) -> Contact | None:
        """Ask the messenger who that is: the lasting id, with this one as an alias. None if it does not know."""
        return None

    def profile(self, chat_id: str) -> Contact | None:
        """What a person is called, for messengers whose events do not say; asked once in a while."""
        return None

    def portrait(self, chat_id: str, ref: Mapping[str, Any]) -> Fetched | None:
        """A person's picture; None if they show none. `ref`: the `avatar_ref` of their latest message, or {}."""
        raise errors.Unsupported(_("There are no pictures of people here."))

    def renew(self) -> dict[str, Any]:
        """A younger credential in place of one that ages, daily: the address's new ones (empty: unchanged)."""
        return {}

    def activate(self, webhook_url: str) -> dict[str, Any]:
        """Make the platform deliver to us; returns the address's new credentials (empty: unchanged).

        Called when the address is switched on, and again when `check` says that it is disconnected.
        """
        return {}

    def deactivate(self) -> None:  # noqa: B027 - optional
        """Make the platform stop delivering; the login stays.

        Addresses whose config has the same `subscription` share one: only the last of them is asked to give it up.
        """

    def abandon(self, attempt: Attempt) -> None:  # noqa: B027 - optional
        """A login that was given up half-way: undo at the platform what it left there. May raise TryLater."""

    def logout(self) -> None:  # noqa: B027 - optional
        """Give the login back; afterwards a new one is needed."""


class WebhookAdapter(Adapter):
    """The platform posts to us. Synchronous, through `io.http`."""

    def secrets(self) -> tuple[str, ...]:
        """What may sign at present, newest first; several during a rotation. From credentials or settings."""
        return ()

    def __init__(self, *, account: Mapping[str, Any], address: Mapping[str, Any] | None, io: IO) -> None:
        super().__init__(account=account, address=address, io=io)
        self.ignored: Counter[str] = Counter()  # what `parse` left out on purpose, by reason

    @abstractmethod
    def verify(self, request: WebhookRequest, secrets: Sequence[str]) -> None:
        """Raise BadSignature unless one of the secrets vouches for the request. No secret at all is a refusal."""

    @abstractmethod
    def parse(self, request: WebhookRequest) -> list[Inbound | Unreadable]:
        """Every event of the body, in order; one bad entry never drops its neighbours. Their `raw` is redacted."""

    def redact(self, body: bytes) -> dict[str, Any] | None:
        """The body without credentials, the only form that is stored or logged; None if it cannot be read at all."""
        return None

    def speaks_for(self, request: WebhookRequest) -> str:
        """The kind of messenger whose body this is, where an app may post several kinds to one URL."""
        return self.kind

    def handshake(self, request: WebhookRequest, secrets: Sequence[str]) -> str | None:
        """The answer to the platform's GET that proves our address; None if the platform has none (404)."""
        return None

    def reply(self, found: Sequence[Inbound | Unreadable]) -> tuple[int, dict[str, Any]]:
        """What whoever posted is told when its events are stored; a platform that reads the answer gets its own."""
        return 200, {"ok": True, "message": "ok"}


class SessionMemory(Protocol):
    """What a session must not forget between two connections; kept encrypted."""

    async def load(self) -> dict[str, Any]:
        """How far it had read; empty at first, and after the address was switched off."""

    async def save(self, state: dict[str, Any]) -> None: ...

    async def peers(self, wanted: Collection[int]) -> dict[int, dict[str, Any]]:
        """Of the people and groups asked for those that are known."""

    async def keep_peers(self, peers: Mapping[int, dict[str, Any]]) -> None: ...

    async def chats_of(self, message_ids: Collection[str]) -> dict[str, str]:
        """In which chat each of these messages is, for messengers that speak of a message without saying where."""

    async def sent_until(self, chat_id: str, number: int) -> list[str]:
        """The ids of our messages in a chat, up to a number, that nobody is known to have read yet."""


class SessionAdapter(Adapter):
    """We hold a connection: `run` is awaited in the session runner's loop.

    Everything else is called from other threads of that process and goes through the connection; where there is none
    it raises TryLater. An account is never connected a second time to ask it something.
    """

    memory: SessionMemory  # set by the session runner before `run`

    @abstractmethod
    async def run(self, emit: Callable[[Sequence[Inbound | Unreadable]], Awaitable[None]], stop: asyncio.Event) -> None:
        """Receive until `stop` is set; `emit` returns once the events are stored, and what it raises ends the run:
        the state stays, so that they come again.

        A `StateChanged` says that the connection stands and that all that was missed has been emitted. Raises
        TryLater when the connection ended and LoginRequired when the login did.
        """

    @property
    @abstractmethod
    def is_connected(self) -> bool: ...

    @abstractmethod
    def parse(self, body: Mapping[str, Any]) -> list[Inbound | Unreadable]:
        """The events of something recorded, as `run` reads them."""


class HostedAdapter(Adapter):
    """We are the server: whoever comes in has proved who they are to us, and sending is a push to their socket."""

    def login(self, attempt: Attempt, answer: Mapping[str, str] | None) -> LoginStep:
        raise errors.Unsupported("there is no platform to log in to")

    def check(self) -> Health:
        return Health(state="connected")


def _too_large(most: int) -> str:
    if most >= _MB:
        return sentence(_("The file is larger than %(megabytes)s MB."), megabytes=most // _MB)
    return sentence(_("The file is larger than %(kilobytes)s KB."), kilobytes=most // 1024)


def digest(body: bytes) -> str:
    """The dedup key of something unreadable."""
    return hashlib.sha256(body).hexdigest()
