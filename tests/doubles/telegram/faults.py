"""What a data-centre may answer instead of a result, and how a test orders it."""

from __future__ import annotations

import enum


class RpcFault(Exception):
    """A refusal that travels to the client as ``rpc_error``.

    ``RpcFault(420, "FLOOD_WAIT_300")`` becomes ``FloodWaitError`` in Telethon.
    """

    def __init__(self, code: int, text: str) -> None:
        super().__init__(f"{code} {text}")
        self.code = code
        self.text = text


class Disruption(enum.Enum):
    """Trouble below the level of RPC errors."""

    DROP_CONNECTION = "close the connection; the request is not carried out"
    LOSE_ANSWER = "carry the request out, then close the connection unanswered"
    SILENCE = "neither carry the request out nor answer"
    CARRY_OUT_SILENTLY = "carry the request out and never answer"
    UNKNOWN_KEY = "answer with transport error -404, as for a forgotten auth key"


Outcome = RpcFault | Disruption
"""What ``FakeDataCentre.script`` accepts."""
