"""Keeping the leases of the jobs that this process works on, so that nobody takes them over while it lives."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from django.db import Error as DatabaseTrouble
from django.db import close_old_connections, connection, models

from happ_project.core import clock

log = logging.getLogger(__name__)

LENGTH = timedelta(seconds=10)
_RENEW_SECONDS = 3.0


class Keeper:
    """Renews the leases of the rows this process is working on, from one thread."""

    def __init__(self) -> None:
        self._held: dict[tuple[type[models.Model], int, int], float] = {}
        """Model, key and claim of each row, and since when it is held."""
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._ending = threading.Event()

    @contextmanager
    def hold(self, job: Any) -> Iterator[None]:
        key = (type(job), job.pk, job.claims)
        with self._lock:
            self._held[key] = clock.monotonic()
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._renew_while_held, name="job-leases", daemon=True)
                self._thread.start()
        try:
            yield
        finally:
            with self._lock:
                self._held.pop(key, None)

    def _renew_while_held(self) -> None:
        while not self._ending.wait(_RENEW_SECONDS):
            with self._lock:
                if not self._held:
                    self._thread = None
                    break
            try:
                close_old_connections()
                self.renew(older_than=_RENEW_SECONDS)
            except DatabaseTrouble as error:
                log.warning("leases not renewed: %s", error)
                connection.close()
        connection.close()

    def rest(self) -> None:
        """End the thread and its database connection now; the next lease starts another. Nothing may be held."""
        with self._lock:
            thread, self._thread = self._thread, None
        if thread is not None:
            self._ending.set()
            thread.join()
            self._ending.clear()

    def renew(self, *, older_than: float = 0.0) -> None:
        """Renew what is held for longer than these seconds; a younger lease has its time before it."""
        since = clock.monotonic() - older_than
        with self._lock:
            held = [key for key, begun in self._held.items() if begun <= since]
        for model, pk, claims in held:
            model._base_manager.filter(pk=pk, claims=claims, state="running").update(locked_until=clock.now() + LENGTH)


keeper = Keeper()
hold = keeper.hold
