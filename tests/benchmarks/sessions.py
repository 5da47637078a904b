"""`python -m tests.benchmarks.sessions`: one session runner with 200 Telegram accounts on a fake data-centre.

Memory for each account, how long it takes to connect them all and to connect them again after the network broke, and
the delay from an update to the stored receipt while 20 of them are busy. Runs on private servers of its own.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.benchmarks.measuring import Report, milliseconds, percentile
from tests.running.product import cpu_seconds, pss_kilobytes

ROOT = Path(__file__).parents[2]
ACCOUNTS, BUSY, SECONDS, PAUSE = 200, 20, 15.0, 0.25


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.sessions", description=__doc__)
    parser.add_argument("--accounts", type=int, default=ACCOUNTS)
    parser.add_argument("--seconds", type=float, default=SECONDS, help="of the busy stretch")
    chosen = parser.parse_args()
    if "DATABASE_URL" not in os.environ:
        command = [sys.executable, "-m", "happ_project.supervisor", "exec", "--", sys.executable, "-m"]
        return subprocess.call([*command, "tests.benchmarks.sessions", *sys.argv[1:]], cwd=ROOT)
    os.environ.setdefault("HAPP_DATA_DIR", tempfile.mkdtemp(prefix="happ-bench-"))
    os.environ["DJANGO_SETTINGS_MODULE"] = "happ_project.settings"
    import django

    django.setup()
    report = Report()
    measure(report, accounts=chosen.accounts, seconds=chosen.seconds)
    print("\n" + report.text())
    return 0


def measure(report: Report, *, accounts: int = ACCOUNTS, seconds: float = SECONDS) -> None:
    """Needs Django set up on an empty database."""
    from django.core.management import call_command

    from tests.doubles.telegram import Running

    call_command("migrate", verbosity=0)
    with Running() as telegram, _runner(telegram) as runner:
        time.sleep(6)
        empty = pss_kilobytes(runner.pid)
        owners = _furnish(telegram, 1)
        _until(lambda: _stored_states() == 1)
        time.sleep(3)
        one = pss_kilobytes(runner.pid)
        began, used = time.monotonic(), cpu_seconds([runner.pid])
        owners += _furnish(telegram, accounts - 1)
        furnished = time.monotonic() - began
        _until(lambda: _stored_states() == accounts, seconds=300)
        connected = time.monotonic() - began
        time.sleep(5)
        each = (pss_kilobytes(runner.pid) - one) / max(accounts - 1, 1)
        report.line("session runner without an account (PSS)", f"{empty / 1024:.0f} MB")
        report.line("with its first account, so with Telethon", f"{one / 1024:.0f} MB")
        report.line(f"each of {accounts} accounts more", f"{each:.0f} KB")
        report.line(f"all {accounts} connected after", f"{connected:.1f} s ({furnished:.1f} s of it to make them)")
        report.line("processor time of the runner for that", f"{cpu_seconds([runner.pid]) - used:.1f} s")
        report.line("all connected again after the network broke", f"{_reconnect(telegram, owners):.1f} s")
        used = cpu_seconds([runner.pid])
        time.sleep(10)
        report.line("processor while all are idle", f"{(cpu_seconds([runner.pid]) - used) * 10:.1f} % of a core")
        used = cpu_seconds([runner.pid])
        delays, missing = _busy(telegram, owners[:BUSY], seconds)
        share = (cpu_seconds([runner.pid]) - used) / seconds * 100
        count = len(delays)
        report.line(f"{BUSY} busy: update to stored receipt", f"{milliseconds(delays, 0.5, 0.95, 0.99, 1)} of {count}")
        report.line("processor of the runner meanwhile", f"{share:.0f} % of a core at {count / seconds:.0f} messages/s")
        report.line("memory at the end (PSS)", f"{pss_kilobytes(runner.pid) / 1024:.0f} MB")
        report.goal("nothing lost, nothing doubled", missing == 0, f"{missing} missing or twice")
        report.goal("p95 of the delay under 500 ms", percentile(delays, 0.95) < 0.5, milliseconds(delays, 0.95))


@contextmanager
def _runner(telegram: Any) -> Iterator[subprocess.Popen[bytes]]:
    settings = {name: str(value) for name, value in telegram.settings.items()}
    command = [sys.executable, "manage.py", "run_sessions"]
    process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **settings, "LOG_LEVEL": "WARNING"})
    try:
        yield process
    finally:
        process.terminate()
        process.wait(60)


def _furnish(telegram: Any, count: int) -> list[Any]:
    """Accounts of one company, logged in and switched on; returns their owners."""
    from happ_project.companies.models import Company
    from happ_project.core import tenancy
    from integrations.models import Integration
    from integrations.services import integrations
    from messengers import types
    from messengers.services import addresses
    from tests import factories

    company = Company.objects.first() or factories.make_company(name="Bench")
    made = []
    with tenancy.company_scope(company):
        for _ in range(count):
            number = len(telegram.dc.accounts)
            owner = telegram.do(lambda dc, n=number: dc.add_account(f"+38050{n:07d}", f"Owner {n}", username=f"own{n}"))
            session, name = telegram.session(owner), str(owner.id)
            done = types.Done(
                account=types.AccountGrant(external_id=name, name=name, credentials={"session": session}),
                addresses=(types.AddressGrant(external_id=name, name=name),),
            )
            addresses.adopt(company_id=company.pk, kind="telegram", done=done)
            integrations.switch_on(Integration.objects.get(address__external_id=name, address__kind="telegram"))
            made.append(owner)
    return made


def _stored_states() -> int:
    """How many accounts have been connected and have caught up."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM messengers_sessionstate")
        return int(cursor.fetchone()[0])


