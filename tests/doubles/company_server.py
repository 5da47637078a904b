"""A company's own server at the other end of a custom channel, as a developer would write it from the documentation.

It takes our POST at `endpoint`, checks the signature when it has a secret, and posts its customers' messages to the
channel's address.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any

from tests.doubles.http_double import Answer, Call, HttpDouble, Post


class CompanyServer(HttpDouble):
    """`received`: the bodies that it took, in order. `channel_url`: where it posts to."""

    def __init__(self, *, secret: str = "", port: int = 0, patience: float = 0.0) -> None:
        super().__init__(port=port, patience=patience)
        self.secret = secret
        self.channel_url = ""
        self.received: list[dict[str, Any]] = []
        self.message_ids: list[str] = []
        self.endpoint = f"{self.origin}/happ"

    def act(self, call: Call) -> Answer:
        if call.method != "POST":
            return Answer(405, {"error": "use POST"})
        if call.path != "/happ":
            return Answer(404, {"error": "there is nothing here"})
        if self.secret and not hmac.compare_digest(call.headers.get("x-happ-signature", ""), self._sign(call.body)):
            return Answer(401, {"error": "wrong signature"})
        body = call.json
        if not isinstance(body.get("to"), str) or not isinstance(body.get("text"), str) or not body.get("channel_id"):
            return Answer(422, {"error": "to, text and channel_id are expected"})
        with self.lock:
            self.received.append(body)
            self.message_ids.append(call.headers.get("x-happ-message-id", ""))
        return Answer(200, {"ok": True})

    def _sign(self, body: bytes) -> str:
        return hmac.new(self.secret.encode(), body, hashlib.sha256).hexdigest()

    def customer_writes(self, sender: str, text: str, *, url: str = "", **fields: Any) -> Post:
        body = json.dumps({"sender_id": sender, "text": text, **fields}).encode()
        headers = {"X-HAPP-Signature": self._sign(body)} if self.secret else {}
        return self.post(url or self.channel_url, body, headers=headers)
