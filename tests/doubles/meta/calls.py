"""The Graph API's calls that a messenger uses, on both hosts, with their rules."""

from __future__ import annotations

import urllib.request
from typing import Any

import filetype

from tests.doubles.meta.wire import Asked, Refusal, route
from tests.doubles.meta.world import DAY, Account, Message, Page, Place, Subscription

FACEBOOK, INSTAGRAM = "graph.facebook.com", "graph.instagram.com"
PAGE_FIELDS = {
    "messages", "messaging_postbacks", "message_echoes", "message_reads", "message_deliveries", "message_reactions",
    "message_edits", "messaging_referrals", "messaging_handovers", "standby", "messaging_optins",
}  # fmt: skip
INSTAGRAM_FIELDS = {"messages", "messaging_postbacks", "messaging_seen", "message_reactions", "comments"}
_MB = 1024 * 1024
_INSTAGRAM_FILES = {
    "image": (("image/jpeg", "image/png", "image/gif"), 8 * _MB),
    "audio": (("audio/aac", "audio/mp4", "audio/x-wav", "video/mp4"), 25 * _MB),
    "video": (("video/mp4", "audio/ogg", "video/x-msvideo", "video/quicktime", "video/webm"), 25 * _MB),
    "file": (("application/pdf",), 25 * _MB),
}
_PAGE_FILES = {
    "image": (("image/jpeg", "image/png", "image/gif"), 25 * _MB),
    "audio": (("audio/aac", "audio/mp4", "audio/mpeg", "audio/x-wav", "video/mp4"), 25 * _MB),
    "video": (("video/mp4",), 25 * _MB),
    "file": (None, 25 * _MB),
}


# --- the person and the app -------------------------------------------------------------------------------------------


@route("GET", FACEBOOK, "/{version}/me", by="user")
def me(asked: Asked) -> dict[str, Any]:
    assert asked.token.person is not None
    return {"id": asked.token.person.id, "name": asked.token.person.name}


@route("GET", FACEBOOK, "/{version}/me/accounts", by="user")
def pages(asked: Asked) -> dict[str, Any]:
    token, double = asked.token, asked.double
    if "pages_show_list" not in token.scopes or token.person is None:
        return {"data": []}
    person = token.person
    shown = [
        page for page in double.pages.values()
        if person.id in page.tasks and (token.pages is None or page.id in token.pages)
    ]  # fmt: skip
    start, most = int(asked.given.get("after") or 0), min(int(asked.given.get("limit") or 25), double.page_size)
    rows = []
    for page in shown[start : start + most]:
        row: dict[str, Any] = {"id": page.id, "name": page.name, "tasks": list(page.tasks[person.id])}
        row["access_token"] = double.page_token(token, page).value
        if page.instagram and "instagram_business_account" in str(asked.given.get("fields")):
            if "instagram_basic" not in token.scopes:
                raise Refusal(10, "(#10) Application does not have permission for this action")
            row["instagram_business_account"] = {"id": page.instagram.id, "username": page.instagram.name}
        rows.append(row)
    paging: dict[str, Any] = {"cursors": {"before": str(start), "after": str(start + most)}}
    if start + most < len(shown):
        paging["next"] = f"https://graph.facebook.com/me/accounts?access_token={token.value}&after={start + most}"
    return {"data": rows, "paging": paging}


@route("GET", FACEBOOK, "/{version}/debug_token")
def debug_token(asked: Asked) -> dict[str, Any]:
    double = asked.double
    double.need_app_token(asked)
    token = double.tokens.get(asked.need("input_token"))
    if token is None:
        return {"data": {"is_valid": False, "error": {"code": 190, "message": "Invalid OAuth access token."}}}
    subcode = double.trouble_of(token)
    data: dict[str, Any] = {
        "app_id": double.app_id,
        "type": token.kind.upper(),
        "is_valid": not subcode,
        "expires_at": int(token.expires_at),
        "data_access_expires_at": int(token.data_until),
        "scopes": sorted(token.scopes),
        "user_id": token.person.id if token.person else "",
    }
    if subcode:
        data["error"] = {"code": 190, "message": "Error validating access token.", "subcode": subcode}
    return {"data": data}


@route("GET", FACEBOOK, "/{version}/{app}/subscriptions")
def app_subscriptions(asked: Asked) -> dict[str, Any]:
    asked.double.need_app_token(asked)
    return {
        "data": [
            {"object": name, "callback_url": made.url, "active": True, "fields": [{"name": f} for f in made.fields]}
            for name, made in asked.double.subscriptions.items()
        ]
    }


@route("POST", FACEBOOK, "/{version}/{app}/subscriptions")
def subscribe_app(asked: Asked) -> dict[str, Any]:
    """Meta asks the URL at once whether it is ours."""
    double = asked.double
    double.need_app_token(asked)
    name, url, fields = asked.need("object"), asked.need("callback_url"), set(asked.need("fields").split(","))
    if unknown := fields - (PAGE_FIELDS if name == "page" else INSTAGRAM_FIELDS):
        raise Refusal(100, f"(#100) Param fields must be one of …: {sorted(unknown)}")
    if not double.shake_hands(url, asked.need("verify_token")):
        raise Refusal(2200, "(#2200) Callback verification failed")
    double.subscriptions[name] = Subscription(url, fields, asked.need("verify_token"))
    return {"success": True}


