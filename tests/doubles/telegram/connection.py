"""One TCP connection: framing, encryption, unwrapping and answering.

Sources: https://core.telegram.org/mtproto/description (messages, MTProto 2.0),
https://core.telegram.org/mtproto/mtproto-transports#full (framing), read against
``telethon/network/mtprotostate.py`` and ``network/connection/tcpfull.py``.
"""

from __future__ import annotations

import asyncio
import logging
import os
import struct
import time
import zlib
from collections.abc import Iterator
from hashlib import sha256
from typing import TYPE_CHECKING

from telethon.crypto import AES, AuthKey
from telethon.extensions import BinaryReader
from telethon.tl import functions, types
from telethon.tl.core import GzipPacked, MessageContainer, RpcResult
from telethon.tl.tlobject import TLObject, TLRequest

from .faults import Disruption, RpcFault
from .key_exchange import KeyExchange, ProtocolError
from .tl import Result, serialise
from .world import Account

if TYPE_CHECKING:
    from .data_centre import FakeDataCentre

log = logging.getLogger(__name__)

_UNKNOWN_KEY = struct.pack("<i", -404)
_WRAPPERS = (
    functions.InvokeWithLayerRequest,
    functions.InitConnectionRequest,
    functions.InvokeAfterMsgRequest,
    functions.InvokeWithoutUpdatesRequest,
)


