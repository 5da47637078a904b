"""The webhooks that the double posts, in the form of Meta's, signed as Meta signs them."""

from __future__ import annotations

import hashlib
import hmac
import json
import urllib.error
import urllib.parse
import urllib.request
from typing import TYPE_CHECKING, Any

from tests.doubles.meta.world import HOUR, Account, Place, Post

if TYPE_CHECKING:
    from tests.doubles.meta import Meta

# under which subscription field an item of `messaging` comes: on a page, and on Instagram
_FIELDS = {
    "message": ("messages", "messages"), "echo": ("message_echoes", "messages"),
    "postback": ("messaging_postbacks", "messaging_postbacks"), "read": ("message_reads", "messaging_seen"),
    "delivery": ("message_deliveries", ""), "reaction": ("message_reactions", "message_reactions"),
    "message_edit": ("message_edits", "messages"), "referral": ("messaging_referrals", "messages"),
    "policy_enforcement": ("messages", ""),
}  # fmt: skip


def sign(body: bytes, secret: str) -> str:
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def emit(double: Meta, place: Place, item: dict[str, Any], *, repeats: int = 1, standby: bool = False) -> None:
    """Tell our app of something, if it subscribed to it; a batch that is being collected takes it up."""
    if not is_subscribed(double, place, item):
        return
    event = (place, item, "standby" if standby or place.thread_owner else "messaging")
    if double.batch is not None:
        double.batch += [event] * repeats
        return
    for _ in range(repeats):
        post(double, [event])


def is_subscribed(double: Meta, place: Place, item: dict[str, Any]) -> bool:
    """A page's own fields count; for Instagram behind a page those of the app, if the page has it."""
    name = next(key for key in item if key not in ("sender", "recipient", "timestamp"))
    if name == "message" and item["message"].get("is_echo"):
        name = "echo"
    on_page, on_instagram = _FIELDS[name]
    if not isinstance(place, Account):
        return on_page in (place.fields or ())
    if place.fields is not None:
        return on_instagram in place.fields
    made = double.subscriptions.get("instagram")
    behind = place.page is not None and place.page.fields is not None
    return bool(behind and made and on_instagram and (not made.fields or on_instagram in made.fields))


def post(double: Meta, events: list[tuple[Place, dict[str, Any], str]]) -> None:
    """One body per object; entries of several pages and several events of one ride together."""
    for name in ("page", "instagram"):
        chosen = [event for event in events if isinstance(event[0], Account) == (name == "instagram")]
        made = double.subscriptions.get(name)
        if not chosen or made is None:
            continue
        entries: list[dict[str, Any]] = []
        for place in dict.fromkeys(event[0] for event in chosen):
            entry: dict[str, Any] = {"id": place.id, "time": int(double.clock() * 1000)}
            for each, item, kind in chosen:
                if each is place:
                    entry.setdefault(kind, []).append(item)
            entries.append(entry)
        # Meta writes what is not ASCII as \uXXXX, and signs that
        body = json.dumps({"object": name, "entry": entries}).encode()
        own = any(isinstance(place, Account) and place.fields is not None for place, _item, _kind in chosen)
        status = deliver(double, made.url, body, secret=double.instagram_secret if own else double.secrets[0])
        double.posts.append(Post(name, body, status))
        for place in dict.fromkeys(event[0] for event in chosen):
            _note(double, place, answered=status == 200)


def _note(double: Meta, place: Place, *, answered: bool) -> None:
    """After an hour without a 200 the app is taken off the page, and nobody but an alert tells it."""
    holder = place.page if isinstance(place, Account) and place.fields is None and place.page else place
    if answered:
        holder.failing_since = None
        return
    holder.failing_since = holder.failing_since or double.clock()
    if double.clock() - holder.failing_since >= HOUR:
        holder.fields, holder.failing_since = None, None


def deliver(double: Meta, url: str, body: bytes, *, secret: str) -> int | None:
    headers = {"Content-Type": "application/json", "X-Hub-Signature-256": sign(body, secret)}
    return call(urllib.request.Request(url, body, headers))[0]


def call(request: urllib.request.Request) -> tuple[int | None, bytes]:
    """Status and body of the answer; None if there was none."""
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return int(answer.status), answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()
    except OSError:
        return None, b""


def form(url: str, fields: dict[str, str]) -> tuple[int | None, bytes]:
    return call(urllib.request.Request(url, urllib.parse.urlencode(fields).encode()))
