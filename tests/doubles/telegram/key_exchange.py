"""The server's side of the unencrypted auth-key exchange.

Source: https://core.telegram.org/mtproto/auth_key, read against the client's side
in ``telethon/network/authenticator.py``.
"""

from __future__ import annotations

import functools
import os
import secrets
import struct
import time
from collections.abc import Callable
from hashlib import sha1

import rsa
from cryptography.hazmat.primitives.asymmetric import rsa as quick_rsa
from telethon import helpers
from telethon.crypto import AES, AuthKey
from telethon.extensions import BinaryReader
from telethon.tl import functions, types
from telethon.tl.tlobject import TLObject

# Telegram's published 2048-bit safe prime. Telethon accepts it with generator 3
# without the slow primality test (telethon/password.py, check_prime_and_good).
DH_PRIME = int(
    "c71caeb9c6b1c9048e6c522f70f13f73980d40238e3e21c14934d037563d930f"
    "48198a0aa7c14058229493d22530f4dbfa336f6e0ac925139543aed44cce7c37"
    "20fd51f69458705ac68cd4fe6b6b13abdc9746512969328454f18faf8c595f64"
    "2477fe96bb2a941d5bcd1d4ac8cc49880708fa9b378e3c4f3a9060bee67cf9a4"
    "a4a695811051907e162753b56b0f6b410dba74d8a84b2a14b3144e0ef1284754"
    "fd17ed950d5965b4b9dd46582db1178d169c6bc465b0d6ff9ca3928fef5b9ae4"
    "e418fc15e83ebea0f87fa9ff5eed70050ded2849f47bf959d956850ce929851f"
    "0d8115f635b105ee2e4e15d04b2454bf6f4fadf034b10403119cd8e3b92fcc5b",
    16,
)
DH_GENERATOR = 3
AUTH_KEY_BYTES = 256

# The client has to factorise the product. Telegram uses primes of about 31 bits;
# these are smaller, which saves some 50 ms in every login of a test run. Eight
# bytes, since Telethon reads the number as signed.
_PQ = (1_000_003 * 1_000_033).to_bytes(8, "big")


class ProtocolError(Exception):
    """The client sent something that no correct client would send."""


def to_bytes(number: int) -> bytes:
    """Big-endian, without leading zero bytes, as TL wants its big numbers."""
    return number.to_bytes((number.bit_length() + 7) // 8, "big")


class ServerKey:
    """The RSA key by which clients recognise the data-centre."""

    def __init__(self) -> None:
        made = quick_rsa.generate_private_key(public_exponent=65537, key_size=2048).private_numbers()
        self._private = rsa.PrivateKey(made.public_numbers.n, made.public_numbers.e, made.d, made.p, made.q)
        self._public = rsa.PublicKey(self._private.n, self._private.e)
        self.pem: bytes = self._public.save_pkcs1()
        numbers = to_bytes(self._public.n), to_bytes(self._public.e)
        packed = b"".join(map(TLObject.serialize_bytes, numbers))
        self.fingerprint: int = struct.unpack("<q", sha1(packed).digest()[-8:])[0]

    @classmethod
    @functools.cache
    def shared(cls) -> ServerKey:
        """One key for the whole process."""
        return cls()

    def decrypt(self, cipher_text: bytes) -> bytes:
        """``sha1(data) + data + padding``, always 255 bytes."""
        number = int.from_bytes(cipher_text, "big")
        return pow(number, self._private.d, self._private.n).to_bytes(255, "big")


class KeyExchange:
    """One client's exchange; lives as long as its connection."""

    def __init__(self, server_key: ServerKey, *, spoils: Callable[[], bool] = lambda: False) -> None:
        """`spoils`: whether this exchange shall end like the one in 256 whose key starts with a zero byte."""
        self._server_key, self._spoils = server_key, spoils
        self._server_nonce = 0
        self._new_nonce = 0
        self._secret = 0
        self._aes: tuple[bytes, bytes] = b"", b""

    def answer(self, request: TLObject) -> tuple[TLObject, AuthKey | None]:
        """The plain answer, and the new key once the exchange is complete."""
        if isinstance(request, (functions.ReqPqMultiRequest, functions.ReqPqRequest)):
            return self._offer_challenge(request), None
        if isinstance(request, functions.ReqDHParamsRequest):
            return self._offer_parameters(request), None
        if isinstance(request, functions.SetClientDHParamsRequest):
            return self._agree(request)
        raise ProtocolError(f"{type(request).__name__} in a plain message")

    def _offer_challenge(self, request: TLObject) -> TLObject:
        self._server_nonce = int.from_bytes(os.urandom(16), "big", signed=True)
        return types.ResPQ(
            nonce=request.nonce,
            server_nonce=self._server_nonce,
            pq=_PQ,
            server_public_key_fingerprints=[self._server_key.fingerprint],
        )

    def _offer_parameters(self, request: TLObject) -> TLObject:
        block = self._server_key.decrypt(request.encrypted_data)
        inner = BinaryReader(block[20:]).tgread_object()
        self._new_nonce = inner.new_nonce
        self._secret = secrets.randbelow(DH_PRIME - 2) + 1
        offer = bytes(
            types.ServerDHInnerData(
                nonce=request.nonce,
                server_nonce=self._server_nonce,
                g=DH_GENERATOR,
                dh_prime=to_bytes(DH_PRIME),
                g_a=to_bytes(pow(DH_GENERATOR, self._secret, DH_PRIME)),
                server_time=int(time.time()),
            )
        )
        plain = sha1(offer).digest() + offer
        plain += os.urandom(-len(plain) % 16)
        self._aes = helpers.generate_key_data_from_nonce(self._server_nonce, self._new_nonce)
        return types.ServerDHParamsOk(
            nonce=request.nonce,
            server_nonce=self._server_nonce,
            encrypted_answer=AES.encrypt_ige(plain, *self._aes),
        )

    def _agree(self, request: TLObject) -> tuple[TLObject, AuthKey | None]:
        plain = AES.decrypt_ige(request.encrypted_data, *self._aes)
        inner = BinaryReader(plain[20:]).tgread_object()
        g_b = int.from_bytes(inner.g_b, "big")
        key_bytes = to_bytes(pow(g_b, self._secret, DH_PRIME))
        key = AuthKey(key_bytes)
        if len(key_bytes) < AUTH_KEY_BYTES or self._spoils():
            # One key in 256 starts with a zero byte. Telethon cuts that byte off
            # and its StringSession then spoils the key, so let the client retry.
            retry_hash = key.calc_new_nonce_hash(self._new_nonce, 2)
            return types.DhGenRetry(request.nonce, self._server_nonce, retry_hash), None
        ok_hash = key.calc_new_nonce_hash(self._new_nonce, 1)
        return types.DhGenOk(request.nonce, self._server_nonce, ok_hash), key
