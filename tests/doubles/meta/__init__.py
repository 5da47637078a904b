"""Meta on loopback: the Graph API of Facebook and Instagram, their dialogs, and signed webhooks, with their rules.

Calls come in over HTTP exactly as to the real hosts, which are the first part of the path here (`settings()` has the
addresses); a test pulls the strings as methods: a person consents, a customer writes, a token dies, something fails on
order. `python -m tests.doubles.meta` runs it by hand with a page for the strings.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import itertools
import json
import secrets
import threading
import time
import urllib.parse
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import ThreadingHTTPServer
from typing import Any

from tests.doubles.meta import calls, consent, events, wire
from tests.doubles.meta.customers import Customers
from tests.doubles.meta.wire import Asked, Refusal
from tests.doubles.meta.world import (
    ALL_TASKS,
    DAY,
    FACEBOOK_SCOPES,
    INSTAGRAM_SCOPES,
    Account,
    Code,
    Fault,
    Message,
    Page,
    Person,
    Place,
    Post,
    Subscription,
    Token,
)

__all__ = ["Account", "Message", "Meta", "Page", "Person", "Place", "running"]


class Meta(Customers):
    """`sent` is what was accepted, `posts` every webhook with its answer, `calls` how often what was called.

    `auto`: what is sent is echoed, delivered and read by itself, for trying by hand.
    """

    def __init__(self, *, port: int = 0, clock: Callable[[], float] = time.time, auto: bool = False) -> None:
        self.clock, self.auto = clock, auto
        self.app_id, self.secrets = "1000200030004000", ["meta-app-secret-0123456789abcdef"]
        self.instagram_app_id, self.instagram_secret = "5000600070008000", "instagram-app-secret-0123456789"
        self.verify_token = "our-own-verify-token"
        self.redirect_uris: set[str] = set()
        self.release, self.lock = threading.Event(), threading.RLock()
        self.people: dict[str, Person] = {}
        self.pages: dict[str, Page] = {}
        self.accounts: dict[str, Account] = {}
        self.tokens: dict[str, Token] = {}
        self.codes: dict[str, Code] = {}
        self.subscriptions: dict[str, Subscription] = {}
        self.files: dict[str, tuple[bytes, str]] = {}
        self.sent: list[Message] = []
        self.actions: list[tuple[str, str, str]] = []
        self.shown: list[tuple[str, str]] = []  # what each customer saw, in order: "message", "typing_on" …
        self.slow_actions = 0.0  # seconds until typing and read marks are shown
        self.posts: list[Post] = []
        self.calls: Counter[str] = Counter()
        self.faults: list[Fault] = []
        self.batch: list[tuple[Place, dict[str, Any], str]] | None = None
        self.usage: dict[str, str] = {}  # headers of the next accepted messages
        self.page_size, self.flat_token_answer = 100, False
        self._numbers = itertools.count(1)
        self._server = ThreadingHTTPServer(("127.0.0.1", port), wire.handler(self))
        self._server.daemon_threads = True
        self.port: int = self._server.server_address[1]
        self.origin = f"http://127.0.0.1:{self.port}"

    def settings(self) -> dict[str, str]:
        """The operator's settings that lead here."""
        return {
            "META_APP_ID": self.app_id,
            "META_APP_SECRET": ",".join(self.secrets),
            "META_VERIFY_TOKEN": self.verify_token,
            "META_GRAPH_URL": f"{self.origin}/graph.facebook.com",
            "META_DIALOG_URL": f"{self.origin}/www.facebook.com",
            "INSTAGRAM_APP_ID": self.instagram_app_id,
            "INSTAGRAM_APP_SECRET": self.instagram_secret,
            "INSTAGRAM_GRAPH_URL": f"{self.origin}/graph.instagram.com",
            "INSTAGRAM_DIALOG_URL": f"{self.origin}/www.instagram.com",
            "INSTAGRAM_TOKEN_URL": f"{self.origin}/api.instagram.com",
        }

    def start(self) -> None:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        self.release.set()
        self._server.shutdown()
        self._server.server_close()

    # What exists.

    def add_person(self, name: str = "Olena Koval") -> Person:
        person = Person(id=f"10{next(self._numbers):013}", name=name)
        self.people[person.id] = person
        return person

    def add_page(self, owner: Person, name: str = "Bakery", *, tasks: tuple[str, ...] = ALL_TASKS) -> Page:
        page = Page(id=f"11{next(self._numbers):013}", name=name, tasks={owner.id: tasks})
        self.pages[page.id] = page
        return page

    def add_account(self, username: str = "bakery.kyiv", *, page: Page | None = None, **fields: Any) -> Account:
        """An Instagram account, linked to the page if there is one."""
        number = next(self._numbers)
        account = Account(id=f"1784{number:013}", name=username, app_scoped_id=f"25{number:013}", page=page, **fields)
        self.accounts[account.id] = account
        if page is not None:
            page.instagram = account
        return account

    def subscribe(self, name: str, url: str) -> None:
        """The app's half of a subscription as the operator makes it in Meta's dashboard; asks the URL at once."""
        assert self.shake_hands(url, self.verify_token), f"{url} does not answer the handshake"
        self.subscriptions[name] = Subscription(url, set(), self.verify_token)

    def subscribe_by_hand(self, place: Page | Account) -> None:
        """Our app gets everything of this page or account."""
        known = calls.PAGE_FIELDS if isinstance(place, Page) else calls.INSTAGRAM_FIELDS
        place.fields = set(known)

    def keep_file(self, content: bytes, mime: str, name: str = "file") -> str:
        """Where it can be fetched from us, until `forget_files`."""
        key = secrets.token_hex(8)
        self.files[key] = content, mime
        return f"{self.origin}/files/{key}/{name}?oe={int(self.clock()) + 86_400:x}"

    def forget_files(self) -> None:
        """All links to files run out."""
        self.files.clear()

    # Logging in.

    def consent(self, url: str, who: Person | Account, **how: Any) -> str:
        """Somebody decides in the dialog at `url`; returns the way back. `decline`, `pages`, `deny`."""
        with urllib.request.urlopen(url, timeout=10) as shown:  # the dialog refuses what it would not show
            assert shown.status == 200
        return consent.decide(self, consent.query_of(url), who=who, **how)

    def issue(self, kind: str, **fields: Any) -> Token:
        prefix = {"user": "EAAU", "page": "EAAP", "instagram": "IGAA"}[kind]
        token = Token(value=prefix + secrets.token_urlsafe(60), kind=kind, issued_at=self.clock(), **fields)
        self.tokens[token.value] = token
        return token

    def page_token(self, user: Token, page: Page) -> Token:
        """From a long-lived user token it does not expire, but the access to data does."""
        known = [t for t in self.tokens.values() if t.page is page and t.person is user.person and not t.dead]
        if known and not user.short:
            known[0].scopes, known[0].data_until = user.scopes, user.data_until
            return known[0]
        until = user.expires_at if user.short else 0.0
        data_until = user.data_until
        return self.issue(
            "page", person=user.person, page=page, scopes=user.scopes, expires_at=until, data_until=data_until
        )

    def live_token(self, value: str) -> Token:
        token = self.tokens.get(value)
        if token is None:
            raise Refusal(190, "Invalid OAuth access token - Cannot parse access token")
        if subcode := self.trouble_of(token):
            raise Refusal(190, "Error validating access token", subcode)
        return token

    def trouble_of(self, token: Token) -> int:
        if token.page is not None and token.person is not None and token.person.id not in token.page.tasks:
            return 492
        return token.dead or (463 if token.expires_at and token.expires_at <= self.clock() else 0)

    def authorise(self, asked: Asked, by: str) -> None:
        asked.token = self.live_token(asked.token_value)
        if asked.token.kind != by:
            raise Refusal(190, f"A {by} access token is required to request this resource.", 467)
        proof = asked.given.get("appsecret_proof")
        fits = {hmac.new(s.encode(), asked.token_value.encode(), hashlib.sha256).hexdigest() for s in self.secrets}
        if by != "instagram" and proof not in fits:
            raise Refusal(100, "API calls from the server require an appsecret_proof argument")

    def need_app_token(self, asked: Asked) -> None:
        if asked.token_value not in {f"{self.app_id}|{secret}" for secret in self.secrets}:
            raise Refusal(190, "Invalid OAuth access token signature.")

    def own_page_token(self, person: Person, page: Page) -> str:
        """As a login with all permissions would bring it."""
        now = self.clock()
        user = self.issue(
            "user", person=person, scopes=set(FACEBOOK_SCOPES), expires_at=now + 60 * DAY, data_until=now + 90 * DAY
        )
        return self.page_token(user, page).value

    def own_account_token(self, account: Account) -> str:
        """As Instagram's own login would bring it."""
        scopes, until = set(INSTAGRAM_SCOPES), self.clock() + 60 * DAY
        return self.issue("instagram", account=account, scopes=scopes, expires_at=until).value

    # How logins end.

    def kill_tokens(self, of: Person | Account, subcode: int = 460) -> None:
        """Of a person with all their pages, or of an account. 460: password changed, 458: app removed …"""
        for token in self.tokens.values():
            if of in (token.person, token.account):
                token.dead = subcode

    def deauthorize(self, url: str, of: Person | Account) -> int | None:
        """The person removes our app in their settings."""
        self.kill_tokens(of, 458)
        return events.form(url, {"signed_request": self.signed_request(of)})[0]

    def ask_for_deletion(self, url: str, of: Person | Account) -> dict[str, Any]:
        _status, body = events.form(url, {"signed_request": self.signed_request(of)})
        return dict(json.loads(body))

    def signed_request(self, of: Person | Account) -> str:
        own = isinstance(of, Account)
        said = {
            "algorithm": "HMAC-SHA256",
            "issued_at": int(self.clock()),
            "user_id": of.app_scoped_id if isinstance(of, Account) else of.id,
        }
        payload = _encoded(json.dumps(said).encode())
        secret = self.instagram_secret if own else self.secrets[0]
        return f"{_encoded(hmac.new(secret.encode(), payload.encode(), hashlib.sha256).digest())}.{payload}"

    def shake_hands(self, url: str, token: str) -> bool:
        challenge = str(secrets.randbelow(10**9))
        query = urllib.parse.urlencode({"hub.mode": "subscribe", "hub.verify_token": token, "hub.challenge": challenge})
        status, body = events.call(urllib.request.Request(f"{url}?{query}"))
        return status == 200 and body == challenge.encode()

    # Trouble on order.

    def fail(self, path: str, how: str, *, times: int = 1, **answer: Any) -> None:
        """The next calls whose method and path contain `path` go wrong ("/actions": typing and read marks).

        `how`: "error" (`error`: code, message, subcode; `headers`), a number (that status, and a page of HTML), "hang",
        "reset", "accept+hang", "accept+reset", "accept+500".
        """
        self.faults += [Fault(path=path, how=how, answer=answer) for _ in range(times)]

    def take_fault(self, path: str) -> Fault | None:
        with self.lock:
            found = next((fault for fault in self.faults if fault.path in path), None)
            if found is not None:
                self.faults.remove(found)
            return found


def _encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


@contextmanager
def running(**options: Any) -> Iterator[Meta]:
    double = Meta(**options)
    double.start()
    try:
        yield double
    finally:
        double.stop()