def _reconnect(telegram: Any, owners: list[Any]) -> float:
    """Break every connection; how long until every account has asked what it missed."""
    from telethon.tl.functions.updates import GetDifferenceRequest

    seen = len(telegram.dc.calls)
    telegram.do(lambda dc: [dc.drop_connections(owner) for owner in owners])
    began = time.monotonic()

    def everybody(dc: Any) -> bool:
        asked = {id(call.account) for call in dc.calls[seen:] if isinstance(call.request, GetDifferenceRequest)}
        return len(asked) == len(owners)

    _until(lambda: telegram.do(everybody), seconds=120)
    return time.monotonic() - began


def _busy(telegram: Any, owners: list[Any], seconds: float) -> tuple[list[float], int]:
    """A customer writes to each of them four times a second. Returns the delays, and how many are lost or doubled."""
    customer = telegram.do(lambda dc: dc.add_account("+380990000000", "Customer"))
    seen: dict[str, list[float]] = {}
    sent: dict[str, float] = {}
    done = threading.Event()
    watcher = threading.Thread(target=_watch, args=(seen, done))
    watcher.start()
    end, i = time.monotonic() + seconds, 0
    while time.monotonic() < end:
        next_round = time.monotonic() + PAUSE
        for owner in owners:
            text = f"message {i}"
            sent[text] = time.monotonic()
            telegram.do(lambda dc, text=text, owner=owner: dc.post.send(customer, owner, text))
            i += 1
        time.sleep(max(next_round - time.monotonic(), 0))
    _until(lambda: len(seen) >= len(sent), seconds=30, must=False)
    done.set()
    watcher.join()
    wrong = sum(len(seen.get(text, [])) != 1 for text in sent)
    return [seen[text][0] - at for text, at in sent.items() if text in seen], wrong


def _watch(seen: dict[str, list[float]], done: threading.Event) -> None:
    """Note when each receipt can be read by others: a look every three milliseconds is the error of measurement."""
    from django.db import connection

    known: set[int] = set()
    newest = 0
    while not done.wait(0.003):
        with connection.cursor() as cursor:
            # a lower number may become visible after a higher one
            cursor.execute(
                "SELECT id, event->>'text' FROM messengers_inboundreceipt WHERE id > %s ORDER BY id", [newest - 200]
            )
            now = time.monotonic()
            for key, text in cursor.fetchall():
                if key not in known:
                    known.add(key)
                    newest = max(newest, key)
                    seen.setdefault(text, []).append(now)
    connection.close()


def _until(holds: Callable[[], Any], *, seconds: float = 60.0, must: bool = True) -> None:
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            assert not must, "it did not happen in time"
            return
        time.sleep(0.02)


if __name__ == "__main__":
    sys.exit(main())
