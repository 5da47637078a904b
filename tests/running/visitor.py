"""A website visitor as the widget's page makes one: an outbox until accepted, reconnects, history after each."""

from __future__ import annotations

import asyncio
import json
import random
import time
import uuid
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from tests.running.web import Connection


class Visitor:
    """`shown` is what the page displays of the other side: id → text, each id once. `heard` is called on each new one.

    `beat` is after how many silent seconds the page pings (25 in the real one).
    """

    def __init__(self, port: int, channel: str, rng: random.Random, *, beat: float = 25.0) -> None:
        self.port, self.channel, self.rng, self.beat = port, channel, rng, beat
        self.token = ""
        self.visitor_id = ""
        self.outbox: dict[str, str] = {}
        self.accepted: dict[str, str] = {}
        self.refused: dict[str, str] = {}
        self.sent_at: dict[str, float] = {}
        self.shown: dict[str, str] = {}
        self.shown_at: dict[str, float] = {}
        self.pushed_again = 0
        self.connections = 0
        self.news = asyncio.Event()
        self._own: set[str] = set()
        self._reported: set[str] = set()
        self._socket: ClientConnection | None = None
        self._ready = False

    async def write(self, text: str) -> str:
        """Put a message into the outbox and send it if there is a line; it is sent again until it is accepted."""
        client_id = str(uuid.UUID(int=self.rng.getrandbits(128), version=4))
        self.outbox[client_id] = text
        self.sent_at[client_id] = time.time()
        if self._ready:
            await self._say({"type": "message", "clientId": client_id, "text": text})
        return client_id

    async def run(self) -> None:
        """Stay connected until cancelled."""
        attempt = 0
        while True:
            try:
                if not self.token:
                    await self._begin()
                address = f"ws://127.0.0.1:{self.port}/ws/widget/{self.channel}/"
                async with connect(address, open_timeout=10, ping_interval=None, proxy=None) as socket:
                    self.connections += 1
                    self._socket = socket
                    await self._say({"type": "hello", "token": self.token})
                    await self._listen(socket)
                    attempt = 0
            except (OSError, WebSocketException, ValueError, TimeoutError):
                pass
            finally:
                self._ready, self._socket = False, None
            # the page waits longer; here an outage should not last longer than it does
            await asyncio.sleep(min(2.0, 0.2 * 2**attempt) * self.rng.uniform(0.7, 1.3))
            attempt += 1

    async def _listen(self, socket: ClientConnection) -> None:
        silent = False
        while True:
            try:
                frame = json.loads(await asyncio.wait_for(socket.recv(), 10 if silent else self.beat))
            except TimeoutError:
                if silent:
                    return  # not even a pong: the line is dead
                silent = True
                await self._say({"type": "ping"})
                continue
            silent = False
            await self._hear(frame)

    async def _hear(self, frame: dict[str, Any]) -> None:
        kind = frame["type"]
        if kind == "ready":
            self._ready = True
            await self._catch_up()
            for client_id, text in list(self.outbox.items()):
                await self._say({"type": "message", "clientId": client_id, "text": text})
        elif kind == "message":
            self._take(frame["message"])
            await self._report()
        elif kind == "accepted":
            self._settle(frame["clientId"])
        elif kind == "refused" and frame.get("clientId"):
            self.refused[frame["clientId"]] = frame.get("error", "")
            self.outbox.pop(frame["clientId"], None)

    def _settle(self, client_id: str) -> None:
        if client_id in self.outbox:
            self.accepted[client_id] = self.outbox.pop(client_id)

    def _take(self, message: dict[str, Any]) -> None:
        if message.get("clientId"):
            self._own.add(message["id"])
            self._settle(message["clientId"])
        elif message["id"] in self.shown:
            self.pushed_again += 1
        else:
            self.shown[message["id"]] = message["text"]
            self.shown_at[message["id"]] = time.time()
            self.news.set()

    async def _report(self) -> None:
        fresh = [key for key in self.shown if key not in self._reported]
        if fresh:
            await self._say({"type": "received", "ids": fresh})
            self._reported.update(fresh)

    async def _begin(self) -> None:
        answer = await self._ask("POST", "/session/", body=b"{}")
        self.token, self.visitor_id = answer["token"], answer["visitorId"]

    async def _catch_up(self) -> None:
        known = sorted({*self.shown, *self._own})
        after = known[-10] if len(known) >= 10 else ""
        while True:
            page = (await self._ask("GET", f"/history/?after={after}"))["messages"]
            again, self.pushed_again = self.pushed_again, 0
            for message in page:
                self._take(message)
            self.pushed_again = again
            last = page[-1]["id"] if page else after
            if len(page) < 50 or last == after:
                break
            after = last
        await self._report()

    async def _ask(self, method: str, path: str, body: bytes = b"") -> Any:
        connection = Connection(self.port)
        headers = {"Authorization": f"Visitor {self.token}", "Content-Type": "application/json", "Connection": "close"}
        try:
            async with asyncio.timeout(20):
                answer = await connection.ask(method, f"/widget/{self.channel}{path}", body=body, headers=headers)
        finally:
            connection.close()
        if answer.status != 200:
            raise OSError(f"{path} answered {answer.status}")
        return answer.json()

    async def _say(self, frame: dict[str, Any]) -> None:
        if self._socket is not None:
            try:
                await self._socket.send(json.dumps(frame))
            except WebSocketException:
                self._ready = False
