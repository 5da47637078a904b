"""What every test gets: no network but this machine's, and the cast.

Alice owns the company, Bob is a member of it, Charlie is a stranger who owns another one.
"""

import faulthandler
import ipaddress
import socket
import sys
from collections.abc import Iterator
from typing import Any
from zlib import crc32

import pytest
from django.apps import apps
from django.db import connection
from django.test import TransactionTestCase
from django.utils import translation

from happ_project.companies.models import Company, User
from happ_project.core import health, leases, tenancy
from tests import factories

_END_SECONDS = 60


def pytest_unconfigure() -> None:
    """A thread that never ends would keep the finished tests from ending: show where it hangs, and fail."""
    faulthandler.dump_traceback_later(_END_SECONDS, exit=True, file=sys.__stderr__)


class NetworkForbidden(RuntimeError):
    """A test tried to reach another machine."""


def _is_here(host: Any) -> bool:
    if host in (None, "", "localhost", b"localhost"):
        return True
    try:
        address = ipaddress.ip_address(host.decode() if isinstance(host, bytes) else host)
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


@pytest.fixture(autouse=True, scope="session")
def _only_this_machine() -> Iterator[None]:
    """Refuse connections and look-ups that leave this machine; unix sockets and loopback stay."""
    connect, connect_ex, getaddrinfo = socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo

    def check(sock: socket.socket, address: Any) -> None:
        if sock.family in (socket.AF_INET, socket.AF_INET6) and not _is_here(address[0]):
            raise NetworkForbidden(f"a test tried to connect to {address[0]}")

    def guarded_connect(self: socket.socket, address: Any) -> None:
        check(self, address)
        return connect(self, address)

    def guarded_connect_ex(self: socket.socket, address: Any) -> int:
        check(self, address)
        return connect_ex(self, address)

    def guarded_getaddrinfo(host: Any, *args: Any, **kwargs: Any) -> Any:
        if not _is_here(host) and not _is_address(host):
            raise NetworkForbidden(f"a test tried to look up {host}")
        return getaddrinfo(host, *args, **kwargs)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded_connect)
        patch.setattr(socket.socket, "connect_ex", guarded_connect_ex)
        patch.setattr(socket, "getaddrinfo", guarded_getaddrinfo)
        yield


def _is_address(host: Any) -> bool:
    """A number needs no look-up."""
    try:
        ipaddress.ip_address(host.decode() if isinstance(host, bytes) else host)
    except ValueError:
        return False
    return True


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--share", default="0-100", help="from and to which hundredth of the test files: 0-70, 70-100")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    start, end = map(int, config.getoption("--share").split("-"))
    others = {item for item in items if not start <= crc32(item.location[0].encode()) % 100 < end}
    if others:
        config.hook.pytest_deselected(items=list(others))
        items[:] = [item for item in items if item not in others]


_FILLED_BY_MIGRATIONS = ("contenttypes.ContentType", "auth.Permission", "assistants.LlmModel")


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None) -> Iterator[None]:
    """The thread that renews leases asks every three seconds whether it is needed: it ends before the database goes."""
    yield
    leases.keeper.rest()


@pytest.fixture(autouse=True, scope="session")
def _quick_emptying() -> Iterator[None]:
    """After a test that really commits, empty the tables that hold rows; Django would empty all, and fill some anew."""

    def empty(_case: TransactionTestCase) -> None:
        models = [model for model in apps.get_models() if model._meta.label not in _FILLED_BY_MIGRATIONS]
        tables = [connection.ops.quote_name(model._meta.db_table) for model in models if model._meta.managed]
        asks = " UNION ALL ".join(f"(SELECT {i} FROM {table} LIMIT 1)" for i, table in enumerate(tables))
        with connection.cursor() as cursor:
            cursor.execute(asks)
            filled = [tables[row[0]] for row in cursor.fetchall()]
            if filled:
                cursor.execute(f"TRUNCATE {', '.join(filled)} CASCADE")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", empty)
        yield


@pytest.fixture(autouse=True)
def _in_english() -> Iterator[None]:
    """A request in another language leaves it active in its thread, which here is the tests' own."""
    yield
    translation.deactivate()


@pytest.fixture
def alice(db: None) -> User:
    """The owner."""
    return factories.make_user(email="alice@example.com", first_name="Alice")


@pytest.fixture
def company(alice: User) -> Company:
    return factories.make_company(owner=alice, name="Bakery")


@pytest.fixture
def bob(company: Company) -> User:
    """A member."""
    user = factories.make_user(email="bob@example.com", first_name="Bob")
    factories.make_member(company, user=user)
    return user


@pytest.fixture
def charlie(db: None) -> User:
    """A stranger, with a company of his own."""
    user = factories.make_user(email="charlie@example.com", first_name="Charlie")
    factories.make_company(owner=user, name="Florist")
    return user


@pytest.fixture
def in_company(company: Company) -> Iterator[Company]:
    """Inside the scope of Alice's company."""
    with tenancy.company_scope(company):
        yield company


@pytest.fixture
def fresh_limits() -> None:
    """Forget how often anybody did anything: rate limits live in Redis, which no test rolls back."""
    store = health.state_store()
    for key in store.scan_iter("limit:*"):
        store.delete(key)
