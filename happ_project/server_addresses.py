"""The addresses of servers, as the environment gives them, in the forms that Django and Celery take."""

from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit, urlunsplit


def database(url: str) -> dict[str, Any]:
    """`postgresql://user:password@host:port/name`, or `postgresql://user@/name?host=/socket/directory`."""
    parts = urlsplit(url)
    query = parse_qs(parts.query)
    return {
        "ENGINE": "happ_project.core.database",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": query["host"][0] if "host" in query else (parts.hostname or ""),
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": 300,
        "CONN_HEALTH_CHECKS": True,
        # `core/prepared.py` alone makes statements that can be kept planned; they are from their second use
        "OPTIONS": {"connect_timeout": 5, "prepare_threshold": 1},
    }


def redis(url: str, number: int) -> str:
    """The address of one numbered database of the Redis server, as redis-py reads it."""
    parts = urlsplit(url)
    if parts.scheme == "unix":
        return f"{url}?db={number}"
    return urlunsplit(parts._replace(path=f"/{number}"))  # ours take the place of one that was named


def broker(url: str, number: int) -> str:
    """The same for Celery, whose word for a socket is another."""
    if url.startswith("unix:"):
        return f"redis+socket://{urlsplit(url).path}?virtual_host={number}"
    return redis(url, number)


def email(url: str) -> dict[str, Any]:
    """`smtp://user:password@host:port` (`smtps://`: TLS from the start); without it mails are kept to be looked at."""
    if not url:
        return {"EMAIL_BACKEND": "happ_project.core.mail.KeptMails"}
    parts = urlsplit(url)
    return {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": parts.hostname or "localhost",
        "EMAIL_PORT": parts.port or (465 if parts.scheme == "smtps" else 587),
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_SSL": parts.scheme == "smtps",
        "EMAIL_USE_TLS": parts.scheme == "smtp" and bool(parts.username),
        "EMAIL_TIMEOUT": 20,
    }
