"""The calls for Instagram accounts, by either road: behind a Facebook page, or with Instagram's own login.

Both have the same calls under another host, another id and another token. Source:
https://developers.facebook.com/docs/instagram-platform/instagram-api-with-instagram-login.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol

from happ_project.core import clock, http
from happ_project.core.text import gettext_noop as _
from messengers import errors
from messengers.reading import duration_of, mapping, text_of
from messengers.types import Contact, Health
from messengers.vendors.meta import app, pages
from messengers.vendors.meta.graph import Graph, read

if TYPE_CHECKING:
    from messengers.adapter import IO

PERSON = "name,username"
_RENEWED_AFTER = timedelta(days=30)  # a token lives for 60 and can be renewed once it is a day old
_LIFE = timedelta(days=60)


class Account(Protocol):
    """`sender`: the id that messages are sent as."""

    graph: Graph
    sender: str

    def subscribe(self, webhook_url: str = "") -> None: ...
    def unsubscribe(self) -> None: ...
    def health(self) -> Health: ...
    def person(self, chat_id: str) -> Contact: ...
    def portrait_url(self, chat_id: str) -> str: ...
    def renew(self) -> dict[str, Any]: ...


def account(io: IO, external_id: str, credentials: Mapping[str, Any], config: Mapping[str, Any]) -> Account:
    token = str(credentials.get("token") or "")
    if config.get("route") == "page":
        return BehindPage(io, external_id, page_id=str(config.get("page_id") or ""), token=token)
    return OnItsOwn(io, external_id, token=token, token_at=str(credentials.get("token_at") or ""))


class BehindPage:
    """An account that is reached through the page it is linked to, with the page's token."""

    def __init__(self, io: IO, account_id: str, *, page_id: str, token: str) -> None:
        self._io, self._id, self.sender = io, account_id, page_id
        self._page = pages.Page(io, page_id, token)
        self.graph = self._page.graph

    def subscribe(self, webhook_url: str = "") -> None:
        pages.ensure_app_subscription(self._io, object_name="instagram", webhook_url=webhook_url)
        self._page.subscribe()

    def unsubscribe(self) -> None:
        self._page.unsubscribe()

    def health(self) -> Health:
        found = self._page.health()
        if self._page.instagram_id() != self._id:
            raise errors.LoginRequired(
                _("The Facebook page is not linked to this Instagram account any more. Link it, then connect again.")
            )
        self._page.may_read_instagram()
        return found

    def person(self, chat_id: str) -> Contact:
        return self._page.person(chat_id, PERSON)

    def portrait_url(self, chat_id: str) -> str:
        return self._page.portrait_url(chat_id)

    def renew(self) -> dict[str, Any]:
        return {}  # a page's token does not expire


class OnItsOwn:
    """An account that logged in with Instagram itself. `token_at`: when its token was given."""

    def __init__(self, io: IO, account_id: str, *, token: str, token_at: str = "") -> None:
        self.sender, self._token_at = account_id, token_at
        self._app = app.instagram(io.settings)
        self._token = token
        self.graph = Graph(io, self._app, token)

    def subscribe(self, webhook_url: str = "") -> None:
        """The app's own subscription is made once, by the operator, in Meta's dashboard."""
        fields = ",".join(pages.INSTAGRAM_FIELDS)
        self.graph.post(f"{self.sender}/subscribed_apps", subscribed_fields=fields)

    def unsubscribe(self) -> None:
        self.graph.delete(f"{self.sender}/subscribed_apps")

    def me(self) -> dict[str, Any]:
        return self.graph.get("me", fields="user_id,id,username,name,account_type")

    def health(self) -> Health:
        self.me()
        rows = self.graph.rows(f"{self.sender}/subscribed_apps")
        if not any("messages" in map(text_of, row.get("subscribed_fields") or ()) for row in rows):
            return Health(state="disconnected", detail=_("Meta has stopped delivering this account's messages to us."))
        return Health(state="connected")

    def person(self, chat_id: str) -> Contact:
        found = self.graph.get(chat_id, fields=PERSON)
        return Contact(id=chat_id, name=text_of(found.get("name"))[:200], username=text_of(found.get("username"))[:100])

    def portrait_url(self, chat_id: str) -> str:
        return text_of(self.graph.get(chat_id, fields="profile_pic").get("profile_pic"))

    def renew(self) -> dict[str, Any]:
        """A younger token after 30 days; an account that nobody renews for 60 is lost."""
        given = datetime.fromisoformat(self._token_at) if self._token_at else None
        if given is not None and clock.now() - given < _RENEWED_AFTER:
            return {}
        return as_credentials(
            self.graph.get_unversioned("refresh_access_token", grant_type="ig_refresh_token", access_token=self._token)
        )


def as_credentials(answer: Mapping[str, Any]) -> dict[str, Any]:
    """A long-lived token as it is kept: with when it was given, and until when it holds."""
    now = clock.now()
    life = duration_of(answer.get("expires_in")) or _LIFE.total_seconds()
    until = now + timedelta(seconds=min(life, 400 * 86_400))
    return {"token": text_of(answer.get("access_token")), "token_at": now.isoformat(), "token_until": until.isoformat()}


def exchange(io: IO, *, code: str, redirect_uri: str) -> dict[str, Any]:
    """The code for a token of an hour: `access_token`, `user_id`, `permissions`; documented in a list, seen flat."""
    ours = app.instagram(io.settings)
    form = {
        "client_id": ours.id,
        "client_secret": ours.secret,
        "grant_type": "authorization_code",
        "redirect_uri": redirect_uri,
        "code": code,
    }
    try:
        response = io.http.client("messenger", user_given=False).post(f"{ours.token_url}/oauth/access_token", data=form)
    except http.HttpError as error:
        raise errors.unclear(str(error), repeatable=True) from None
    answer = read(response)
    data = answer.get("data")
    return mapping(data[0], default={}) if isinstance(data, list) and data else answer


def exchange_for_long(io: IO, token: str) -> dict[str, Any]:
    """The credentials of 60 days for a token of an hour."""
    ours = app.instagram(io.settings)
    return as_credentials(
        Graph(io, ours).get_unversioned(
            "access_token", grant_type="ig_exchange_token", client_secret=ours.secret, access_token=token
        )
    )
