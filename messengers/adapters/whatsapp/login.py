"""Logging in with WaSender: a token, one of its sessions or a new one, a QR code to scan with the phone."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from happ_project.core import clock
from happ_project.core.text import gettext_noop as _
from happ_project.core.text import sentence
from messengers import errors
from messengers.adapters.whatsapp import people
from messengers.adapters.whatsapp.client import WaSender
from messengers.types import AccountGrant, AddressGrant, Ask, AskField, Attempt, Choice, Done, LoginStep, Show

if TYPE_CHECKING:
    from messengers.adapter import IO

# The smallest set that brings every message once, our own among them; each of the others repeats these.
EVENTS = ["messages.upsert", "messages.update", "messages.delete", "messages.reaction", "session.status"]
_NEW = "new"
_QR_SHOWN_FOR = 30  # seconds; WaSender says that a code lives for 45
_POLL = 3.0


def advance(io: IO, attempt: Attempt, answer: Mapping[str, str] | None, *, known_token: str = "") -> LoginStep:
    """`attempt.state`: `step`, `token`, and once chosen `session_id`, `qr`, `qr_at`."""
    state = attempt.state
    if not state.get("step") and known_token:
        state["token"] = known_token
        return _ask_session(io, state)
    if "step" not in state or (answer is None and state["step"] != "qr"):
        return _resume(io, attempt)
    steps = {"token": _take_token, "key": _take_key, "session": _take_session, "create": _take_new, "qr": _poll}
    return steps[state["step"]](io, attempt, answer or {})


def point_webhook(account: WaSender, session_id: str, webhook_url: str) -> dict[str, Any]:
    """Have a session deliver to us; returns it with its present secret, which only WaSender can choose."""
    wanted = {"webhook_url": webhook_url, "webhook_enabled": True, "webhook_events": EVENTS}
    told = account.update_session(session_id, wanted)
    return told if told.get("webhook_secret") else account.session(session_id)


def _resume(io: IO, attempt: Attempt) -> LoginStep:
    """The form of the present step once more: the first call, or a page opened again."""
    step = attempt.state.get("step")
    if step == "key":
        return _ask_secret(attempt)
    if step == "session":
        return _ask_session(io, attempt.state)
    return _ask_new(attempt.state) if step == "create" else _ask_token(attempt.state)


def _ask_token(state: dict[str, Any], error: str = "") -> Ask:
    state["step"] = "token"
    field = AskField(
        name="token",
        label=_("WaSender access token"),
        kind="password",
        help=_("In WaSender: Settings, Personal access tokens. The API key of a single session works too."),
        error=error,
    )
    return Ask(fields=(field,), text=_("WhatsApp is connected through WaSender, which links your number as a device."))


def _take_token(io: IO, attempt: Attempt, answer: Mapping[str, str]) -> LoginStep:
    token = (answer.get("token") or "").strip()
    if not token or not token.isascii() or not token.isprintable():
        return _ask_token(attempt.state, _("Please paste the token."))
    attempt.state["token"] = token
    try:
        return _ask_session(io, attempt.state)
    except (errors.LoginRequired, errors.Rejected):
        pass  # no personal access token; perhaps a session's key
    try:
        status = WaSender(io, token).status()
    except (errors.LoginRequired, errors.Rejected):
        attempt.state.pop("token")
        return _ask_token(attempt.state, _("WaSender does not accept this token."))
    if status != "connected":
        attempt.state.pop("token")
        return _ask_token(
            attempt.state, _("This session is not linked to a phone. Link it in WaSender, or give the access token.")
        )
    return _ask_secret(attempt)


def _ask_secret(attempt: Attempt, error: str = "") -> Ask:
    attempt.state["step"] = "key"
    field = AskField(name="secret", label=_("Webhook secret"), kind="password", error=error)
    text = _("In WaSender, set this webhook address for the session and switch on its events, then copy the secret.")
    return Ask(fields=(field,), text=text, copy=f"{attempt.webhook_url}\n{', '.join(EVENTS)}")


def _take_key(io: IO, attempt: Attempt, answer: Mapping[str, str]) -> LoginStep:
    secret, key = (answer.get("secret") or "").strip(), attempt.state["token"]
    if not secret:
        return _ask_secret(attempt, _("Please paste the webhook secret."))
    user = WaSender(io, key).user()
    phone = people.digits(str(user.get("id") or ""))
    if not phone:
        return _ask_secret(attempt, _("WaSender does not say which number this session belongs to. Please try again."))
    account = AccountGrant(external_id=f"key-{_fingerprint(key)}", name="WaSender")
    # Whether the number is under account protection cannot be seen with this key: the slower pace is safe.
    address = _grant(phone, {"id": "", "api_key": key, "webhook_secret": secret, "account_protection": True})
    return Done(account=account, addresses=(address,))


def _ask_session(io: IO, state: dict[str, Any], error: str = "") -> Ask:
    sessions = WaSender(io, state["token"]).sessions()
    if not sessions:
        return _ask_new(state)
    state["step"] = "session"
    choices = [Choice(value=str(found.get("id")), label=_label(found)) for found in sessions]
    field = AskField(
        name="session",
        label=_("WhatsApp number"),
        kind="choice",
        choices=(*choices, Choice(value=_NEW, label=_("Another number"))),
        help=_("Its webhook address at WaSender will be replaced by ours."),
        error=error,
    )
    return Ask(fields=(field,))


def _take_session(io: IO, attempt: Attempt, answer: Mapping[str, str]) -> LoginStep:
    chosen = (answer.get("session") or "").strip()
    if chosen == _NEW:
        return _ask_new(attempt.state)
    account = WaSender(io, attempt.state["token"])
    if chosen not in [str(found.get("id")) for found in account.sessions()]:
        return _ask_session(io, attempt.state, _("Please choose a number."))
    return _link(io, attempt, chosen)


def _ask_new(state: dict[str, Any], *, values: Mapping[str, str] | None = None, error: str = "") -> Ask:
    state["step"] = "create"
    given = values or {}
    return Ask(
        fields=(
            AskField(name="name", label=_("Name"), value=given.get("name", ""), help=_("How WaSender lists it.")),
            AskField(
                name="phone",
                label=_("Phone number"),
                value=given.get("phone", ""),
                help=_("With the country code, for example +380501234567."),
                error=error,
            ),
        )
    )


def _take_new(io: IO, attempt: Attempt, answer: Mapping[str, str]) -> LoginStep:
    phone = people.digits(answer.get("phone") or "")
    if not phone:
        return _ask_new(attempt.state, values=answer, error=_("Please give the number with its country code."))
    fields = {
        "name": (answer.get("name") or "").strip()[:100] or f"+{phone}",
        "phone_number": f"+{phone}",
        "account_protection": True,
        "log_messages": True,  # the log settles what became of a message when an answer was lost
        "ignore_groups": True,
        "ignore_channels": True,
        "ignore_broadcasts": True,
    }
    try:
        made = WaSender(io, attempt.state["token"]).create_session(fields)
    except errors.Rejected as error:
        return _ask_new(attempt.state, values=answer, error=error.reason)
    except errors.Unsure:
        # It may exist now: the list shows it, where creating it again would double it.
        return _ask_session(io, attempt.state)
    return _link(io, attempt, str(made.get("id") or ""))


def _link(io: IO, attempt: Attempt, session_id: str) -> LoginStep:
    """The session's webhook first, so that nothing is missed from the moment it is connected."""
    account, state = WaSender(io, attempt.state["token"]), attempt.state
    state["session_id"] = session_id
    session = point_webhook(account, session_id, attempt.webhook_url)
    if _is_connected(session):
        return _done(io, state, session)
    state["step"] = "qr"
    linking = account.connect(session_id)
    return _show(state, str(linking.get("qrCode") or ""))


