"""The Bot API's calls, and what its refusals mean for us.

Source: https://core.telegram.org/bots/api. The token is part of every address, so no address is ever shown.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from happ_project.core import http
from happ_project.core.text import gettext_noop as _
from messengers import errors
from messengers.reading import json_object, mapping, number_of, text_of

if TYPE_CHECKING:
    from messengers.adapter import IO

_DEFAULT_BASE = "https://api.telegram.org"
_MOST_MEDIA_BYTES = 20 * 1024 * 1024  # what the Bot API gives out
_PORTRAIT_SIDE = 160
Upload = tuple[str, bytes, str]
_MAY_NOT = _("The bot may not write in this group.")
_WORDS = {
    "unauthorized": _("Telegram does not accept this token."),
    "blocked by the user": _("This person has blocked the bot."),
    "user is deactivated": _("This person has deleted their Telegram account."),
    "can't initiate conversation": _("A bot cannot write first: this person has to write to it."),
    "chat not found": _("Telegram does not know this chat any more."),
    "bot was kicked": _("The bot was removed from this group."),
    "bot is not a member": _("The bot was removed from this group."),
    "not enough rights": _MAY_NOT,
    "no rights to send": _MAY_NOT,
    "voice_messages_forbidden": _("This person does not accept voice messages."),
    "message can't be edited": _("It is too late to change this message."),
    "message can't be deleted": _("It is too late to take this message back."),
}
"""By a part of Telegram's own words, which are for programmers."""


class Moved(errors.Rejected):
    """The group has become a supergroup and has another id from now on."""

    def __init__(self, chat_id: str) -> None:
        super().__init__("moved", _("The group has become a supergroup."))
        self.args = (chat_id,)
        self.chat_id = chat_id


class TelegramBot:
    def __init__(self, io: IO, token: str) -> None:
        self._io, self._token = io, token
        self._base = str(io.settings.get("TELEGRAM_BOT_BASE_URL") or _DEFAULT_BASE).rstrip("/")

    def me(self) -> dict[str, Any]:
        return mapping(self._call("getMe"), default={})

    def webhook(self) -> dict[str, Any]:
        return mapping(self._call("getWebhookInfo"), default={})

    def set_webhook(self, url: str, *, secret: str, updates: list[str]) -> None:
        self._call("setWebhook", {"url": url, "secret_token": secret, "allowed_updates": updates})

    def delete_webhook(self) -> None:
        self._call("deleteWebhook")

    def send(self, method: str, fields: Mapping[str, Any], *, upload: Mapping[str, Upload] | None = None) -> Any:
        """The message as Telegram has it now."""
        return mapping(self._call(method, fields, upload=upload, repeatable=False), default={})

    def send_group(self, fields: Mapping[str, Any], *, upload: Mapping[str, Upload]) -> list[dict[str, Any]]:
        """The messages of an album as Telegram has them now."""
        told = self._call("sendMediaGroup", fields, upload=upload, repeatable=False)
        return [mapping(each, default={}) for each in told] if isinstance(told, list) else []

    def ask(self, method: str, fields: Mapping[str, Any]) -> None:
        """A call that may be carried out twice without harm."""
        self._call(method, fields)

    def portrait(self, user_id: str) -> bytes | None:
        """The newest picture of a person in the smallest size that is large enough; None if they show none."""
        told = mapping(self._call("getUserProfilePhotos", {"user_id": user_id, "limit": 1}), default={})
        photos = told.get("photos")
        sizes = photos[0] if isinstance(photos, list) and photos and isinstance(photos[0], list) else []
        known = [size for size in sizes if isinstance(size, dict) and text_of(size.get("file_id"))]
        if not known:
            return None
        known.sort(key=lambda size: number_of(size.get("width")) or 0)
        chosen = next((size for size in known if (number_of(size.get("width")) or 0) >= _PORTRAIT_SIDE), known[-1])
        return self.download(text_of(chosen["file_id"]))

    def download(self, file_id: str) -> bytes:
        told = mapping(self._call("getFile", {"file_id": file_id}), default={})
        path = text_of(told.get("file_path"))
        if not path:
            raise errors.Rejected("no_media", _("Telegram does not give the file out"))
        door = self._io.http.client("media", user_given=False)
        try:
            response = door.get(f"{self._base}/file/bot{self._token}/{path}", max_bytes=_MOST_MEDIA_BYTES)
        except http.TooLarge as error:
            raise errors.Rejected("too_large", str(error)) from None
        except http.HttpError as error:
            raise errors.TryLater(None, str(error)) from None
        if not response.ok:
            # the path holds for an hour; asked anew it is another one
            raise errors.TryLater(None, errors.answered("Telegram", response.status))
        return response.content

    def _call(
        self,
        method: str,
        fields: Mapping[str, Any] | None = None,
        *,
        upload: Mapping[str, Upload] | None = None,
        repeatable: bool = True,
    ) -> Any:
        """`repeatable`: carrying it out twice does no harm, so that an unclear end is no worse than a failure."""
        door = self._io.http.client("messenger", user_given=False)
        sent = {"data": _flat(fields or {}), "files": dict(upload)} if upload else {"json": dict(fields or {})}
        try:
            response = door.post(f"{self._base}/bot{self._token}/{method}", **sent)
        except (http.ConnectFailed, http.Refused) as error:
            raise errors.TryLater(None, str(error)) from None
        except http.HttpError as error:
            raise errors.unclear(str(error), repeatable=repeatable) from None
        told = json_object(response.content)
        if told is not None and told.get("ok") is True:
            return told.get("result")
        raise self._verdict(response.status, told, repeatable=repeatable)

    def _verdict(self, status: int, told: dict[str, Any] | None, *, repeatable: bool) -> errors.MessengerError:
        said = told or {}
        reason = text_of(said.get("description")) or errors.answered("Telegram", status)
        reason = reason.replace(self._token or "\x00", "…")[:500]
        if told is None:
            return errors.unclear(reason, repeatable=repeatable)
        more = mapping(said.get("parameters"), default={})
        if (moved := text_of(more.get("migrate_to_chat_id"))) != "":
            return Moved(moved)
        pause = number_of(more.get("retry_after"))
        if status == 429 or pause:
            return errors.TryLater(pause or 1.0, _("Telegram asks to wait."))
        reason = next((words for known, words in _WORDS.items() if known in reason.lower()), reason)
        if status in (401, 404):  # the Bot API says "Not Found" of a token that is none
            return errors.LoginRequired(reason)
        if status == 409:
            return errors.LoginRequired(f"{_('Another program uses this bot')}: {reason}")
        if status >= 500:
            return errors.unclear(reason, repeatable=repeatable)
        if status == 400 and "entit" in reason.lower():  # "can't parse entities", ENTITY_BOUNDS_INVALID
            return errors.FormatRefused(reason)
        return errors.Rejected("blocked" if status == 403 else "invalid", reason)


def _flat(fields: Mapping[str, Any]) -> dict[str, str]:
    """Fields of a form: what is no text goes as JSON."""
    return {name: value if isinstance(value, str) else json.dumps(value) for name, value in fields.items()}
