"""The operator's Meta app, as the settings name it; Instagram with its own login is an app of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Settings = Mapping[str, Any]
_VERSION = "v26.0"


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """`secrets`: newest first, so that one can be rotated; the first one signs what we send."""

    id: str
    secrets: tuple[str, ...] = field(repr=False)
    version: str
    graph_url: str
    dialog_url: str
    token_url: str = ""
    proves: bool = False  # its calls carry `appsecret_proof`

    @property
    def is_set_up(self) -> bool:
        return bool(self.id and self.secrets)

    @property
    def secret(self) -> str:
        return self.secrets[0] if self.secrets else ""


def facebook(settings: Settings) -> App:
    return App(
        id=_text(settings, "META_APP_ID"),
        secrets=_list(settings, "META_APP_SECRET"),
        version=_text(settings, "META_GRAPH_VERSION", _VERSION),
        graph_url=_url(settings, "META_GRAPH_URL", "https://graph.facebook.com"),
        dialog_url=_url(settings, "META_DIALOG_URL", "https://www.facebook.com"),
        proves=True,
    )


def instagram(settings: Settings) -> App:
    """For Instagram accounts without a page: other hosts, other id, other secret."""
    return App(
        id=_text(settings, "INSTAGRAM_APP_ID"),
        secrets=_list(settings, "INSTAGRAM_APP_SECRET"),
        version=_text(settings, "META_GRAPH_VERSION", _VERSION),
        graph_url=_url(settings, "INSTAGRAM_GRAPH_URL", "https://graph.instagram.com"),
        dialog_url=_url(settings, "INSTAGRAM_DIALOG_URL", "https://www.instagram.com"),
        token_url=_url(settings, "INSTAGRAM_TOKEN_URL", "https://api.instagram.com"),
    )


def signing_secrets(settings: Settings) -> tuple[str, ...]:
    """Whatever may have signed a webhook: which app's secret Meta takes depends on how the account was connected."""
    return (*facebook(settings).secrets, *instagram(settings).secrets)


def own_ids(settings: Settings) -> frozenset[str]:
    """How Meta names us in the echoes of what we send."""
    return frozenset(app.id for app in (facebook(settings), instagram(settings)) if app.id)


def verify_token(settings: Settings) -> str:
    return _text(settings, "META_VERIFY_TOKEN")


def config_id(settings: Settings) -> str:
    """Of Facebook Login for Business; it then stands for the list of permissions."""
    return _text(settings, "META_CONFIG_ID")


def scopes(settings: Settings) -> tuple[str, ...]:
    """The operator's own list of permissions to ask for; empty: ours."""
    return _list(settings, "META_SCOPES")


def _text(settings: Settings, name: str, default: str = "") -> str:
    return str(settings.get(name) or default).strip()


def _url(settings: Settings, name: str, default: str) -> str:
    return _text(settings, name, default).rstrip("/")


def _list(settings: Settings, name: str) -> tuple[str, ...]:
    return tuple(part for part in (part.strip() for part in _text(settings, name).split(",")) if part)