def _poll(io: IO, attempt: Attempt, answer: Mapping[str, str]) -> LoginStep:
    account, state = WaSender(io, attempt.state["token"]), attempt.state
    session = account.session(state["session_id"])
    status = str(session.get("status") or "").lower()
    if status == "connected":
        return _done(io, state, session)
    age = clock.now().timestamp() - float(state.get("qr_at") or 0)
    if state.get("qr") and age < _QR_SHOWN_FOR:
        return _shown(state)
    if status in ("logged_out", "expired", "disconnected"):
        return _show(state, str(account.connect(state["session_id"]).get("qrCode") or ""))
    try:
        return _show(state, account.qr_code(state["session_id"]))
    except errors.Rejected:
        return _shown(state)  # between two codes, or just scanned: the next look says which


def _show(state: dict[str, Any], qr: str) -> Show:
    state["qr"], state["qr_at"] = qr, clock.now().timestamp()
    return _shown(state)


def _shown(state: dict[str, Any]) -> Show:
    text = _("On the phone: WhatsApp, Settings, Linked devices, Link a device. Then scan this code.")
    return Show(qr=state.get("qr") or "", text=text, poll_after=_POLL)


def _done(io: IO, state: dict[str, Any], session: Mapping[str, Any]) -> Done:
    phone = people.digits(str(session.get("phone_number") or ""))
    if not phone:
        user = WaSender(io, str(session.get("api_key") or "")).user()
        phone = people.digits(str(user.get("id") or ""))
    owner = str(session.get("user_id") or "") or _fingerprint(state["token"])
    account = AccountGrant(external_id=owner, name="WaSender", credentials={"token": state["token"]})
    return Done(account=account, addresses=(_grant(phone, session),))


def _grant(phone: str, session: Mapping[str, Any]) -> AddressGrant:
    return AddressGrant(
        external_id=phone,
        name=f"+{phone}",
        credentials={
            "session_id": str(session.get("id") or ""),
            "api_key": str(session.get("api_key") or ""),
            "webhook_secrets": [str(session.get("webhook_secret") or "")],
        },
        config={
            "account_protection": bool(session.get("account_protection", True)),
            "connected_at": clock.now().isoformat(),
        },
    )


def _label(session: Mapping[str, Any]) -> str:
    """WaSender names a number by itself where its owner gave it no name."""
    names = dict.fromkeys(str(session.get(name) or "") for name in ("name", "phone_number"))
    shown = " · ".join(filter(None, names))
    return sentence(_("%(number)s (connected)"), number=shown) if _is_connected(session) else shown


def _is_connected(session: Mapping[str, Any]) -> bool:
    return str(session.get("status") or "").lower() == "connected"


def _fingerprint(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()[:24]
