"""A login in steps that any messenger can take, and what it brings in the end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownAddress:
    """What there is already of an address that a login is about to connect."""

    elsewhere: bool  # it belongs to another company: nothing of it may be touched
    webhook_url: str = ""  # where it receives now


@dataclass(slots=True, kw_only=True)
class Attempt:
    """One login in progress. The adapter keeps what it needs between steps in `state` (JSON, stored encrypted)."""

    webhook_url: str = ""  # where the address about to be connected will receive
    return_url: str = ""  # where a visit to the platform's site comes back
    state: dict[str, Any] = field(default_factory=dict, repr=False)
    # A step that needs a connection that stays asks for the session runner, and finds these two set when it is there:
    # to show a step in between, and to hear that it must end.
    needs_runner: bool = False
    show: Callable[[Show], None] | None = field(default=None, repr=False)
    stopped: Callable[[], bool] = field(default=bool, repr=False)
    called_at: datetime | None = None  # when `webhook_url` was last called since the login began
    known: Callable[[str], KnownAddress | None] = field(default=lambda external_id: None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """`note` says more about it, or why it cannot be chosen (`enabled`).

    `address`: the kind and id of the address that it would connect, so that one that is taken already is marked.
    """

    value: str
    label: str
    note: str = ""
    enabled: bool = True
    address: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AskField:
    name: str
    label: str
    kind: Literal["text", "password", "choice", "choices"] = "text"  # "choices": any number, one value a line
    choices: tuple[Choice, ...] = ()
    help: str = ""
    error: str = ""
    value: str = ""
    required: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """A form; the next `login` call gets its answers by field name. `copy` is a value for the person to take along."""

    fields: tuple[AskField, ...]
    text: str = ""
    copy: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Show:
    """A QR (the text to draw) or a code; `login` is called again without an answer after `poll_after` seconds.

    `copy` is a value for the person to take along. `waiting` says what is waited for. `skip` names a button that goes
    on without waiting: the answer is then `{"skip": "yes"}`.
    """

    qr: str = field(default="", repr=False)
    code: str = field(default="", repr=False)
    text: str = ""
    copy: str = ""
    waiting: str = ""
    skip: str = ""
    poll_after: float = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A page of the platform; it sends the person back to `Attempt.return_url` with what becomes the next answer.

    `state` is the random word in the address that the platform hands back: it ties the way back to this browser.
    """

    url: str = field(repr=False)
    text: str = ""
    state: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountGrant:
    """`kind`: of another messenger than the one whose login it is, where one login opens several."""

    external_id: str
    name: str = ""
    credentials: dict[str, Any] = field(default_factory=dict, repr=False)
    config: dict[str, Any] = field(default_factory=dict)
    kind: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressGrant:
    """`kind`: of another messenger than the one whose login it is, where one login opens several.

    `keeps_webhook`: an address that was there before goes on receiving where it did (a person pasted that URL).
    """

    external_id: str
    name: str = ""
    credentials: dict[str, Any] = field(default_factory=dict, repr=False)
    config: dict[str, Any] = field(default_factory=dict)
    kind: str = ""
    keeps_webhook: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """`text`: what did not work beside what did."""

    account: AccountGrant
    addresses: tuple[AddressGrant, ...]
    text: str = ""


LoginStep = Ask | Show | Visit | Done
