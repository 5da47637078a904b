"""Telegram user accounts over MTProto: we are one more device of the owner's, connected all the time."""

from __future__ import annotations

import asyncio
import base64
import binascii
import concurrent.futures
from collections.abc import Awaitable, Callable, Collection, Coroutine, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from happ_project.core.formatted import Formatted
from happ_project.core.text import gettext_noop as _
from messengers import errors
from messengers.adapter import SessionAdapter, Signal, digest
from messengers.adapters.telegram import login
from messengers.capabilities import AlbumRule, AttachmentRule, Capabilities, Pacing
from messengers.types import (
    Attempt,
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
    from messengers.adapters.telegram.client.live import Live

T = TypeVar("T")
_MB = 1024 * 1024
_FILE = AttachmentRule(receive=True, send=True, max_bytes=2000 * _MB)
_PATIENCE = 45.0
_PATIENCE_FOR_FILES = 600.0


class TelegramAdapter(SessionAdapter):
    """Account: `session`, which is the login itself. The address is the account; its external id is the user's."""

    kind = "telegram"
    source = "TELEGRAM"
    title = "Telegram"
    colour = "#0088cc"
    icon = "telegram"
    capabilities = Capabilities(
        transport="session",
        authenticity="session",
        text_limit=4096,
        text_unit="utf16",
        formatting="marks",
        caption_limit=1024,
        attachments={
            "image": AttachmentRule(
                receive=True, send=True, max_bytes=10 * _MB, mime_types=("image/jpeg", "image/png", "image/gif")
            ),
            "video": _FILE,
            "document": _FILE,
            "audio": _FILE,
            "voice": AttachmentRule(receive=True, send=True, max_bytes=50 * _MB, mime_types=("audio/ogg",)),
            "sticker": AttachmentRule(
                receive=True, send=True, max_bytes=_MB // 2, mime_types=("image/webp",), caption=False
            ),
        },
        captions=True,
        albums=AlbumRule(
            most=10,
            together=(frozenset({"image", "video"}), frozenset({"document"})),
            alone=frozenset({"image/gif"}),
        ),
        stickers=True,
        groups=True,
        delivery_reports=True,
        own_echo=True,
        idempotent_send=True,
        typing=True,
        read=True,
        edits=True,
        deletes=True,
        history=True,
        portraits=True,
        pacing=Pacing(min_interval=0.3),
        setup_effort="minutes",
        setup=_("Easy: phone number + MTProto"),
    )

    _live: Live | None = None
    _loop: asyncio.AbstractEventLoop | None = None
    patience = _PATIENCE

    def login(self, attempt: Attempt, answer: Mapping[str, str] | None) -> LoginStep:
        return login.advance(self.io.settings, attempt, answer)

    def abandon(self, attempt: Attempt) -> None:
        login.abandon(self.io.settings, attempt)

    def logout(self) -> None:
        """Take the key back at Telegram: through the connection if there is one, else through one made for it."""
        if self._live is not None:
            self._ask(lambda live: live.log_out())
        else:
            login.log_out(self.io.settings, str(self.account.get("session") or ""))

    def check(self) -> Health:
        """Asked through the connection alone: with a second one Telegram would end the login."""
        self._ask(lambda live: live.check())
        return Health(state="connected")

    # In: awaited by the session runner.

    async def run(self, emit: Callable[[Sequence[Any]], Awaitable[None]], stop: asyncio.Event) -> None:
        from messengers.adapters.telegram.client.live import Live

        session, own_id = str(self.account.get("session") or ""), int(self.external_id)
        if not session:
            raise errors.LoginRequired("")
        live = Live(session, self.io.settings, own_id=own_id, memory=self.memory)

        def ready() -> None:
            self._live, self._loop = live, asyncio.get_running_loop()

        try:
            await live.run(emit, stop, ready)
        finally:
            self._live = None

    @property
    def is_connected(self) -> bool:
        return self._live is not None

    def parse(self, body: Mapping[str, Any]) -> list[Inbound | Unreadable]:
        """`updates`: base64 of what a connection brought, in TL."""
        from messengers.adapters.telegram.client import recorded

        try:
            packed = base64.b64decode(str(body["updates"]), validate=True)
        except (KeyError, binascii.Error):
            return [Unreadable(raw=None, reason="no recorded updates", digest=digest(repr(body).encode()))]
        return recorded.read(packed, own_id=int(self.external_id), since=self.config.get("since"))

    # Out and the rest: called from any thread but the connection's own.

    def send(self, message: OutgoingMessage) -> Sent:
        """A repeat with the same `client_ref` is recognised by Telegram, so an unclear end is told as TryLater."""
        self.refuse_unsupported(message)
        attachment = message.attachment
        content = self.io.media.read(attachment.file_id) if attachment else b""
        patience = _PATIENCE_FOR_FILES if attachment else self.patience
        return self._ask(lambda live: live.send(message, content), patience=patience)

    def send_album(self, messages: Sequence[OutgoingMessage]) -> list[Sent]:
        """Each part has a number of its own, so a repeat is recognised like that of a single message."""
        contents = [self.io.media.read(message.attachment.file_id) for message in messages if message.attachment]
        return self._ask(lambda live: live.send_album(messages, contents), patience=_PATIENCE_FOR_FILES)

    def edit(self, message: MessageRef, said: Formatted) -> None:
        self._ask(lambda live: live.sending.edit(_sent_before(message), said))

    def delete(self, message: MessageRef) -> None:
        self._ask(lambda live: live.sending.delete(_sent_before(message)))

    def signal(self, chat_id: str, what: Signal, *, on: bool = True, message_id: str = "") -> None:
        if what == "typing":
            self._ask(lambda live: live.show_typing(chat_id, on))
        else:
            self._ask(lambda live: live.sending.read(chat_id, message_id))

    def fetch(self, media_ref: Mapping[str, Any]) -> Fetched:
        return self._ask(lambda live: live.fetch(media_ref), patience=_PATIENCE_FOR_FILES)

    def portrait(self, chat_id: str, ref: Mapping[str, Any]) -> Fetched | None:
        return self._ask(lambda live: live.portrait(chat_id), patience=_PATIENCE_FOR_FILES)

    def reconcile(self, messages: Sequence[MessageRef], *, known: Collection[str] | None = None) -> list[Reconciled]:
        """Nothing to look up: a delivery is simply sent again, and Telegram names the message that it has."""
        return []

    def _ask(self, what: Callable[[Live], Coroutine[Any, Any, T]], *, patience: float | None = None) -> T:
        """Have the connection do something and wait for it. Raises what `messengers.errors` lists."""
        live, loop = self._live, self._loop
        if live is None or loop is None:
            raise errors.TryLater(reason=_("Telegram is being connected."))

        async def work() -> T:
            from messengers.adapters.telegram.client.trouble import translated

            with translated():
                async with asyncio.timeout(patience or self.patience):
                    return await what(live)

        try:
            return asyncio.run_coroutine_threadsafe(work(), loop).result()
        except (concurrent.futures.CancelledError, RuntimeError) as error:
            raise errors.TryLater(reason=_("The connection to Telegram ended.")) from error


def _sent_before(message: MessageRef) -> MessageRef:
    if not message.message_id:
        raise errors.Unsupported(_("The messenger's number of this message is not known."))
    return message
