"""Outbound HTTP, all of it. Free of Django; `requests` and httpx2 are loaded by the first request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from happ_project.core.http.addresses import is_exempt, problem_with
from happ_project.core.http.door import (
    ROLES,
    Client,
    Response,
    Role,
    Stream,
    client,
    configure,
    install_transaction_guard,
)
from happ_project.core.http.errors import (
    Broken,
    ConnectFailed,
    HttpError,
    Refused,
    TimedOut,
    TooLarge,
    TransactionOpen,
)

if TYPE_CHECKING:
    import httpx2

__all__ = [
    "ROLES",
    "Broken",
    "Client",
    "ConnectFailed",
    "HttpError",
    "Refused",
    "Response",
    "Role",
    "Stream",
    "TimedOut",
    "TooLarge",
    "TransactionOpen",
    "client",
    "configure",
    "install_transaction_guard",
    "is_exempt",
    "model_transport",
    "problem_with",
]


def model_transport(*, operator: bool) -> httpx2.BaseTransport:
    """An httpx2 transport for the OpenAI SDK under the same rules; `operator`: the base URL is the operator's own.

    Use: `OpenAI(http_client=httpx2.Client(transport=http.model_transport(operator=False), trust_env=False), …)`.
    """
    from happ_project.core.http import models

    return models.model_transport(operator=operator)