# --- a page or an account ---------------------------------------------------------------------------------------------


@route("POST", FACEBOOK, "/{version}/{page}/subscribed_apps", by="page")
def subscribe_page(asked: Asked) -> dict[str, Any]:
    page = _own_page(asked)
    _need_scope(asked, "pages_manage_metadata")
    if not set(page.tasks.get(asked.token.person.id if asked.token.person else "", ())) & {"MODERATE", "MANAGE"}:
        raise Refusal(200, "(#200) To subscribe the app, the user needs the MODERATE task on the page")
    page.fields, page.failing_since = _fields(asked, PAGE_FIELDS), None
    return {"success": True}


@route("GET", FACEBOOK, "/{version}/{page}/subscribed_apps", by="page")
def page_subscriptions(asked: Asked) -> dict[str, Any]:
    page = _own_page(asked)
    if page.fields is None:
        return {"data": []}
    return {"data": [{"id": asked.double.app_id, "name": "Happ", "subscribed_fields": sorted(page.fields)}]}


@route("DELETE", FACEBOOK, "/{version}/{page}/subscribed_apps", by="page")
def unsubscribe_page(asked: Asked) -> dict[str, Any]:
    _own_page(asked).fields = None
    return {"success": True}


@route("GET", FACEBOOK, "/{version}/{page}/conversations", by="page")
def conversations(asked: Asked) -> dict[str, Any]:
    page = _own_page(asked)
    if asked.given.get("platform") == "instagram":
        _need_scope(asked, "instagram_manage_messages")
        if page.instagram is None:
            raise Refusal(100, "(#100) The page is not linked to an Instagram account", 2534013)
        _need_access(page.instagram)
    return {"data": []}


@route("POST", FACEBOOK, "/{version}/{page}/messages", by="page")
def send_from_page(asked: Asked) -> dict[str, Any]:
    """The page writes, or the Instagram account behind it: the recipient's id says which."""
    page = _own_page(asked)
    place: Place = page
    if page.instagram and _recipient(asked) in page.instagram.customers:
        place = page.instagram
    return _accept(asked, place)


@route("POST", INSTAGRAM, "/{version}/{account}/messages", by="instagram")
def send_from_account(asked: Asked) -> dict[str, Any]:
    return _accept(asked, _own_account(asked))


@route("GET", INSTAGRAM, "/{version}/me", by="instagram")
def instagram_me(asked: Asked) -> dict[str, Any]:
    account = asked.token.account
    assert account is not None
    return {
        "user_id": account.id, "id": account.app_scoped_id, "username": account.name, "account_type": account.type
    }  # fmt: skip


@route("POST", INSTAGRAM, "/{version}/{account}/subscribed_apps", by="instagram")
def subscribe_account(asked: Asked) -> dict[str, Any]:
    account = _own_account(asked)
    account.fields, account.failing_since = _fields(asked, INSTAGRAM_FIELDS), None
    return {"success": True}


@route("GET", INSTAGRAM, "/{version}/{account}/subscribed_apps", by="instagram")
def account_subscriptions(asked: Asked) -> dict[str, Any]:
    account = _own_account(asked)
    if account.fields is None:
        return {"data": []}
    return {"data": [{"app_id": asked.double.instagram_app_id, "subscribed_fields": sorted(account.fields)}]}


@route("DELETE", INSTAGRAM, "/{version}/{account}/subscribed_apps", by="instagram")
def unsubscribe_account(asked: Asked) -> dict[str, Any]:
    _own_account(asked).fields = None
    return {"success": True}


@route("GET", FACEBOOK, "/{version}/{id}", by="page")
def node(asked: Asked) -> dict[str, Any]:
    """The page itself, or a person who wrote to it or to its Instagram account."""
    page = asked.token.page
    assert page is not None
    if asked.part["id"] == page.id:
        linked = {"instagram_business_account": {"id": page.instagram.id}} if page.instagram else {}
        return {"id": page.id, **linked}
    return _person(asked, page, page.instagram)


@route("GET", INSTAGRAM, "/{version}/{id}", by="instagram")
def instagram_node(asked: Asked) -> dict[str, Any]:
    return _person(asked, asked.token.account)


def _person(asked: Asked, *places: Place | None) -> dict[str, Any]:
    key = asked.part["id"]
    for place in places:
        if place is not None and key in place.customers:
            name = place.customers[key]
            shown = {"profile_pic": place.portraits[key]} if key in place.portraits else {}
            if isinstance(place, Account):
                return {"id": key, "name": name, "username": name.lower().replace(" ", "."), **shown}
            first, _, last = name.partition(" ")
            return {"id": key, "first_name": first, "last_name": last, **shown}
    raise Refusal(100, "Unsupported get request. Object does not exist", 33)