class Connection:
    """Speaks with one client until either side hangs up."""

    def __init__(
        self,
        data_centre: FakeDataCentre,
        dc_id: int,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        self.data_centre = data_centre
        self.dc_id = dc_id
        self.key: AuthKey | None = None
        self.wants_updates = True
        self.device_model: str | None = None
        self._reader = reader
        self._writer = writer
        self._exchange = KeyExchange(data_centre.server_key, spoils=lambda: next(data_centre.spoiled_keys, False))
        self._session_id: int | None = None
        self._salt = int.from_bytes(os.urandom(8), "big", signed=True)
        self._packets_sent = 0
        self._content_messages_sent = 0
        self._last_message_id = 0

    @property
    def account(self) -> Account:
        """The account logged in with this connection's key, or a 401 refusal."""
        return self.data_centre.account_for(self)

    async def serve(self) -> None:
        """Read packets until the connection ends."""
        try:
            while True:
                await self._receive(await self._read_packet())
                await self._writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            log.debug("connection closed")
        except Exception as error:  # a mistake of the client's or of ours
            log.exception("connection failed")
            self.data_centre.failures.append(error)
        finally:
            self.close()

    def close(self) -> None:
        self.data_centre.connections.discard(self)
        for account in self.data_centre.accounts:
            account.connections.discard(self)
        self._writer.close()

    def push(self, update: TLObject) -> None:
        """Send something the client did not ask for."""
        if self.wants_updates and not self._writer.is_closing():
            self._send_encrypted(bytes(update), is_answer=False)

    # --- packets ---------------------------------------------------------------

    async def _read_packet(self) -> bytes:
        head = await self._reader.readexactly(8)
        length, _number = struct.unpack("<ii", head)
        if length < 12:
            raise ProtocolError("not the 'full' transport, or a broken packet")
        body = await self._reader.readexactly(length - 8)
        payload, (checksum,) = body[:-4], struct.unpack("<I", body[-4:])
        if zlib.crc32(head + payload) != checksum:
            raise ProtocolError("wrong packet checksum")
        return payload

    def _write_packet(self, payload: bytes) -> None:
        packet = struct.pack("<ii", len(payload) + 12, self._packets_sent) + payload
        self._packets_sent += 1
        self._writer.write(packet + struct.pack("<I", zlib.crc32(packet)))

    def _new_message_id(self, is_answer: bool) -> int:
        """Time in the upper half, never repeating; mod 4: 1 for answers, else 3."""
        now = time.time_ns()
        stamp = (now // 10**9) << 32 | (now % 10**9) & ~3
        stamp = max(stamp, (self._last_message_id & ~3) + 4)
        self._last_message_id = stamp | (1 if is_answer else 3)
        return self._last_message_id

    # --- plain and encrypted messages ------------------------------------------

    async def _receive(self, packet: bytes) -> None:
        (key_id,) = struct.unpack("<Q", packet[:8])
        if key_id == 0:
            self._receive_plain(packet)
            return
        key = self.data_centre.keys.get((self.dc_id, key_id))
        if key is None:
            self._write_packet(_UNKNOWN_KEY)
            return
        self.key = key
        await self._receive_encrypted(key, packet)

    def _receive_plain(self, packet: bytes) -> None:
        request = BinaryReader(packet[20:]).tgread_object()
        answer, key = self._exchange.answer(request)
        if key is not None:
            self.data_centre.keys[self.dc_id, key.key_id] = key
        body = bytes(answer)
        message_id = self._new_message_id(is_answer=True)
        self._write_packet(struct.pack("<qqi", 0, message_id, len(body)) + body)

    async def _receive_encrypted(self, key: AuthKey, packet: bytes) -> None:
        message_key = packet[8:24]
        plain = AES.decrypt_ige(packet[24:], *_aes_for(key.key, message_key, 0))
        if sha256(key.key[88:120] + plain).digest()[8:24] != message_key:
            raise ProtocolError("wrong msg_key")
        head = struct.unpack("<qqqii", plain[:32])
        _salt, session_id, message_id, _sequence, length = head
        if session_id != self._session_id:
            self._session_id = session_id
            created = types.NewSessionCreated(message_id, session_id, self._salt)
            self._send_encrypted(bytes(created), is_answer=False)
        content = BinaryReader(plain[32 : 32 + length]).tgread_object()
        self.data_centre.note_activity(self)
        for inner_id, request in _flatten(message_id, content):
            await self._carry_out(inner_id, request)

    def _send_encrypted(self, body: bytes, *, is_answer: bool) -> None:
        assert self.key is not None
        sequence = 2 * self._content_messages_sent + 1
        self._content_messages_sent += 1
        message_id = self._new_message_id(is_answer)
        plain = struct.pack("<qq", self._salt, self._session_id)
        plain += struct.pack("<qii", message_id, sequence, len(body)) + body
        plain += os.urandom(-(len(plain) + 12) % 16 + 12)
        message_key = sha256(self.key.key[96:128] + plain).digest()[8:24]
        cipher = AES.encrypt_ige(plain, *_aes_for(self.key.key, message_key, 8))
        self._write_packet(struct.pack("<Q", self.key.key_id) + message_key + cipher)

    # --- requests --------------------------------------------------------------

    async def _carry_out(self, message_id: int, request: TLObject) -> None:
        while isinstance(request, _WRAPPERS):
            if isinstance(request, functions.InvokeWithoutUpdatesRequest):
                self.wants_updates = False
            if isinstance(request, functions.InitConnectionRequest):
                self.device_model = request.device_model
            request = request.query
        if isinstance(request, (functions.PingRequest, functions.PingDelayDisconnectRequest)):
            pong = types.Pong(message_id, request.ping_id)
            self._send_encrypted(bytes(pong), is_answer=True)
            return
        if not isinstance(request, TLRequest):
            return  # msgs_ack and the like need no answer
        try:
            outcome = self.data_centre.next_outcome(self, request)
            if outcome is Disruption.DROP_CONNECTION:
                raise ConnectionAbortedError
            if outcome is Disruption.UNKNOWN_KEY:
                self._write_packet(_UNKNOWN_KEY)
                return
            if outcome is Disruption.SILENCE:
                return
            if isinstance(outcome, RpcFault):
                raise outcome
            result: Result = self.data_centre.carry_out(self, request)
            if outcome is Disruption.LOSE_ANSWER:
                raise ConnectionAbortedError
            if outcome is Disruption.CARRY_OUT_SILENTLY:
                return
        except RpcFault as fault:
            result = types.RpcError(fault.code, fault.text)
        except ConnectionError:
            raise
        except Exception as error:
            log.exception("%s failed", type(request).__name__)
            self.data_centre.failures.append(error)
            result = types.RpcError(400, "FAKE_DC_FAILURE")
        head = struct.pack("<Iq", RpcResult.CONSTRUCTOR_ID, message_id)
        self._send_encrypted(head + serialise(result), is_answer=True)


def _flatten(message_id: int, content: TLObject) -> Iterator[tuple[int, TLObject]]:
    """Take containers and compressed messages apart."""
    if isinstance(content, GzipPacked):
        content = BinaryReader(content.data).tgread_object()
    if isinstance(content, MessageContainer):
        for message in content.messages:
            yield from _flatten(message.msg_id, message.obj)
    else:
        yield message_id, content


def _aes_for(key: bytes, message_key: bytes, shift: int) -> tuple[bytes, bytes]:
    """AES key and vector of one message; shift 0 from the client, 8 to it."""
    a = sha256(message_key + key[shift : shift + 36]).digest()
    b = sha256(key[shift + 40 : shift + 76] + message_key).digest()
    return a[:8] + b[8:24] + a[24:], b[:8] + a[8:24] + b[24:]
