"""The form of the recorded samples that every messenger's folder holds; the contract suite runs on them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from messengers.types import Inbound, OutgoingMessage, Unreadable


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A webhook body and exactly what it means. `raw` of the expected events is left empty: it is compared apart.

    `ignored`: why nothing comes of it, or of a part of it, as `WebhookAdapter.ignored` counts it.
    """

    name: str
    body: dict[str, Any]
    events: tuple[Inbound | Unreadable, ...] = ()
    ignored: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """For messengers that we host: a message, and what is pushed to the other end ({} for an unforeseeable value)."""

    name: str
    message: OutgoingMessage
    pushes: tuple[tuple[str, dict[str, Any]], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What an adapter is opened with for its samples; the secrets in it must never show anywhere.

    `settings`: the operator's; those named …SECRET or …TOKEN are secrets, too.
    """

    account: dict[str, Any] = field(default_factory=dict, repr=False)
    external_id: str = ""
    credentials: dict[str, Any] = field(default_factory=dict, repr=False)
    config: dict[str, Any] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict, repr=False)
