"""Logging in with Facebook: consent on Facebook's page, then the choice of pages and Instagram accounts behind them.

https://developers.facebook.com/docs/facebook-login/guides/advanced/manual-flow. The code is good once and for minutes;
page tokens that come from a long-lived user token do not expire. Each step with the network is one call of `advance`,
so that the page shows how far it is and a failure repeats only its own step.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from happ_project.core import ids
from happ_project.core.text import BULLET
from happ_project.core.text import gettext_noop as _
from messengers import errors
from messengers.reading import mapping, text_of
from messengers.types import AccountGrant, AddressGrant, Ask, AskField, Attempt, Choice, Done, LoginStep, Show, Visit
from messengers.vendors.meta import app
from messengers.vendors.meta.graph import Graph
from messengers.vendors.meta.pages import Page, debug_token

if TYPE_CHECKING:
    from messengers.adapter import IO

_PAGES = {
    "pages_show_list": _("see your pages"),
    "pages_messaging": _("read and answer the pages' messages"),
    "pages_manage_metadata": _("be told of new messages"),
}
_INSTAGRAM = {
    "instagram_basic": _("see your Instagram account"),
    "instagram_manage_messages": _("read and answer Instagram messages"),
}
_HELPFUL = ("business_management",)  # without it pages inside a business portfolio are not shown
_AT_ONCE = 0.0

_NOT_SET_UP = _("The operator of this Happ has not set up a Meta app yet (META_APP_ID and META_APP_SECRET).")
_GO = _("Facebook asks which pages and Instagram accounts Happ may use. Choose all that you want to connect.")
_DECLINED = _("You did not allow it on Facebook, so nothing is connected. You can try again.")
_OLD_CODE = _("Facebook's answer was too old or had been used. Please go there once more.")
_NO_PAGE = _(
    "Facebook showed us no page. Choose at least one page in Facebook's dialog. If you have none, create one on "
    "facebook.com/pages/create, or ask a page's owner to give you a role on it; then try again."
)
_NO_INSTAGRAM = _(
    "No professional Instagram account is linked to your pages. In the Instagram app: Edit profile, Page, link your "
    "page; then try again. Or connect without a page, with Instagram's own login."
)
_NO_ROLE = _("Your role on this page does not include messages. Ask its owner for full access.")


def advance(io: IO, attempt: Attempt, answer: Mapping[str, str] | None, *, wanted: str) -> LoginStep:
    """`wanted`: the messenger that the person came for, "facebook" or "instagram"; the other one is offered too."""
    if not app.facebook(io.settings).is_set_up:
        raise errors.Rejected("not_set_up", _NOT_SET_UP)
    attempt.state["wanted"] = wanted
    steps = {"visit": _return, "list": _list, "pick": _pick, "subscribe": _subscribe}
    step = steps.get(attempt.state.get("step", ""))
    return step(io, attempt, answer) if step else _visit(io, attempt, _GO)


def _visit(io: IO, attempt: Attempt, text: str, *, again: bool = False) -> Visit:
    ours, nonce = app.facebook(io.settings), ids.new_token()
    attempt.state |= {"step": "visit", "nonce": nonce, "again": again, "redirect": attempt.return_url}
    query = {"client_id": ours.id, "redirect_uri": attempt.return_url, "state": nonce, "response_type": "code"}
    if config := app.config_id(io.settings):
        query["config_id"] = config
    else:
        query["scope"] = ",".join(app.scopes(io.settings) or (*_PAGES, *_INSTAGRAM, *_HELPFUL))
    if again:
        query["auth_type"] = "rerequest"
    return Visit(url=f"{ours.dialog_url}/{ours.version}/dialog/oauth?{urlencode(query)}", text=text, state=nonce)


def _return(io: IO, attempt: Attempt, answer: Mapping[str, str] | None) -> LoginStep:
    if answer is None:  # the page was opened again
        return _visit(io, attempt, _GO, again=bool(attempt.state.get("again")))
    if not answer.get("code"):
        return _visit(io, attempt, _DECLINED, again=True)
    ours = app.facebook(io.settings)
    graph, secrets = Graph(io, ours), {"client_id": ours.id, "client_secret": ours.secret}
    try:
        short = graph.get("oauth/access_token", redirect_uri=attempt.state["redirect"], code=answer["code"], **secrets)
        token = text_of(short.get("access_token"))
        long = graph.get("oauth/access_token", grant_type="fb_exchange_token", fb_exchange_token=token, **secrets)
    except (errors.Rejected, errors.LoginRequired):
        return _visit(io, attempt, _OLD_CODE)
    attempt.state |= {"step": "list", "token": text_of(long.get("access_token")) or token}
    return Show(text=_("Signed in. Looking up your pages and Instagram accounts…"), poll_after=_AT_ONCE)


def _list(io: IO, attempt: Attempt, answer: Mapping[str, str] | None) -> LoginStep:
    state, token = attempt.state, attempt.state["token"]
    told = debug_token(io, token)
    if text_of(told.get("app_id")) not in ("", app.facebook(io.settings).id):
        raise errors.Rejected("other_app", _("This access belongs to another Meta app."))
    granted = set(map(text_of, told.get("scopes") or ()))
    needed = _PAGES | (_INSTAGRAM if state["wanted"] == "instagram" else {})
    if missing := [words for scope, words in needed.items() if scope not in granted]:
        return _visit(io, attempt, _missing(missing), again=True)
    graph = Graph(io, app.facebook(io.settings), token)
    me = graph.get("me", fields="id,name")
    state["user"] = {"id": text_of(me.get("id")) or text_of(told.get("user_id")), "name": text_of(me.get("name"))}
    fields = "id,name,access_token,tasks"
    if granted >= _INSTAGRAM.keys():
        fields += ",instagram_business_account{id,username}"
    rows = graph.rows("me/accounts", fields=fields)
    state["found"] = [found for row in rows for found in _found(row)]
    if not state["found"]:
        return _visit(io, attempt, _NO_PAGE, again=True)
    if state["wanted"] == "instagram" and not any(found["kind"] == "instagram" for found in state["found"]):
        return _visit(io, attempt, _NO_INSTAGRAM, again=True)
    return _ask(attempt)


def _missing(words: list[str]) -> str:
    """Line by line, because each is translated by itself."""
    lines = [_("Happ cannot work without being allowed to:"), *(BULLET + each for each in words)]
    return "\n".join([*lines, _("Please allow that on Facebook.")])


def _found(row: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A page and the Instagram account behind it, as the choice needs them."""
    page_id, name = text_of(row.get("id")), text_of(row.get("name"))
    if not page_id:
        return []
    tasks = set(map(text_of, row.get("tasks") or ()))
    common = {
        "page": page_id,
        "token": text_of(row.get("access_token")),
        "able": "MESSAGING" in tasks and bool(tasks & {"MODERATE", "MANAGE"}),
    }
    found = [{"kind": "facebook", "id": page_id, "name": name or page_id, **common}]
    account = mapping(row.get("instagram_business_account"), default={})
    if account_id := text_of(account.get("id")):
        username = text_of(account.get("username"))
        found.append({"kind": "instagram", "id": account_id, "name": f"@{username}" if username else name, **common})
    return found


