"""The fake data-centre itself: listeners, accounts, keys and the test's controls."""

from __future__ import annotations

import asyncio
import base64
import datetime
import logging
import os
import secrets
from collections import defaultdict, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, Self
from urllib.parse import parse_qs, urlsplit

from telethon.crypto import AuthKey
from telethon.crypto import rsa as telethon_rsa
from telethon.sessions import StringSession
from telethon.tl import types
from telethon.tl.tlobject import TLRequest

from .connection import Connection
from .credentials import Authorisation, KeyAddress, LoginCode, LoginToken
from .faults import Outcome, RpcFault
from .files import FileStore
from .handlers import ALL_HANDLERS
from .key_exchange import AUTH_KEY_BYTES, ServerKey
from .post_office import PostOffice
from .rendering import Renderer
from .tl import Result, utcnow
from .two_step import TwoStepPassword
from .world import SERVICE_ACCOUNT_ID, Account, Channel, Group

log = logging.getLogger(__name__)

LOCAL_HOST = "127.0.0.1"
QR_TOKEN_LIFETIME = datetime.timedelta(seconds=30)


@dataclass(frozen=True)
class Call:
    """A request that arrived, for a test to look at."""

    request: TLRequest
    account: Account | None
    connection: Connection


class FakeDataCentre:
    """One fake Telegram, listening on a loopback port for each of its DC numbers.

    Use it as an asynchronous context manager::

        async with FakeDataCentre() as dc:
            alice = dc.add_account("380501112233", "Alice")
            client = TelegramClient(dc.new_session(), 1, "hash")

    ``strict_keys`` enforces Telegram's rule that an auth key lives on one
    connection at a time: a second one kills the key with AUTH_KEY_DUPLICATED.
    ``repeated_random_id`` says what happens to a message sent twice: "refuse" with
    RANDOM_ID_DUPLICATE, or "repeat" the first answer.
    ``difference_limit`` is the longest gap that ``updates.getDifference`` replays, in slices of ``difference_page``.
    ``tells_random_ids``: a difference names the random ids of messages that this account sent (uncertain).
    ``code_ways``: how login codes are sent, the first and what follows: app, sms, call, email, email needed.
    """

    def __init__(
        self,
        *,
        dc_ids: tuple[int, ...] = (2,),
        strict_keys: bool = True,
        repeated_random_id: Literal["refuse", "repeat"] = "refuse",
        difference_limit: int = 10_000,
        difference_page: int = 10_000,
    ) -> None:
        self.dc_ids = dc_ids
        self.strict_keys = strict_keys
        self.repeated_random_id = repeated_random_id
        self.difference_limit = difference_limit
        self.difference_page = difference_page
        self.tells_random_ids = False
        self.code_ways: Sequence[str] = ("app", "sms", "call")

        self.server_key = ServerKey.shared()
        self.ports: dict[int, int] = {}
        self.keys: dict[KeyAddress, AuthKey] = {}
        self.authorisations: dict[KeyAddress, Authorisation] = {}
        self.login_codes: dict[str, LoginCode] = {}
        self.login_tokens: dict[bytes, LoginToken] = {}
        self.connections: set[Connection] = set()

        self.calls: list[Call] = []
        self.failures: list[BaseException] = []
        """Mistakes of clients or of this package; a test should see none."""
        self.spoiled_keys: Iterator[bool] = iter(())  # for each key agreed on, whether clients cannot use it

        self.files = FileStore()
        self.post = PostOffice(Renderer(self.files))
        self.groups: list[Group] = []
        self.channels: list[Channel] = []
        self.accounts: list[Account] = []
        self.service_account = self._register(Account(SERVICE_ACCOUNT_ID, "42777", "Telegram", "telegram", dc_ids[0]))
        self._servers: list[asyncio.Server] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._scripts: dict[tuple[type[TLRequest], Account | None], deque[Outcome]] = defaultdict(deque)
        self._handlers = {
            request_type: handler for group in ALL_HANDLERS for request_type, handler in group(self).table().items()
        }

    # --- life ------------------------------------------------------------------

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_exc_info: object) -> None:
        await self.stop()

    async def start(self, ports: dict[int, int] | None = None) -> None:
        """Listen on the given ports (default: free ones) and make Telethon trust us.

        A client in another process has to trust ``public_key`` by itself:
        ``telethon.crypto.rsa.add_key(pem, old=False)``.
        """
        telethon_rsa.add_key(self.public_key, old=False)
        for dc_id in self.dc_ids:

            async def serve(
                reader: asyncio.StreamReader,
                writer: asyncio.StreamWriter,
                dc_id: int = dc_id,
            ) -> None:
                connection = Connection(self, dc_id, reader, writer)
                self.connections.add(connection)
                task = asyncio.create_task(connection.serve())
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)

            port = (ports or {}).get(dc_id, 0)
            server = await asyncio.start_server(serve, LOCAL_HOST, port)
            self._servers.append(server)
            self.ports[dc_id] = server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        for server in self._servers:
            server.close()
        for connection in list(self.connections):
            connection.close()
        await asyncio.gather(*self._tasks)
        for server in self._servers:
            await server.wait_closed()
        self._servers.clear()

    @property
    def public_key(self) -> bytes:
        """The RSA public key, PKCS#1 PEM."""
        return self.server_key.pem

    # --- people ----------------------------------------------------------------

    def add_account(
        self,
        phone: str,
        first_name: str,
        *,
        username: str | None = None,
        password: str | None = None,
        home_dc: int | None = None,
        is_bot: bool = False,
    ) -> Account:
        return self._register(
            Account(
                id=1000 + len(self.accounts),
                phone=phone.lstrip("+"),
                first_name=first_name,
                username=username or first_name.lower(),
                home_dc=home_dc or self.dc_ids[0],
                password=TwoStepPassword(password) if password else None,
                is_bot=is_bot,
            )
        )

    def add_group(self, title: str, *members: Account) -> Group:
        group = Group(5000 + len(self.groups), title, members[0], list(members))
        self.groups.append(group)
        return group

    def add_channel(self, title: str, *members: Account, broadcast: bool = False) -> Channel:
        """A supergroup, or with ``broadcast`` a channel."""
        channel = Channel(9000 + len(self.channels), title, members[0], list(members), broadcast)
        self.channels.append(channel)
        return channel

    def find_channel(self, channel_id: int) -> Channel | None:
        return next((c for c in self.channels if c.id == channel_id), None)

    def find_account(self, account_id: int) -> Account | None:
        return next((a for a in self.accounts if a.id == account_id), None)

    def find_account_by_phone(self, phone: str) -> Account | None:
        return next((a for a in self.accounts if a.phone == phone), None)

    def find_group(self, group_id: int) -> Group | None:
        return next((g for g in self.groups if g.id == group_id), None)

    # --- sessions for clients --------------------------------------------------

    def new_session(self, dc_id: int | None = None) -> StringSession:
        """An empty session that points here; the client has to log in."""
        session = StringSession()
        number = dc_id or self.dc_ids[0]
        session.set_dc(number, LOCAL_HOST, self.ports[number])
        return session

    def logged_in_session(self, account: Account) -> StringSession:
        """A session already logged in, without the cost of a key exchange."""
        session = self.new_session(account.home_dc)
        first = bytes([secrets.randbelow(255) + 1])  # never zero, see KeyExchange
        session.auth_key = AuthKey(first + os.urandom(AUTH_KEY_BYTES - 1))
        address = account.home_dc, session.auth_key.key_id
        self.keys[address] = session.auth_key
        self.authorisations[address] = Authorisation(account)
        return session

    # --- login, for tests ------------------------------------------------------

    def code_for(self, phone: str) -> str:
        """The login code last sent to this number."""
        return self.login_codes[phone.lstrip("+")].code

    def expire_code(self, phone: str) -> None:
        self.login_codes.pop(phone.lstrip("+"), None)

    def scan_qr(self, url: str, account: Account) -> None:
        """Do what the account's phone does with a ``tg://login?token=...`` code."""
        (token,) = parse_qs(urlsplit(url).query)["token"]
        value = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
        self.accept_login_token(value, account)

    # --- trouble, for tests ----------------------------------------------------

    def script(
        self,
        request_type: type[TLRequest],
        *outcomes: Outcome,
        account: Account | None = None,
    ) -> None:
        """Let the next requests of this type end so, one outcome for each.

        With ``account`` only that account's requests count.
        """
        self._scripts[request_type, account].extend(outcomes)

    def end_sessions(self, account: Account, code: int = 401, text: str = "SESSION_REVOKED") -> None:
        """From now on every request of the account's sessions is refused so."""
        for authorisation in self.authorisations.values():
            if authorisation.account is account:
                authorisation.refusal = RpcFault(code, text)

    def forget_keys(self, account: Account) -> None:
        """Answer -404 from now on, as if the keys had never existed."""
        for address, authorisation in list(self.authorisations.items()):
            if authorisation.account is account:
                del self.authorisations[address], self.keys[address]

    def drop_connections(self, account: Account) -> None:
        for connection in list(account.connections):
            connection.close()

    def poke(self, account: Account) -> None:
        """Push ``updatesTooLong``: clients answer with ``updates.getDifference``."""
        for connection in list(account.connections):
            connection.push(types.UpdatesTooLong())

    def count(self, request_type: type[TLRequest]) -> int:
        return sum(isinstance(call.request, request_type) for call in self.calls)

    # --- for Connection and Handlers -------------------------------------------

    def dc_options(self) -> list[types.TypeDcOption]:
        return [types.DcOption(id=dc_id, ip_address=LOCAL_HOST, port=port) for dc_id, port in self.ports.items()]

    def carry_out(self, connection: Connection, request: TLRequest) -> Result:
        handler = self._handlers.get(type(request))
        if handler is None:
            log.warning("the fake data-centre lacks %s", type(request).__name__)
            raise RpcFault(400, f"FAKE_DC_LACKS_{type(request).__name__.upper()}")
        return handler(connection, request)

    def next_outcome(self, connection: Connection, request: TLRequest) -> Outcome | None:
        """Note the call; say how it has to end if not normally."""
        authorisation = self._authorisation(connection)
        account = authorisation.account if authorisation else None
        self.calls.append(Call(request, account, connection))
        if authorisation and authorisation.refusal:
            return authorisation.refusal
        for whose in (account, None):
            if outcomes := self._scripts.get((type(request), whose)):
                return outcomes.popleft()
        return None

    def note_activity(self, connection: Connection) -> None:
        """Subscribe the connection to updates and apply the one-connection rule."""
        authorisation = self._authorisation(connection)
        if authorisation is None:
            return
        if self.strict_keys and any(
            other is not connection and other.key is connection.key and other.dc_id == connection.dc_id
            for other in self.connections
        ):
            authorisation.refusal = RpcFault(406, "AUTH_KEY_DUPLICATED")
        if authorisation.refusal:
            authorisation.account.connections.discard(connection)
        elif not authorisation.password_pending:
            authorisation.account.connections.add(connection)

    def account_for(self, connection: Connection, *, password_pending: bool = False) -> Account:
        """Who is logged in there? With ``password_pending`` half a login will do."""
        authorisation = self._authorisation(connection)
        if authorisation is None:
            raise RpcFault(401, "AUTH_KEY_UNREGISTERED")
        if authorisation.password_pending and not password_pending:
            raise RpcFault(401, "SESSION_PASSWORD_NEEDED")
        return authorisation.account

    def authorise(
        self,
        connection: Connection,
        account: Account,
        *,
        password_pending: bool = False,
    ) -> None:
        address = self._address(connection)
        self.authorisations[address] = Authorisation(account, password_pending)
        self.note_activity(connection)

    def forget_authorisation(self, connection: Connection) -> None:
        self.authorisations.pop(self._address(connection), None)
        for account in self.accounts:
            account.connections.discard(connection)

    def sessions_of(self, account: Account) -> int:
        """How many devices are logged in: what the owner sees under Devices."""
        return sum(
            found.account is account and not found.password_pending and not found.refusal
            for found in self.authorisations.values()
        )

    def is_logged_in(self, account: Account) -> bool:
        return any(
            authorisation.account is account and not authorisation.password_pending
            for authorisation in self.authorisations.values()
        )

    def new_login_code(self, phone: str) -> LoginCode:
        code = self.login_codes[phone] = LoginCode.make(self.code_ways)
        return code

    def new_login_token(self, connection: Connection) -> LoginToken:
        value, expires = secrets.token_bytes(32), utcnow() + QR_TOKEN_LIFETIME
        token = LoginToken(value, expires, self._address(connection))
        self.login_tokens[value] = token
        return token

    def login_token_of(self, connection: Connection) -> LoginToken | None:
        """The accepted token that this connection exported, else its newest."""
        address = self._address(connection)
        own = [token for token in self.login_tokens.values() if token.key == address]
        accepted = [token for token in own if token.account]
        return next(reversed(accepted or own), None)

    def accept_login_token(self, value: bytes, account: Account) -> None:
        token = self.login_tokens.get(value)
        if token is None:
            raise RpcFault(400, "AUTH_TOKEN_INVALIDX")
        if token.expires < utcnow():
            raise RpcFault(400, "AUTH_TOKEN_EXPIRED")
        token.account = account
        update = types.UpdateShort(types.UpdateLoginToken(), utcnow())
        for connection in self.connections:
            if connection.key and self._address(connection) == token.key:
                connection.push(update)

    # --- helpers ---------------------------------------------------------------

    def _register(self, account: Account) -> Account:
        self.accounts.append(account)
        return account

    def _address(self, connection: Connection) -> KeyAddress:
        assert connection.key is not None
        return connection.dc_id, connection.key.key_id

    def _authorisation(self, connection: Connection) -> Authorisation | None:
        return self.authorisations.get(self._address(connection))
