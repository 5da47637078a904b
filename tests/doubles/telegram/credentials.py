"""What a login leaves behind: codes, QR tokens, authorised keys."""

from __future__ import annotations

import datetime
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from .faults import RpcFault
from .world import Account

KeyAddress = tuple[int, int]
"""Data-centre number and key id: a key made at one centre is unknown at another."""


@dataclass
class LoginCode:
    code: str
    hash: str
    ways: list[str]  # by which it is sent, and what comes next when the person asks again

    @classmethod
    def make(cls, ways: Sequence[str]) -> Self:
        code = cls("", "", list(ways))
        code.renew()
        return code

    def renew(self) -> None:
        self.code, self.hash = f"{secrets.randbelow(100_000):05}", secrets.token_hex(8)


@dataclass
class LoginToken:
    """The content of a QR code."""

    value: bytes
    expires: datetime.datetime
    key: KeyAddress
    account: Account | None = None  # set when a logged-in device accepts it


@dataclass
class Authorisation:
    """What the server knows of one auth key."""

    account: Account
    password_pending: bool = False
    refusal: RpcFault | None = None  # answers every request with this key