def _own_page(asked: Asked) -> Page:
    page = asked.token.page
    assert page is not None
    if asked.part["page"] not in (page.id, "me"):
        raise Refusal(100, "Unsupported request. Object does not exist or cannot be loaded", 33)
    return page


def _own_account(asked: Asked) -> Account:
    account = asked.token.account
    assert account is not None
    if asked.part["account"] not in (account.id, "me"):
        raise Refusal(100, "Unsupported request. Object does not exist or cannot be loaded", 33)
    return account


def _fields(asked: Asked, known: set[str]) -> set[str]:
    fields = set(asked.need("subscribed_fields").split(","))
    if unknown := fields - known:
        raise Refusal(100, f"(#100) Param subscribed_fields must be one of …: {sorted(unknown)}")
    return fields


def _need_scope(asked: Asked, scope: str) -> None:
    if scope not in asked.token.scopes:
        raise Refusal(200, f"(#200) Requires {scope} permission")


def _need_access(account: Account) -> None:
    if not account.gives_access:
        raise Refusal(200, "(#200) The account does not allow access to messages", 2534041)


# --- sending ----------------------------------------------------------------------------------------------------------


def _recipient(asked: Asked) -> str:
    recipient = asked.given.get("recipient")
    return str(recipient.get("id") or "") if isinstance(recipient, dict) else ""


def _accept(asked: Asked, place: Place) -> dict[str, Any]:
    double, to = asked.double, _recipient(asked)
    _check_sender(asked, place, to)
    if asked.given.get("sender_action"):
        if "message" in asked.given:
            raise Refusal(100, "(#100) sender_action cannot be sent with a message", 2018014)
        double.release.wait(double.slow_actions)
        double.actions.append((place.id, to, str(asked.given["sender_action"])))
        double.shown.append((str(asked.given["sender_action"]), to))
        return {"recipient_id": to}
    _check_window(asked, place, to)
    content = _check_content(asked, isinstance(place, Account))
    asked.headers |= double.usage
    body = {name: value for name, value in asked.given.items() if name not in ("appsecret_proof", "access_token")}
    message = Message(place, to, double.new_mid(place), body, double.clock(), content)
    double.sent.append(message)
    double.shown.append(("message", to))
    if double.auto:
        double.follow(message)
    return {"recipient_id": to, "message_id": message.id}


def _check_sender(asked: Asked, place: Place, to: str) -> None:
    on_instagram = isinstance(place, Account)
    if asked.token.kind == "page":
        _need_scope(asked, "instagram_manage_messages" if on_instagram else "pages_messaging")
    else:
        _need_scope(asked, "instagram_business_manage_messages")
    if isinstance(place, Account):
        _need_access(place)
    if place.restricted:
        raise Refusal(10, "(#10) The page is restricted", 1893063)
    if to not in place.customers:
        if on_instagram:
            raise Refusal(100, "(#100) The requested user cannot be found", 2534014)
        raise Refusal(100, "(#100) No matching user found", 2018001)
    if to in place.blocked:
        raise Refusal(551, "(#551) This person isn't available right now.", 1545041)
    if place.thread_owner:
        raise Refusal(100, "(#100) Another app is controlling this thread", 2534037 if on_instagram else 2018300)


def _check_window(asked: Asked, place: Place, to: str) -> None:
    age = asked.double.clock() - place.wrote_at.get(to, 0.0)
    kind, tag = asked.given.get("messaging_type"), asked.given.get("tag")
    if kind == "MESSAGE_TAG" and tag != "HUMAN_AGENT":
        raise Refusal(100, "(#100) Invalid tag")
    most = 7 * DAY if kind == "MESSAGE_TAG" else DAY
    if age > most:
        subcode = 2534022 if isinstance(place, Account) else 2018278
        raise Refusal(10, "(#10) This message is sent outside of allowed window.", subcode)


def _check_content(asked: Asked, on_instagram: bool) -> bytes:
    message = asked.given.get("message")
    if not isinstance(message, dict):
        raise Refusal(100, "(#100) Param message is required")
    text, attachment = message.get("text"), message.get("attachment")
    if bool(text) == bool(attachment):
        raise Refusal(100, "(#100) A message has either text or an attachment")
    if text:
        length = len(text.encode()) if on_instagram else len(text)
        if length > (1000 if on_instagram else 2000):
            raise Refusal(
                100,
                f"(#100) Length of param message[text] must be less than or equal to {1000 if on_instagram else 2000}",
            )
        return b""
    rules = _INSTAGRAM_FILES if on_instagram else _PAGE_FILES
    kinds, most = rules.get(attachment.get("type"), ((), 0))
    try:
        with urllib.request.urlopen(attachment["payload"]["url"], timeout=10) as answer:
            content: bytes = answer.read(most + 1)
    except (OSError, ValueError, KeyError):
        raise Refusal(100, "(#100) Failed to fetch the file from the url", 2018008) from None
    guessed = filetype.guess_mime(content)
    if len(content) > most:
        raise Refusal(100, "(#100) The attachment size exceeds allowable limit", 2018047)
    if kinds is not None and guessed not in kinds:
        raise Refusal(100, f"(#100) Upload attachment failure: the file is {guessed}", 2018047)
    return content
