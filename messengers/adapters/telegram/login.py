"""Logging in with Telegram: by phone number, code and password, or by a code on the screen that the phone scans."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import Callable, Mapping
from typing import Any

from happ_project.core import clock
from happ_project.core.text import gettext_noop as _
from messengers import errors
from messengers.adapters.telegram import apart
from messengers.types import AccountGrant, AddressGrant, Ask, AskField, Attempt, Choice, Done, LoginStep, Show

_PHONE, _QR, _RESEND, _ENTER = "phone", "qr", "resend", "code"
_DRAWN_FOR = 25.0  # seconds; Telegram says that a code lives for thirty
_SHOWN_FOR = 240.0  # after which nobody seems to be there
_GLANCE = 1.0

_SENT_BY = {
    "app": _("Telegram has sent the code to your Telegram app on your other devices."),
    "sms": _("Telegram has sent the code by SMS."),
    "sms word": _("Telegram has sent a word or a phrase by SMS. Enter it as it stands there."),
    "call": _("Telegram calls you and says the code."),
    "missed call": _("Telegram calls you and hangs up. The code is the last digits of the number that called."),
    "fragment": _("The code is at fragment.com, where this number was bought."),
    "email": _("Telegram has sent the code to the e-mail address of your account."),
    "other": _("Telegram has sent you a code."),
}
_NEXT_BY = {
    "sms": _("Send the code by SMS"),
    "call": _("Have the code said in a call"),
    "missedcall": _("Have me called, the code is in the number"),
    "flashcall": _("Send the code in another way"),
    "fragmentsms": _("Send the code to fragment.com"),
}
_SENTENCES = {
    "phone": _("Telegram does not know this number. Give it with the country code, for example +380501234567."),
    "unoccupied": _("There is no Telegram account with this number. Make one in the Telegram app first."),
    "banned": _("Telegram has blocked this number."),
    "code": _("This code is wrong. Look at the newest message."),
    "expired": _("This code has expired. Have a new one sent."),
    "wrong password": _("This password is wrong."),
    "too often": _("There were too many attempts. Telegram asks to wait, perhaps for a day."),
    "no other way": _("Telegram has no other way to send the code. Use the one you have, or start again."),
    "email needed": _("Telegram wants a login e-mail first. Log in once with the Telegram app and set it there."),
    "api": _("Telegram does not accept the application keys of this server. Please tell whoever runs it."),
    "refused": _("Telegram refused it."),
}
_PAUSES = (
    (90, _("Telegram asks to wait for a minute.")),
    (900, _("Telegram asks to wait for some minutes.")),
    (5400, _("Telegram asks to wait for an hour.")),
    (26 * 3600, _("Telegram asks to wait for some hours.")),
)
_LONG_PAUSE = _("Telegram asks to wait for more than a day.")
_NOT_SET_UP = _("Telegram is not set up on this server: TELEGRAM_API_ID and TELEGRAM_API_HASH are missing.")

_ON_ANOTHER_STEP = ("unoccupied", "banned", "phone", "too often", "email needed", "api")


def advance(settings: Mapping[str, Any], attempt: Attempt, answer: Mapping[str, str] | None) -> LoginStep:
    """`attempt.state`: `step`, and once there is one `session` with `phone`, `hash`, `kind`."""
    if not (settings.get("TELEGRAM_API_ID") and settings.get("TELEGRAM_API_HASH")):
        raise errors.Rejected("not_set_up", _NOT_SET_UP)
    state = attempt.state
    step = state.get("step") or "start"
    if step == "qr":
        return _watch_qr(settings, attempt)
    if answer is None:
        return {"start": _ask_start, "code": _ask_code, "password": _ask_password}[step](state)
    steps = {"start": _take_start, "code": _take_code, "password": _take_password}
    return steps[step](settings, attempt, answer)


def abandon(settings: Mapping[str, Any], attempt: Attempt) -> None:
    """A login that nobody finished: its key, which may be half a login already, is given back."""
    log_out(settings, str(attempt.state.get("session") or ""))


def log_out(settings: Mapping[str, Any], session: str) -> None:
    """Raises TryLater when Telegram cannot be asked."""
    if session and apart.call("log_out", settings, session=session).get("error"):
        raise errors.TryLater(reason=_("Telegram could not be asked to end the login."))


# --- the number -------------------------------------------------------------------------------------------------------


def _ask_start(state: dict[str, Any], *, error: str = "", phone: str = "") -> Ask:
    state["step"] = "start"
    way = AskField(
        name="how",
        label=_("How to log in"),
        kind="choice",
        choices=(Choice(value=_PHONE, label=_("With the phone number")), Choice(value=_QR, label=_("With a QR code"))),
        value=_PHONE,
    )
    number = AskField(
        name="phone",
        label=_("Phone number"),
        help=_("With the country code, for example +380501234567."),
        error=error,
        value=phone,
        required=False,
    )
    text = _(
        "Happ becomes one more device of your Telegram account. It uses the Telegram API and is not Telegram itself."
    )
    return Ask(fields=(way, number), text=text)


def _take_start(settings: Mapping[str, Any], attempt: Attempt, answer: Mapping[str, str]) -> LoginStep:
    state = attempt.state
    if answer.get("how") == _QR:
        state["step"] = "qr"
        return _watch_qr(settings, attempt)
    digits = re.sub(r"\D", "", answer.get("phone") or "")
    if not 7 <= len(digits) <= 15:
        return _ask_start(state, error=_SENTENCES["phone"], phone=answer.get("phone") or "")
    state["phone"] = f"+{digits}"
    told = _call("request_code", settings, phone=state["phone"])
    return _sent(state, told)


def _sent(state: dict[str, Any], told: Mapping[str, Any]) -> Ask:
    if told.get("error"):
        return _ask_start(state, error=_sentence(told), phone=state["phone"])
    _remember(state, told)
    if told["kind"] == "email needed":
        return _ask_start(state, error=_SENTENCES["email needed"], phone=state["phone"])
    return _ask_code(state)


def _remember(state: dict[str, Any], told: Mapping[str, Any]) -> None:
    state |= {key: told[key] for key in ("session", "hash", "kind", "next") if key in told}


# --- the code ---------------------------------------------------------------------------------------------------------


def _ask_code(state: dict[str, Any], *, error: str = "") -> Ask:
    state["step"] = "code"
    again = _NEXT_BY.get(state.get("next") or "")
    choices = [Choice(value=_ENTER, label=_("I have the code"))]
    if again:
        choices.append(Choice(value=_RESEND, label=again))
    choices.append(Choice(value=_PHONE, label=_("Start again")))
    code = AskField(name="code", label=_("Code"), error=error, required=False)
    how = AskField(name="how", label=_("What next"), kind="choice", choices=tuple(choices), value=_ENTER)
    return Ask(fields=(code, how), text=_SENT_BY.get(state.get("kind") or "other", _SENT_BY["other"]))


def _take_code(settings: Mapping[str, Any], attempt: Attempt, answer: Mapping[str, str]) -> LoginStep:
    state, how = attempt.state, answer.get("how") or _ENTER
    given = {name: state[name] for name in ("session", "phone", "hash")}
    if how == _PHONE:
        return _start_again(settings, attempt)
    if how == _RESEND:
        told = _call("resend_code", settings, **given)
        if told.get("error") in ("no other way", "wait"):
            return _ask_code(state, error=_sentence(told))
        return _sent(state, told)
    code = (answer.get("code") or "").strip()
    if state.get("kind") != "sms word":
        code = re.sub(r"[\s-]", "", code)
    if not code:
        return _ask_code(state, error=_("Please enter the code."))
    told = _call("sign_in", settings, **given, code=code, by_email=state.get("kind") == "email")
    return _signed_in(state, told, ask_again=_ask_code)


def _start_again(settings: Mapping[str, Any], attempt: Attempt) -> LoginStep:
    with contextlib.suppress(errors.TryLater):
        abandon(settings, attempt)
    attempt.state.clear()
    return _ask_start(attempt.state)


# --- the password -----------------------------------------------------------------------------------------------------


def _ask_password(state: dict[str, Any], *, error: str = "") -> Ask:
    state["step"] = "password"
    field = AskField(
        name="password", label=_("Cloud password"), kind="password", help=state.get("hint") or "", error=error
    )
    return Ask(fields=(field,), text=_("This account has two-step verification. The password is not kept."))


def _take_password(settings: Mapping[str, Any], attempt: Attempt, answer: Mapping[str, str]) -> LoginStep:
    password = answer.get("password") or ""
    if not password:
        return _ask_password(attempt.state, error=_("Please enter the password."))
    told = _call("check_password", settings, session=attempt.state["session"], password=password)
    return _signed_in(attempt.state, told, ask_again=_ask_password)


# --- the QR code ------------------------------------------------------------------------------------------------------


def _watch_qr(settings: Mapping[str, Any], attempt: Attempt) -> LoginStep:
    """Show codes until one is scanned: it takes a connection that stays, so it is the session runner's work."""
    if attempt.show is None:
        attempt.needs_runner = True
        return Show(text=_("The code is being prepared."), poll_after=1.0)
    from messengers.adapters.telegram.client import signing

    qr = signing.QrLogin(settings)
    with asyncio.Runner() as loop:  # it runs in short steps, because what shows the code must not be inside a loop
        try:
            told = _show_until_scanned(loop.run, qr, attempt)
        except signing.FAILURES as error:
            told = signing.explained(error)
        finally:
            loop.run(qr.close())
    attempt.needs_runner = False
    if not told:
        return _ask_start(
            attempt.state, error=_("The code was not scanned. Choose it again when the phone is at hand.")
        )
    if told.get("error") == "unreachable":
        raise errors.TryLater(reason=_("Telegram cannot be reached."))
    return _signed_in(attempt.state, told, ask_again=_ask_start)


