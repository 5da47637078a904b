"""The dialogs in which people allow an app something, and what becomes of the code that the app gets."""

from __future__ import annotations

import html
import secrets
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from tests.doubles.meta.wire import Asked, PlainRefusal, Refusal, route
from tests.doubles.meta.world import DAY, FACEBOOK_SCOPES, HOUR, INSTAGRAM_SCOPES, Account, Code, Person, Token

if TYPE_CHECKING:
    from tests.doubles.meta import Meta

FACEBOOK, INSTAGRAM = "www.facebook.com", "www.instagram.com"
_PAGE = """<!doctype html><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{title}</title><style>
body{{font:16px/1.5 system-ui;max-width:34rem;margin:3rem auto;padding:0 1rem}}
label{{display:block}}
button,select{{font:inherit;padding:.4rem .8rem;margin:.8rem .4rem 0 0}}</style>
<h1>{title}</h1><p>Happ would like to:</p><form method="post" action="{action}">{fields}{choices}
<button name="decide" value="allow">Allow</button><button name="decide" value="deny">Not now</button></form>"""


def check_dialog(double: Meta, given: dict[str, Any], *, instagram: bool) -> None:
    """What the platform checks before it shows anything."""
    app_id = double.instagram_app_id if instagram else double.app_id
    if given.get("client_id") != app_id:
        raise Refusal(101, "Invalid App ID")
    if double.redirect_uris and given.get("redirect_uri") not in double.redirect_uris:
        raise Refusal(191, "URL blocked: the redirect URI is not whitelisted in the app's client OAuth settings.")
    if given.get("response_type") != "code" or not given.get("state"):
        raise Refusal(100, "(#100) response_type and state are required")
    asked = set(str(given.get("scope") or "").split(",")) - {""}
    if unknown := asked - (INSTAGRAM_SCOPES if instagram else FACEBOOK_SCOPES):
        raise Refusal(100, f"Invalid Scopes: {', '.join(sorted(unknown))}")
    if not asked and not given.get("config_id"):
        raise Refusal(100, "(#100) scope is required")


def decide(
    double: Meta,
    given: dict[str, Any],
    *,
    who: Person | Account,
    decline: tuple[str, ...] = (),
    pages: list[str] | None = None,
    deny: bool = False,
) -> str:
    """The way back to the app, with a code or with the refusal."""
    instagram = isinstance(who, Account)
    check_dialog(double, given, instagram=instagram)
    back: dict[str, str] = {"state": str(given["state"])}
    if deny:
        words = {"error": "access_denied", "error_reason": "user_denied", "error_description": "The user denied"}
        return f"{given['redirect_uri']}?{urlencode(words | back)}#_=_"
    asked = set(str(given.get("scope") or "").split(",")) - {""} or set(FACEBOOK_SCOPES)
    code = Code(
        value=secrets.token_urlsafe(40),
        redirect_uri=str(given["redirect_uri"]),
        expires_at=double.clock() + (HOUR if instagram else 600),
        scopes=asked - set(decline),
        person=None if instagram else who,  # type: ignore[arg-type]
        account=who if isinstance(who, Account) else None,
        pages=None if pages is None else set(pages),
    )
    double.codes[code.value] = code
    ending = "#_" if instagram else "#_=_"
    return f"{code.redirect_uri}?{urlencode({'code': code.value} | back)}{ending}"


@route("GET", FACEBOOK, "/{version}/dialog/oauth")
def facebook_dialog(asked: Asked) -> str:
    return _dialog(asked, "Facebook (double)", instagram=False)


@route("GET", INSTAGRAM, "/oauth/authorize")
def instagram_dialog(asked: Asked) -> str:
    return _dialog(asked, "Instagram (double)", instagram=True)


def _dialog(asked: Asked, title: str, *, instagram: bool) -> str:
    check_dialog(asked.double, asked.given, instagram=instagram)
    double = asked.double
    known: list[Any] = list(double.accounts.values()) if instagram else list(double.people.values())
    options = "".join(f'<option value="{one.id}">{html.escape(one.name)}</option>' for one in known)
    scopes = str(asked.given.get("scope") or "").split(",")
    return _PAGE.format(
        title=title,
        action=f"/{INSTAGRAM}/decide" if instagram else f"/{FACEBOOK}/decide",
        fields="".join(
            f'<input type="hidden" name="{html.escape(name)}" value="{html.escape(str(value))}">'
            for name, value in asked.given.items()
        ),
        choices=f'<label>as <select name="who">{options}</select></label>'
        + "".join(
            f'<label><input type="checkbox" name="allow_{scope}" checked> {html.escape(scope)}</label>'
            for scope in scopes
        ),
    )


