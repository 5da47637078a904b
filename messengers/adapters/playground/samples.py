"""A message is stored and nothing else happens."""

from __future__ import annotations

from messengers.samples import Scene, Sending
from messengers.types import OutgoingMessage

SCENE = Scene(external_id="playground_demo")

SAMPLES = (Sending(name="a text", message=OutgoingMessage(client_ref="m1", chat_id="chat-1", text="Hello")),)