def _show_until_scanned(run: Callable[[Any], Any], qr: Any, attempt: Attempt) -> dict[str, Any]:
    assert attempt.show is not None
    run(qr.open())
    end = clock.monotonic() + _SHOWN_FOR
    while clock.monotonic() < end:
        drawn = run(qr.code())
        if not drawn:
            break
        text = _("On the phone: Telegram, Settings, Devices, Link a desktop device. Then scan this code.")
        attempt.show(Show(qr=drawn, text=text, poll_after=2.0))
        fresh_until = clock.monotonic() + _DRAWN_FOR
        while clock.monotonic() < fresh_until:
            if attempt.stopped():
                raise errors.TryLater(1.0, "the session runner stops")
            if run(qr.scanned(_GLANCE)):
                answer: dict[str, Any] = run(qr.answer())
                if answer.get("error") != "expired":
                    return answer
                break
    else:
        return {}
    finished: dict[str, Any] = run(qr.answer())
    return finished


# --- the end ----------------------------------------------------------------------------------------------------------


def _signed_in(state: dict[str, Any], told: Mapping[str, Any], *, ask_again: Callable[..., Ask]) -> LoginStep:
    word = told.get("error")
    if word == "password":
        state |= {"session": told.get("session") or state["session"], "hint": told.get("hint") or ""}
        return _ask_password(state)
    if word in _ON_ANOTHER_STEP:
        return _ask_start(state, error=_sentence(told), phone=state.get("phone") or "")
    if word:
        return ask_again(state, error=_sentence(told))
    state["session"] = told["session"]
    user, phone, username = str(told["user"]), told["phone"], told["username"]
    shown = phone or state.get("phone") or (f"@{username}" if username else told["name"]) or user
    account = AccountGrant(external_id=user, name=shown, credentials={"session": told["session"]})
    about = {"name": told["name"], "username": username}
    return Done(account=account, addresses=(AddressGrant(external_id=user, name=shown, config=about),))


def _call(name: str, settings: Mapping[str, Any], **arguments: Any) -> dict[str, Any]:
    told = apart.call(name, settings, **arguments)
    if told.get("error") == "unreachable":
        raise errors.TryLater(reason=_("Telegram cannot be reached."))
    return told


def _sentence(told: Mapping[str, Any]) -> str:
    if told["error"] == "wait":
        return next((words for most, words in _PAUSES if told["seconds"] <= most), _LONG_PAUSE)
    return _SENTENCES.get(told["error"]) or told.get("reason") or _SENTENCES["refused"]