@route("POST", FACEBOOK, "/decide")
def facebook_decision(asked: Asked) -> str:
    return _decision(asked, asked.double.people[asked.need("who")])


@route("POST", INSTAGRAM, "/decide")
def instagram_decision(asked: Asked) -> str:
    return _decision(asked, asked.double.accounts[asked.need("who")])


def _decision(asked: Asked, who: Person | Account) -> str:
    scopes = str(asked.given.get("scope") or "").split(",")
    declined = tuple(scope for scope in scopes if f"allow_{scope}" not in asked.given)
    return "-> " + decide(
        asked.double, asked.given, who=who, decline=declined, deny=asked.given.get("decide") == "deny"
    )


# --- codes and tokens -------------------------------------------------------------------------------------------------


@route("GET", "graph.facebook.com", "/{version}/oauth/access_token")
def facebook_token(asked: Asked) -> dict[str, Any]:
    double = asked.double
    if asked.need("client_id") != double.app_id or asked.need("client_secret") not in double.secrets:
        raise Refusal(1, "Error validating client secret.")
    if asked.given.get("grant_type") == "fb_exchange_token":
        short = double.live_token(asked.need("fb_exchange_token"))
        token = _user_token(double, short.person, short.scopes, short.pages, life=60 * DAY)
        return {"access_token": token.value, "token_type": "bearer", "expires_in": int(60 * DAY)}
    code = _take_code(asked, Refusal(100, "This authorization code has been used.", 36009))
    assert code.person is not None
    token = _user_token(double, code.person, code.scopes, code.pages, life=1.5 * HOUR, short=True)
    return {"access_token": token.value, "token_type": "bearer", "expires_in": int(1.5 * HOUR)}


def _user_token(
    double: Meta, person: Person | None, scopes: set[str], pages: set[str] | None, *, life: float, short: bool = False
) -> Token:
    now = double.clock()
    return double.issue(
        "user", person=person, scopes=scopes, pages=pages, expires_at=now + life, data_until=now + 90 * DAY, short=short
    )


def _take_code(asked: Asked, refusal: Refusal) -> Code:
    """Good once, in time, and with the very same redirect URI."""
    double = asked.double
    code = double.codes.get(asked.need("code"))
    if code is None or code.used or code.expires_at < double.clock():
        raise refusal
    if asked.need("redirect_uri") != code.redirect_uri:
        raise Refusal(100, "Error validating verification code. redirect_uri must be identical.", 36008)
    code.used = True
    return code


@route("POST", "api.instagram.com", "/oauth/access_token")
def instagram_token(asked: Asked) -> dict[str, Any]:
    double = asked.double
    if asked.need("client_id") != double.instagram_app_id or asked.need("client_secret") != double.instagram_secret:
        raise PlainRefusal("Invalid platform app")
    if asked.need("grant_type") != "authorization_code":
        raise PlainRefusal("Invalid grant_type")
    code = _take_code(asked, PlainRefusal("Matching code was not found or was already used"))
    account = code.account
    assert account is not None
    token = double.issue("instagram", account=account, scopes=code.scopes, expires_at=double.clock() + HOUR, short=True)
    answer: dict[str, Any] = {"access_token": token.value, "user_id": account.app_scoped_id}
    if double.flat_token_answer:
        return answer | {"permissions": ",".join(sorted(code.scopes))}
    return {"data": [answer | {"permissions": ",".join(sorted(code.scopes))}]}


@route("GET", "graph.instagram.com", "/access_token")
def instagram_long_token(asked: Asked) -> dict[str, Any]:
    double = asked.double
    if asked.need("grant_type") != "ig_exchange_token" or asked.need("client_secret") != double.instagram_secret:
        raise Refusal(100, "Invalid client secret")
    short = double.live_token(asked.need("access_token"))
    return _long(double, short)


@route("GET", "graph.instagram.com", "/refresh_access_token")
def instagram_refreshed_token(asked: Asked) -> dict[str, Any]:
    double = asked.double
    if asked.need("grant_type") != "ig_refresh_token":
        raise Refusal(100, "Invalid grant_type")
    old = double.live_token(asked.need("access_token"))
    if double.clock() - old.issued_at < DAY:
        raise Refusal(100, "This token is not 24 hours old yet")
    return _long(double, old)


def _long(double: Meta, old: Token) -> dict[str, Any]:
    token = double.issue("instagram", account=old.account, scopes=old.scopes, expires_at=double.clock() + 60 * DAY)
    return {"access_token": token.value, "token_type": "bearer", "expires_in": int(60 * DAY)}


def query_of(url: str) -> dict[str, Any]:
    from urllib.parse import parse_qs

    return {name: values[-1] for name, values in parse_qs(urlsplit(url).query).items()}
