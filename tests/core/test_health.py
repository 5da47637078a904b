"""`/healthz` and the heartbeats behind it."""

from collections.abc import Iterator
from typing import Any

import pytest
import redis
from django.db import OperationalError, connection
from django.test import Client

from happ_project.companies.models import Mail
from happ_project.core import health
from tests import factories


@pytest.fixture(autouse=True)
def _no_heartbeats(settings: Any) -> Iterator[None]:
    settings.EXPECTED_ROLES = ["web", "dispatcher"]
    store = health.state_store()
    store.delete("heartbeat:web", "heartbeat:dispatcher")
    health._looked = (0.0, [])
    yield
    store.delete("heartbeat:web", "heartbeat:dispatcher")


def test_it_names_the_part_that_is_missing(client: Client, db: None) -> None:
    health.state_store().set("heartbeat:web", "1", ex=60)

    answer = client.get("/healthz")

    assert answer.status_code == 503
    assert answer.json() == {
        "ready": False,
        "parts": {"database": True, "redis": True, "web": True, "dispatcher": False},
        "waiting": [],
    }


def test_it_is_ready_when_everything_is(client: Client, db: None) -> None:
    for role in ("web", "dispatcher"):
        health.state_store().set(f"heartbeat:{role}", "1", ex=60)

    answer = client.get("/healthz")

    assert (answer.status_code, answer.json()["ready"]) == (200, True)


def test_a_heartbeat_ends_with_its_process() -> None:
    health.start_heartbeat("somebody")

    for _ in range(1000):
        if health.state_store().exists("heartbeat:somebody"):
            break
    assert 0 < health.state_store().ttl("heartbeat:somebody") <= 8


def test_without_a_database_it_says_so(client: Client, db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(*args: Any) -> None:
        raise OperationalError("gone")

    monkeypatch.setattr(health, "_migrated", True)
    with monkeypatch.context() as patch:
        patch.setattr(connection, "cursor", gone)
        answer = client.get("/healthz")

    assert (answer.status_code, answer.json()["parts"]["database"]) == (503, False)


def test_without_redis_it_says_so(client: Client, db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    nobody = redis.Redis.from_url("unix:///nowhere/redis.sock")
    monkeypatch.setattr(health, "state_store", lambda: nobody)

    answer = client.get("/healthz")

    assert (answer.status_code, answer.json()["parts"]["redis"]) == (503, False)


def test_tables_that_are_not_migrated_are_not_ready(client: Client, db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "_migrated", False)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'conversations'")

    assert client.get("/healthz").json()["parts"]["database"] is False


def test_a_mail_that_does_not_leave_is_named_and_makes_nobody_unready(client: Client, db: None) -> None:
    for role in ("web", "dispatcher"):
        health.state_store().set(f"heartbeat:{role}", "1", ex=60)
    Mail.objects.create(
        to="olena@example.com", subject="Hello", letter={}, lane="m", attempts=2, last_error="TimeoutError"
    )

    answer = client.get("/healthz?detail=1")

    assert (answer.status_code, answer.json()["waiting"]) == (200, ["mail"])
    assert "work" not in answer.json(), "figures are for staff"
    client.force_login(factories.make_user(email="staff@happ.test", is_staff=True))
    work = {each["kind"]: each for each in client.get("/healthz?detail=1").json()["work"]}
    assert (work["mail"]["retried"], work["mail"]["lastError"]) == (1, "TimeoutError")
    assert "olena@example.com" not in str(work)


def test_the_start_is_no_error_of_the_log_and_what_breaks_later_is(
    client: Client, db: None, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(health, "_was_ready", False)
    client.get("/healthz")
    assert not caplog.records

    for role in ("web", "dispatcher"):
        health.state_store().set(f"heartbeat:{role}", "1", ex=60)
    client.get("/healthz")
    health.state_store().delete("heartbeat:web")
    client.get("/healthz")
    assert [record.levelname for record in caplog.records] == ["ERROR"]
