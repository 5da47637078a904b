"""Who and what exists in the double's world: people, pages, Instagram accounts, tokens, messages."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

HOUR, DAY = 3600.0, 86_400.0
FACEBOOK_SCOPES = {
    "pages_show_list", "pages_messaging", "pages_manage_metadata", "business_management", "instagram_basic",
    "instagram_manage_messages",
}  # fmt: skip
INSTAGRAM_SCOPES = {"instagram_business_basic", "instagram_business_manage_messages"}
ALL_TASKS = ("ADVERTISE", "ANALYZE", "CREATE_CONTENT", "MESSAGING", "MODERATE", "MANAGE")


@dataclass(eq=False)
class Person:
    """Somebody with a Facebook account; `id` is what our app knows them by."""

    id: str
    name: str


@dataclass(eq=False)
class Place:
    """What customers write to. `failing_since`: since when our webhook has not answered 200."""

    id: str
    name: str
    fields: set[str] | None = None  # subscribed to our app, with these; None: not
    customers: dict[str, str] = field(default_factory=dict)  # id here → name
    portraits: dict[str, str] = field(default_factory=dict)  # id here → where the picture is
    wrote_at: dict[str, float] = field(default_factory=dict)
    blocked: set[str] = field(default_factory=set)
    restricted: bool = False
    thread_owner: str = ""  # another app's id, while it answers instead of us
    failing_since: float | None = None


@dataclass(eq=False)
class Account(Place):
    """An Instagram professional account; `id` is the one in webhooks, `app_scoped_id` the one of its own login."""

    app_scoped_id: str = ""
    type: str = "BUSINESS"
    gives_access: bool = True  # "Allow access to messages"
    page: Page | None = None


@dataclass(eq=False)
class Page(Place):
    tasks: dict[str, tuple[str, ...]] = field(default_factory=dict)  # person's id → what they may do
    instagram: Account | None = None


@dataclass(eq=False)
class Token:
    """`kind`: user, page, instagram; `dead`: the subcode under which it is refused."""

    value: str
    kind: str
    scopes: set[str]
    issued_at: float
    person: Person | None = None
    expires_at: float = 0.0
    data_until: float = 0.0
    page: Page | None = None
    account: Account | None = None
    pages: set[str] | None = None  # the pages that the person showed us; None: all
    short: bool = False
    dead: int = 0


@dataclass(eq=False)
class Code:
    value: str
    redirect_uri: str
    expires_at: float
    scopes: set[str]
    person: Person | None = None
    account: Account | None = None
    pages: set[str] | None = None
    used: bool = False


@dataclass(eq=False)
class Message:
    """What our app sent and Meta took."""

    place: Place
    to: str
    id: str
    body: dict[str, Any]
    at: float
    content: bytes = b""  # of the attachment, as it was fetched from us

    @property
    def text(self) -> str:
        return str(self.body["message"].get("text") or "")


@dataclass(eq=False)
class Subscription:
    """The app's half: where events of an object go."""

    url: str
    fields: set[str]
    verify_token: str


@dataclass
class Post:
    """A webhook and how it was answered; None: nobody did."""

    object: str
    body: bytes
    status: int | None


@dataclass
class Fault:
    """`how`: see `Meta.fail`."""

    path: str
    how: str
    answer: dict[str, Any]
