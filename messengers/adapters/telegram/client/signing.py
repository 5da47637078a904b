"""The calls of a login, each on a connection of its own: connect with the attempt's session, ask once, hang up.

Every call returns plain JSON: `session` (the key as it is afterwards) beside what was learnt, or `error` with a word.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from telethon import errors as told_errors
from telethon import password as srp
from telethon.tl import functions, types
from telethon.tl.tlobject import TLObject

from messengers import errors
from messengers.adapters.telegram.client.connection import Client
from messengers.adapters.telegram.client.trouble import FAILURES, translate

Answer = dict[str, Any]

_ERRORS: tuple[tuple[type[Exception] | tuple[type[Exception], ...], str], ...] = (
    (told_errors.SessionPasswordNeededError, "password"),
    (told_errors.PhoneNumberInvalidError, "phone"),
    (told_errors.PhoneNumberUnoccupiedError, "unoccupied"),
    ((told_errors.PhoneNumberBannedError, told_errors.UserDeactivatedBanError), "banned"),
    ((told_errors.PhoneCodeInvalidError, told_errors.PhoneCodeEmptyError, told_errors.CodeInvalidError), "code"),
    (told_errors.EmailVerifyExpiredError, "expired"),
    (told_errors.PhoneCodeExpiredError, "expired"),
    (told_errors.PasswordHashInvalidError, "wrong password"),
    ((told_errors.ApiIdInvalidError, told_errors.ApiIdPublishedFloodError), "api"),
    ((told_errors.PhoneNumberFloodError, told_errors.PhonePasswordFloodError), "too often"),
    (told_errors.SendCodeUnavailableError, "no other way"),
)
_KINDS = {
    types.auth.SentCodeTypeApp: "app",
    types.auth.SentCodeTypeSms: "sms",
    types.auth.SentCodeTypeSmsWord: "sms word",
    types.auth.SentCodeTypeSmsPhrase: "sms word",
    types.auth.SentCodeTypeCall: "call",
    types.auth.SentCodeTypeMissedCall: "missed call",
    types.auth.SentCodeTypeFragmentSms: "fragment",
    types.auth.SentCodeTypeEmailCode: "email",
    types.auth.SentCodeTypeSetUpEmailRequired: "email needed",
}


def explained(error: Exception) -> Answer:
    """One of `FAILURES` as a word."""
    if isinstance(error, told_errors.FloodWaitError | told_errors.FloodTestPhoneWaitError):
        return {"error": "wait", "seconds": error.seconds}
    for kinds, word in _ERRORS:
        if isinstance(error, kinds):
            return {"error": word}
    ours = translate(error)
    if isinstance(ours, errors.TryLater):
        return {"error": "unreachable"}
    return {"error": "refused", "reason": ours.reason}


@asynccontextmanager
async def _connected(session: str, settings: Mapping[str, Any]) -> AsyncIterator[Client]:
    client = Client(session, settings)
    try:
        await client.connect()
        yield client
    finally:
        await client.cut()


async def request_code(settings: Mapping[str, Any], *, phone: str) -> Answer:
    """Have Telegram send a login code; begins with a new key."""
    wish = functions.auth.SendCodeRequest(
        phone, int(settings["TELEGRAM_API_ID"]), settings["TELEGRAM_API_HASH"], types.CodeSettings()
    )
    async with _connected("", settings) as client:
        told = await _at_home(client, wish)
        return _sent(told) | {"session": client.key}


async def _at_home(client: Client, request: TLObject) -> Any:
    """An account lives in one data-centre; asked elsewhere, Telegram says where."""
    try:
        return await client.ask(request)
    except told_errors.PhoneMigrateError as error:
        await client._switch_dc(error.new_dc)
        return await client.ask(request)


def _sent(told: Any) -> Answer:
    if not isinstance(told, types.auth.SentCode):
        return {"error": "refused", "reason": type(told).__name__}
    following = type(told.next_type).__name__.removeprefix("CodeType").lower() if told.next_type else ""
    details = {
        name: str(getattr(told.type, name)) for name in ("email_pattern", "prefix", "url") if hasattr(told.type, name)
    }
    return {
        "hash": told.phone_code_hash,
        "kind": _KINDS.get(type(told.type), "other"),
        "length": getattr(told.type, "length", 0) or 0,
        "next": following,
        "detail": next(iter(details.values()), ""),
    }


async def resend_code(settings: Mapping[str, Any], *, session: str, phone: str, hash: str) -> Answer:
    async with _connected(session, settings) as client:
        told = await client.ask(functions.auth.ResendCodeRequest(phone, hash))
        return _sent(told) | {"session": client.key}


async def sign_in(
    settings: Mapping[str, Any], *, session: str, phone: str, hash: str, code: str, by_email: bool = False
) -> Answer:
    given: dict[str, Any] = {"phone_code": code}
    if by_email:
        given = {"email_verification": types.EmailVerificationCode(code)}
    async with _connected(session, settings) as client:
        try:
            told = await client.ask(functions.auth.SignInRequest(phone, hash, **given))
        except told_errors.SessionPasswordNeededError:
            return await _password_needed(client)
        if isinstance(told, types.auth.AuthorizationSignUpRequired):
            return {"error": "unoccupied"}
        return _done(client, told.user)


async def _password_needed(client: Client) -> Answer:
    hint = ""  # a kindness: without it the password is asked for all the same
    with contextlib.suppress(*FAILURES):
        hint = str((await client.ask(functions.account.GetPasswordRequest())).hint or "")
    return {"error": "password", "hint": hint, "session": client.key}


async def check_password(settings: Mapping[str, Any], *, session: str, password: str) -> Answer:
    async with _connected(session, settings) as client:
        challenge = await client.ask(functions.account.GetPasswordRequest())
        proof = await asyncio.to_thread(srp.compute_check, challenge, password)
        told = await client.ask(functions.auth.CheckPasswordRequest(proof))
        return _done(client, told.user)


async def log_out(settings: Mapping[str, Any], *, session: str) -> Answer:
    """Give a key back. That Telegram does not know it (any more) is as good."""
    if not session:
        return {}
    try:
        async with _connected(session, settings) as client:
            await client.ask(functions.auth.LogOutRequest())
    except FAILURES as error:
        word = explained(error)
        return word if word.get("error") in ("unreachable", "wait") else {}
    return {}


def _done(client: Client, user: types.User) -> Answer:
    name = " ".join(part for part in (user.first_name, user.last_name) if part)
    return {
        "session": client.key,
        "user": user.id,
        "name": name,
        "username": user.username or "",
        "phone": f"+{user.phone}" if user.phone else "",
    }


class QrLogin:
    """A login by a code that the phone scans; it needs its connection from the first picture to the end."""

    def __init__(self, settings: Mapping[str, Any], session: str = "") -> None:
        self._settings, self._session = settings, session
        self._client: Client | None = None
        self._answer: Answer | None = None

    async def open(self) -> None:
        self._client = Client(self._session, self._settings)
        await self._client.connect()

    async def close(self) -> None:
        if self._client is not None:
            await self._client.cut()

    async def code(self) -> str:
        """A fresh code to draw, good for about thirty seconds; "" when the login is done (see `answer`)."""
        assert self._client is not None
        told = await self._client.ask(self._wish())
        if isinstance(told, types.auth.LoginToken):
            value = base64.urlsafe_b64encode(told.token).decode().rstrip("=")
            return f"tg://login?token={value}"
        await self._finish(told)
        return ""

    def _wish(self) -> TLObject:
        number, secret = int(self._settings["TELEGRAM_API_ID"]), self._settings["TELEGRAM_API_HASH"]
        return functions.auth.ExportLoginTokenRequest(number, secret, except_ids=[])

    async def scanned(self, seconds: float) -> bool:
        """Wait for the phone; True once the login can be finished with `answer`."""
        assert self._client is not None
        try:
            async with asyncio.timeout(seconds):
                while not _says_scanned(await self._client.incoming.get()):
                    continue
        except TimeoutError:
            if not self._client.is_connected():
                raise ConnectionError("the connection ended") from None
            return False
        return True

    async def answer(self) -> Answer:
        """What came of it, as the other calls say it."""
        if self._answer is None:
            assert self._client is not None
            await self._finish(None)
        assert self._answer is not None
        return self._answer

    async def _finish(self, told: Any) -> None:
        client = self._client
        assert client is not None
        try:
            told = told or await client.ask(self._wish())
            if isinstance(told, types.auth.LoginTokenMigrateTo):
                await client._switch_dc(told.dc_id)
                told = await client.ask(functions.auth.ImportLoginTokenRequest(told.token))
        except told_errors.SessionPasswordNeededError:
            self._answer = await _password_needed(client)
            return
        except FAILURES as error:
            self._answer = explained(error)
            return
        if isinstance(told, types.auth.LoginTokenSuccess):
            self._answer = _done(client, told.authorization.user)
        else:
            self._answer = {"error": "expired"}


def _says_scanned(item: Any) -> bool:
    updates = [item.update] if isinstance(item, types.UpdateShort) else getattr(item, "updates", ())
    return any(isinstance(update, types.UpdateLoginToken) for update in updates)


_CALLS = {call.__name__: call for call in (request_code, resend_code, sign_in, check_password, log_out)}


async def call(name: str, settings: Mapping[str, Any], **arguments: Any) -> Answer:
    """What one of these answered, or the word for how it failed."""
    try:
        return await _CALLS[name](settings, **arguments)
    except FAILURES as error:
        return explained(error)