def _ask(attempt: Attempt, error: str = "") -> Ask:
    state = attempt.state
    state["step"] = "pick"
    found = sorted(state["found"], key=lambda each: each["kind"] != state["wanted"])
    choices = tuple(
        Choice(
            value=_key(each),
            label=f"{_TITLES[each['kind']]}: {each['name']}",
            note="" if each["able"] else _NO_ROLE,
            enabled=each["able"],
            address=(each["kind"], each["id"]),
        )
        for each in found
    )
    fit = [_key(each) for each in found if each["able"] and each["kind"] == state["wanted"]]
    label = _("What to connect")
    field = AskField(name="pick", label=label, kind="choices", choices=choices, error=error, value="\n".join(fit[:1]))
    return Ask(fields=(field,), text=_("Each one becomes an integration of its own, with its own assistant."))


_TITLES = {"facebook": _("Facebook page"), "instagram": "Instagram"}


def _key(found: Mapping[str, Any]) -> str:
    return f"{found['kind']}:{found['id']}"


def _pick(io: IO, attempt: Attempt, answer: Mapping[str, str] | None) -> LoginStep:
    if answer is None:
        return _ask(attempt)
    chosen = set((answer.get("pick") or "").split())
    waiting = [_key(found) for found in attempt.state["found"] if _key(found) in chosen and found["able"]]
    if not waiting:
        return _ask(attempt, _("Choose at least one."))
    attempt.state |= {"step": "subscribe", "waiting": waiting, "connected": [], "failed": []}
    return _progress(attempt)


def _progress(attempt: Attempt) -> Show:
    state = attempt.state
    done = len(state["connected"]) + len(state["failed"])
    name = next(found["name"] for found in state["found"] if _key(found) == state["waiting"][0])
    return Show(text=f"{name} ({done + 1}/{done + len(state['waiting'])})", poll_after=_AT_ONCE)


def _subscribe(io: IO, attempt: Attempt, answer: Mapping[str, str] | None) -> LoginStep:
    """The next of the chosen ones: tried out before it is taken into use."""
    state = attempt.state
    found = next(found for found in state["found"] if _key(found) == state["waiting"][0])
    page = Page(io, found["page"], found["token"])
    try:
        if found["kind"] == "instagram":
            page.may_read_instagram()
        page.subscribe()
    except (errors.Rejected, errors.LoginRequired) as error:
        state["failed"].append(f"{found['name']}: {error}")
    else:
        state["connected"].append(_key(found))
    state["waiting"] = state["waiting"][1:]
    if state["waiting"]:
        return _progress(attempt)
    return _done(attempt) if state["connected"] else _ask(attempt, "\n".join(state["failed"]))


def _done(attempt: Attempt) -> Done:
    state, user = attempt.state, attempt.state["user"]
    chosen = [found for found in state["found"] if _key(found) in state["connected"]]
    account = AccountGrant(
        kind="facebook",
        external_id=user["id"],
        name=user["name"],
        credentials={"token": state["token"]},
        config={"user_ids": [user["id"]]},
    )
    return Done(account=account, addresses=tuple(map(_grant, chosen)), text="\n".join(state["failed"]))


def _grant(found: Mapping[str, Any]) -> AddressGrant:
    return AddressGrant(
        kind=found["kind"],
        external_id=found["id"],
        name=found["name"],
        credentials={"token": found["token"], "token_until": None},
        config={"route": "page", "page_id": found["page"], "subscription": f"page:{found['page']}"},
    )
