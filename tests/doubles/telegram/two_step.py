"""Two-step verification: the server's side of Telegram's SRP.

Source: https://core.telegram.org/api/srp; the hashes are those of
``telethon/password.py``, so a right password is accepted and a wrong one is not.
"""

from __future__ import annotations

import os
import secrets
from functools import cached_property

from telethon import password as srp
from telethon.tl import types

from .faults import RpcFault
from .key_exchange import DH_GENERATOR, DH_PRIME
from .tl import build

_P = srp.big_num_for_hash(DH_PRIME)
_G = srp.big_num_for_hash(DH_GENERATOR)


class TwoStepPassword:
    """Keeps the verifier of one password and the challenges that are open."""

    def __init__(self, password: str, hint: str | None = None) -> None:
        self.hint = hint
        self._password = password
        self._open: dict[int, int] = {}  # srp_id -> secret b
        self._algorithm = types.PasswordKdfAlgoSHA256SHA256PBKDF2HMACSHA512iter100000SHA256ModPow(
            salt1=os.urandom(40), salt2=os.urandom(16), g=DH_GENERATOR, p=_P
        )

    @cached_property
    def _verifier(self) -> int:
        """v = g^x mod p. Slow (100 000 rounds of PBKDF2), hence computed once."""
        return int.from_bytes(srp.compute_digest(self._algorithm, self._password), "big")

    @cached_property
    def _multiplier(self) -> int:
        return int.from_bytes(srp.sha256(_P, _G), "big")

    def challenge(self) -> types.account.Password:
        """The answer to ``account.getPassword``."""
        srp_id, secret = secrets.randbits(62), secrets.randbelow(DH_PRIME - 2) + 1
        self._open[srp_id] = secret
        return build(
            types.account.Password,
            has_password=True,
            hint=self.hint,
            current_algo=self._algorithm,
            srp_id=srp_id,
            srp_B=srp.big_num_for_hash(self._public_value(secret)),
            new_algo=self._algorithm,
            new_secure_algo=types.SecurePasswordKdfAlgoUnknown(),
            secure_random=os.urandom(32),
        )

    def check(self, answer: types.InputCheckPasswordSRP) -> None:
        """Raise ``PASSWORD_HASH_INVALID`` unless the client knows the password."""
        secret = self._open.pop(answer.srp_id, None)
        if secret is None:
            raise RpcFault(400, "SRP_ID_INVALID")
        ours = srp.big_num_for_hash(self._public_value(secret))
        a = int.from_bytes(answer.A, "big")
        u = int.from_bytes(srp.sha256(answer.A, ours), "big")
        shared = pow(a * pow(self._verifier, u, DH_PRIME), secret, DH_PRIME)
        expected = srp.sha256(
            srp.xor(srp.sha256(_P), srp.sha256(_G)),
            srp.sha256(self._algorithm.salt1),
            srp.sha256(self._algorithm.salt2),
            answer.A,
            ours,
            srp.sha256(srp.big_num_for_hash(shared)),
        )
        if not secrets.compare_digest(expected, answer.M1):
            raise RpcFault(400, "PASSWORD_HASH_INVALID")

    def _public_value(self, secret: int) -> int:
        """B = k*v + g^b mod p."""
        g_b = pow(DH_GENERATOR, secret, DH_PRIME)
        return (self._multiplier * self._verifier + g_b) % DH_PRIME


def no_password() -> types.account.Password:
    """The answer to ``account.getPassword`` for an account without a password."""
    return build(
        types.account.Password,
        new_algo=types.PasswordKdfAlgoUnknown(),
        new_secure_algo=types.SecurePasswordKdfAlgoUnknown(),
    )
