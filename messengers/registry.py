"""The messengers there are, one line each; nothing of a messenger is imported before it is asked for."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from functools import cache
from typing import Any

from messengers.adapter import IO, Adapter

_ADAPTERS = {
    "widget": "messengers.adapters.widget.adapter.WidgetAdapter",
    "whatsapp": "messengers.adapters.whatsapp.adapter.WhatsAppAdapter",
    "telegram": "messengers.adapters.telegram.adapter.TelegramAdapter",
    "facebook": "messengers.adapters.facebook.adapter.FacebookAdapter",
    "instagram": "messengers.adapters.instagram.adapter.InstagramAdapter",
    "telegram_bot": "messengers.adapters.telegram_bot.adapter.TelegramBotAdapter",
    "viber": "messengers.adapters.viber.adapter.ViberAdapter",
    "viber_bot": "messengers.adapters.viber_bot.adapter.ViberBotAdapter",
    "custom": "messengers.adapters.custom.adapter.CustomAdapter",
    "api": "messengers.adapters.api.adapter.ApiAdapter",
    "playground": "messengers.adapters.playground.adapter.PlaygroundAdapter",
}


def kinds() -> tuple[str, ...]:
    return tuple(_ADAPTERS)


@cache
def get(kind: str) -> type[Adapter]:
    """The adapter's class; KeyError for a kind that nobody registered."""
    module, _, name = _ADAPTERS[kind].rpartition(".")
    adapter: type[Adapter] = getattr(importlib.import_module(module), name)
    return adapter


def all() -> tuple[type[Adapter], ...]:
    return tuple(get(kind) for kind in _ADAPTERS)


def open(
    kind: str, *, account: Mapping[str, Any] | None = None, address: Mapping[str, Any] | None = None, io: IO
) -> Adapter:
    """An adapter at work. `account`: its credentials; `address`: `external_id`, `credentials`, `config`, or None."""
    return get(kind)(account=account or {}, address=address, io=io)
