"""Runners as processes: killed without a word, and stopped in a deploy."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.db import connection

from conversations.services import outbound
from messengers.models import Delivery, SessionLease, SessionState
from tests.doubles.telegram import Account, Running
from tests.sessions.conftest import Line, until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

ROOT = Path(__file__).parents[2]
Start = Callable[[], "subprocess.Popen[bytes]"]


@pytest.fixture
def start(telegram: Running) -> Iterator[Start]:
    """A session runner on the test's database, with short leases."""
    parts = urlsplit(os.environ["DATABASE_URL"])
    database = urlunsplit(parts._replace(path=f"/{connection.settings_dict['NAME']}"))
    settings = {name: str(value) for name, value in telegram.settings.items()}
    ours = {"DATABASE_URL": database, "DJANGO_SETTINGS_MODULE": "happ_project.settings"}
    environment = {**os.environ, **settings, **ours}
    made: list[subprocess.Popen[bytes]] = []

    def run() -> subprocess.Popen[bytes]:
        command = [sys.executable, "manage.py", "run_sessions", "--lease", "3"]
        made.append(subprocess.Popen(command, cwd=ROOT, env=environment))
        return made[-1]

    yield run
    for process in made:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        process.wait(30)


def is_connected(telegram: Running, line: Line) -> bool:
    return bool(telegram.do(lambda dc: len(line.owner.connections)))


def holder(line: Line) -> str:
    return line.ask(lambda: SessionLease.objects.values_list("holder", flat=True).first() or "")


def test_a_killed_runners_account_is_taken_over_and_nothing_is_missed(
    line: Line, telegram: Running, bob: Account, start: Start
) -> None:
    first, second = start(), start()
    until(lambda: line.ask(SessionState.objects.exists), seconds=40)
    telegram.do(lambda dc: dc.post.send(bob, line.owner, "before"))
    until(lambda: line.texts() == ["before"], seconds=20)
    dead = first if f":{first.pid}:" in holder(line) else second

    dead.kill()
    telegram.until(lambda dc: not line.owner.connections, seconds=20)
    telegram.do(lambda dc: dc.post.send(bob, line.owner, "in the dark"))
    with line.scope():
        outbound.send(line.chat(), text="an answer meanwhile", source="AI")

    until(lambda: is_connected(telegram, line), seconds=20)
    until(lambda: line.ask(lambda: Delivery.objects.get().status) == "sent", seconds=20)
    until(lambda: "in the dark" in line.texts(), seconds=20)
    said = [copy.message.text for copy in bob.mailbox.copies.values()]
    assert sorted(said) == ["an answer meanwhile", "before", "in the dark"]
    assert sorted(line.texts()) == ["an answer meanwhile", "before", "in the dark"]
    assert telegram.dc.sessions_of(line.owner) == 1


def test_a_deploy_hands_the_account_over_within_seconds(
    line: Line, telegram: Running, bob: Account, start: Start
) -> None:
    old = start()
    until(lambda: is_connected(telegram, line), seconds=40)
    before: Any = holder(line)

    new = start()
    old.send_signal(signal.SIGTERM)
    assert old.wait(20) == 0
    until(lambda: f":{new.pid}:" in holder(line), seconds=40)
    telegram.do(lambda dc: dc.post.send(bob, line.owner, "hello"))

    until(lambda: line.texts() == ["hello"], seconds=20)
    assert holder(line) != before
    assert telegram.dc.sessions_of(line.owner) == 1
