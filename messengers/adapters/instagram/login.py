"""Connecting an Instagram account: through the Facebook page it is linked to, or with Instagram's own login.

https://developers.facebook.com/docs/instagram-platform/instagram-api-with-instagram-login/business-login.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from happ_project.core import ids
from happ_project.core.text import gettext_noop as _
from messengers import errors
from messengers.adapters.instagram import client
from messengers.reading import text_of
from messengers.types import AccountGrant, AddressGrant, Ask, AskField, Attempt, Choice, Done, LoginStep, Show, Visit
from messengers.vendors.meta import app, facebook_login

if TYPE_CHECKING:
    from messengers.adapter import IO

_SCOPES = ("instagram_business_basic", "instagram_business_manage_messages")
_PROFESSIONAL = ("BUSINESS", "MEDIA_CREATOR", "CREATOR", "")
_AT_ONCE = 0.0

_NOT_SET_UP = _(
    "The operator of this Happ has not set up a Meta app yet (META_APP_ID and META_APP_SECRET, or INSTAGRAM_APP_ID and "
    "INSTAGRAM_APP_SECRET)."
)
_GO = _("Instagram asks whether Happ may read and answer your messages. Allow everything it lists.")
_DECLINED = _("You did not allow it on Instagram, so nothing is connected. You can try again.")
_INCOMPLETE = _("Happ cannot work without being allowed to read and answer messages. Please allow that on Instagram.")
_OLD_CODE = _("Instagram's answer was too old or had been used. Please go there once more.")
_PERSONAL = _(
    "This is a personal account, and Instagram gives programs the messages of professional ones only. In the Instagram "
    "app: Settings, Account type and tools, Switch to professional account (free). Then try again."
)


def advance(io: IO, attempt: Attempt, answer: Mapping[str, str] | None) -> LoginStep:
    """`attempt.state`: `how` ("page" or "own"), then what that road keeps."""
    own, page = app.instagram(io.settings).is_set_up, app.facebook(io.settings).is_set_up
    if not (own or page):
        raise errors.Rejected("not_set_up", _NOT_SET_UP)
    if "how" not in attempt.state:
        if own and page and (answer or {}).get("how") not in ("own", "page"):
            return _ask_how()
        attempt.state["how"] = (answer or {}).get("how") or ("own" if own else "page")
        answer = None
    if attempt.state["how"] == "page":
        return facebook_login.advance(io, attempt, answer, wanted="instagram")
    steps = {"visit": _return, "look": _look, "subscribe": _subscribe}
    step = steps.get(attempt.state.get("step", ""))
    return step(io, attempt, answer) if step else _visit(io, attempt, _GO)


def _ask_how() -> Ask:
    choices = (
        Choice(value="own", label=_("With Instagram: no Facebook page is needed")),
        Choice(value="page", label=_("With Facebook: the account is linked to a page of yours")),
    )
    field = AskField(name="how", label=_("How to sign in"), kind="choice", choices=choices, value="own")
    return Ask(fields=(field,), text=_("It has to be a professional account (business or creator), which is free."))


def _visit(io: IO, attempt: Attempt, text: str, *, again: bool = False) -> Visit:
    ours, nonce = app.instagram(io.settings), ids.new_token()
    attempt.state |= {"step": "visit", "again": again, "redirect": attempt.return_url}
    query = {
        "client_id": ours.id,
        "redirect_uri": attempt.return_url,
        "response_type": "code",
        "scope": ",".join(_SCOPES),
        "state": nonce,
        "enable_fb_login": "0",
    }
    if again:
        query["force_authentication"] = "1"  # so that another account can be chosen
    return Visit(url=f"{ours.dialog_url}/oauth/authorize?{urlencode(query)}", text=text, state=nonce)


def _return(io: IO, attempt: Attempt, answer: Mapping[str, str] | None) -> LoginStep:
    if answer is None:  # the page was opened again
        return _visit(io, attempt, _GO, again=bool(attempt.state.get("again")))
    code = (answer.get("code") or "").removesuffix("#_")
    if not code:
        return _visit(io, attempt, _DECLINED, again=True)
    try:
        short = client.exchange(io, code=code, redirect_uri=attempt.state["redirect"])
        token = text_of(short.get("access_token"))
        credentials = client.exchange_for_long(io, token)
    except (errors.Rejected, errors.LoginRequired):
        return _visit(io, attempt, _OLD_CODE)
    told = short.get("permissions")
    granted = told.split(",") if isinstance(told, str) else [text_of(each) for each in told or ()]
    if granted and not set(_SCOPES) <= {each.strip() for each in granted}:
        return _visit(io, attempt, _INCOMPLETE, again=True)
    attempt.state |= {"step": "look", "credentials": credentials, "user_id": text_of(short.get("user_id"))}
    return Show(text=_("Signed in. Looking at your account…"), poll_after=_AT_ONCE)


def _look(io: IO, attempt: Attempt, answer: Mapping[str, str] | None) -> LoginStep:
    state = attempt.state
    me = client.OnItsOwn(io, "", token=state["credentials"]["token"]).me()
    if text_of(me.get("account_type")).upper() not in _PROFESSIONAL:
        return _visit(io, attempt, _PERSONAL, again=True)
    # `user_id` is what webhooks name the account by; `id` is another one, of this app only
    account_id = text_of(me.get("user_id")) or state["user_id"] or text_of(me.get("id"))
    if not account_id:
        raise errors.Rejected("no_account", _("Instagram did not say which account this is."))
    ids_known = sorted({account_id, state["user_id"], text_of(me.get("id"))} - {""})
    state |= {"step": "subscribe", "id": account_id, "ids": ids_known, "username": text_of(me.get("username"))}
    return Show(text=f"@{state['username']}", poll_after=_AT_ONCE)


def _subscribe(io: IO, attempt: Attempt, answer: Mapping[str, str] | None) -> LoginStep:
    state = attempt.state
    client.OnItsOwn(io, state["id"], token=state["credentials"]["token"]).subscribe()
    name = f"@{state['username']}" if state["username"] else state["id"]
    address = AddressGrant(
        external_id=state["id"],
        name=name,
        credentials=state["credentials"],
        config={"route": "own", "page_id": "", "subscription": f"instagram:{state['id']}"},
    )
    account = AccountGrant(external_id=state["id"], name=name, config={"user_ids": state["ids"]})
    return Done(account=account, addresses=(address,))
