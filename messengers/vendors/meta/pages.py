"""Calls about one Facebook page with its own token: the page itself, its subscription, who writes to it, its token."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from happ_project.core import clock
from happ_project.core.text import gettext_noop as _
from messengers import errors
from messengers.reading import mapping, number_of, text_of
from messengers.types import Contact, Health
from messengers.vendors.meta import app, verdicts
from messengers.vendors.meta.graph import Graph

if TYPE_CHECKING:
    from messengers.adapter import IO

# What a page sends us; Instagram behind a page comes under the same subscription.
FIELDS = (
    "messages", "messaging_postbacks", "message_echoes", "message_reads", "message_deliveries", "message_reactions",
    "message_edits", "messaging_referrals", "messaging_handovers", "standby",
)  # fmt: skip
# what Instagram's own webhook knows; reads and echoes come under other names there
INSTAGRAM_FIELDS = ("messages", "messaging_postbacks", "messaging_seen", "message_reactions")
_SOON = timedelta(days=7)


class Page:
    def __init__(self, io: IO, page_id: str, token: str) -> None:
        self._io, self._id = io, page_id
        self._app = app.facebook(io.settings)
        self._token = token
        self.graph = Graph(io, self._app, token)

    def subscribe(self) -> None:
        """Have Meta deliver the page's events to our app. Repeating it does no harm."""
        self.graph.post(f"{self._id}/subscribed_apps", subscribed_fields=",".join(FIELDS))

    def unsubscribe(self) -> None:
        self.graph.delete(f"{self._id}/subscribed_apps")

    def is_subscribed(self) -> bool:
        for row in self.graph.rows(f"{self._id}/subscribed_apps", fields="id,subscribed_fields"):
            fields = row.get("subscribed_fields")
            if text_of(row.get("id")) == self._app.id:
                return not isinstance(fields, list) or {"messages"} <= set(map(text_of, fields))
        return False

    def instagram_id(self) -> str:
        """Of the Instagram account that is linked to the page now; '' if none is."""
        answer = self.graph.get(self._id, fields="instagram_business_account{id}")
        return text_of(mapping(answer.get("instagram_business_account"), default={}).get("id"))

    def may_read_instagram(self) -> None:
        """Raises LoginRequired with the way to the switch if the account does not give access to its messages."""
        self.graph.get(f"{self._id}/conversations", platform="instagram", limit=1)

    def person(self, chat_id: str, fields: str) -> Contact:
        found = self.graph.get(chat_id, fields=fields)
        name = text_of(found.get("name")) or " ".join(
            part for part in (text_of(found.get("first_name")), text_of(found.get("last_name"))) if part
        )
        return Contact(id=chat_id, name=name[:200], username=text_of(found.get("username"))[:100])

    def portrait_url(self, chat_id: str) -> str:
        """Where a person's picture is for a while; '' if they show none."""
        return text_of(self.graph.get(chat_id, fields="profile_pic").get("profile_pic"))

    def health(self) -> Health:
        """Raises LoginRequired for a dead token; `disconnected` when only the subscription is gone."""
        ends = self._check_token()
        if not self.is_subscribed():
            return Health(state="disconnected", detail=_("Meta has stopped delivering this page's messages to us."))
        if ends is not None and ends - clock.now() < _SOON:
            return Health(
                state="connected", detail=_("Meta's permission ends within a week. Connect the channel again in time.")
            )
        return Health(state="connected")

    def _check_token(self) -> datetime | None:
        """When the permission to read data ends, if it does."""
        told = debug_token(self._io, self._token)
        if told.get("is_valid") is not True:
            said = mapping(told.get("error"), default={})
            raise verdicts.of({"code": 190, "error_subcode": said.get("subcode"), "message": said.get("message")})
        if text_of(told.get("app_id")) not in ("", self._app.id):
            raise errors.LoginRequired(_("This access belongs to another Meta app. Connect the channel again."))
        moment = number_of(told.get("data_access_expires_at")) or 0
        ends = datetime.fromtimestamp(moment, UTC) if 0 < moment < 1e11 else None
        if ends is not None and ends <= clock.now():
            raise errors.LoginRequired(_("Meta's permission has ended after 90 days. Connect the channel again."))
        return ends


def debug_token(io: IO, token: str) -> dict[str, Any]:
    """What Meta says about a token; asked as the app, whose id and secret are its token."""
    ours = app.facebook(io.settings)
    answer = Graph(io, ours).get("debug_token", input_token=token, access_token=f"{ours.id}|{ours.secret}")
    return mapping(answer.get("data"), default={})


def ensure_app_subscription(io: IO, *, object_name: str, webhook_url: str) -> None:
    """The app's half of a subscription, once for all pages: where Meta posts to. An operator's own choice stays."""
    ours, verify = app.facebook(io.settings), app.verify_token(io.settings)
    if not (ours.is_set_up and verify and webhook_url):
        return
    graph, token = Graph(io, ours), f"{ours.id}|{ours.secret}"
    for row in graph.rows(f"{ours.id}/subscriptions", access_token=token):
        if row.get("object") == object_name and row.get("active") is not False:
            return
    fields = FIELDS if object_name == "page" else INSTAGRAM_FIELDS
    graph.post(
        f"{ours.id}/subscriptions",
        object=object_name,
        callback_url=webhook_url,
        fields=",".join(fields),
        verify_token=verify,
        access_token=token,
    )
