"""Gives the plain foundation what it needs from Django."""

from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "happ_project.core"
    label = "core"

    def ready(self) -> None:
        from django.conf import settings
        from django.db import connection

        from happ_project.core import http

        def refuse_in_transaction() -> None:
            # the transaction that a test wraps around itself is not one of ours
            if any(not getattr(block, "_from_testcase", False) for block in connection.atomic_blocks):
                raise RuntimeError("The network is never used inside a database transaction")

        http.configure(allowed_private=settings.OUTBOUND_ALLOWED_PRIVATE)
        http.install_transaction_guard(refuse_in_transaction)
