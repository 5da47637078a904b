"""`manage`: Django's commands on the product's data, while it runs and while it does not."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from happ_project.supervisor import places, processes

SETTINGS = {"DATABASE_URL", "REDIS_URL", "SECRET_KEY", "HAPP_ENCRYPTION_KEYS", "HAPP_DATA_DIR"}
SUPERVISOR = [sys.executable, "-m", "happ_project.supervisor"]
ASK = ["shell", "-v", "0", "-c", "from django.db import connection as c; c.ensure_connection(); print(c.is_usable())"]


@pytest.fixture
def data() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="happ-test-") as name:
        Path(name).chmod(0o711)
        yield Path(name) / "data"


def bare() -> dict[str, str]:
    return {key: value for key, value in os.environ.items() if key not in SETTINGS}


def run(*command: str, **given: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(command, env={**bare(), **given}, capture_output=True, text=True, timeout=90)


def test_without_settings_it_says_which_are_missing_and_how_to_have_the_products() -> None:
    done = run(sys.executable, str(places.PROJECT / "manage.py"), "createsuperuser")

    assert done.returncode == 1
    assert "SECRET_KEY is not set." in done.stderr
    assert 'make manage ARGS="createsuperuser"' in done.stderr
    assert "Traceback" not in done.stderr


def test_before_the_first_start_it_says_so(data: Path) -> None:
    done = run(*SUPERVISOR, "manage", "createsuperuser", HAPP_DATA_DIR=str(data))

    assert done.returncode == 1
    assert "start Happ once" in done.stderr
    assert not data.exists()


def test_it_works_on_the_data_whether_their_servers_run_or_not(data: Path) -> None:
    made = run(*SUPERVISOR, "exec", "--data", str(data), "--", "true")
    assert made.returncode == 0, made.stderr

    alone = run(*SUPERVISOR, "manage", *ASK, HAPP_DATA_DIR=str(data))
    assert (alone.returncode, alone.stdout.strip()) == (0, "True"), alone.stderr

    held = [*SUPERVISOR, "exec", "--data", str(data), "--", "cat"]
    holder = subprocess.Popen(held, env=bare(), stdin=subprocess.PIPE)
    try:
        sockets = data / "run"
        assert processes.wait_until(lambda: any(sockets.glob(".s.PGSQL.*")), seconds=30)
        beside = run(*SUPERVISOR, "manage", *ASK, HAPP_DATA_DIR=str(data))
        assert (beside.returncode, beside.stdout.strip()) == (0, "True"), beside.stderr
        assert holder.poll() is None, "whoever holds the data goes on"
    finally:
        holder.communicate(timeout=30)
