"""daphne with the promises it does not make: bodies capped and left alone, requests answered before it ends.

`python -m happ_project.webserver --fd 3` serves on a listening socket that was opened before (the supervisor's), so
that a restart refuses no connection; `--port 8000` opens its own.
"""

import argparse
import asyncio
import os
import sys
from typing import Any

import daphne.server  # first of all: it installs Twisted's asyncio reactor
from daphne.http_protocol import HTTPFactory, WebRequest
from daphne.ws_protocol import WebSocketProtocol
from django.utils.module_loading import import_string
from twisted.internet import defer

from happ_project.bridge import Message

PATIENCE = 2.5  # seconds the requests in flight get at the end
SERVICE_RESTART = 1012  # the WebSocket close code that asks the browser to come again
LARGEST_MESSAGE = 64 * 1024  # of a WebSocket, in bytes; what is larger goes over HTTP
GIVE_UP_FACTOR = 4  # a body this many times over the cap is not listened to any further


class Request(WebRequest):
    """A request whose body stops being stored at the cap; the bridge then sees one byte too many and refuses it."""

    received = 0

    def gotLength(self, length: int | None) -> None:  # noqa: N802 - Twisted's name
        cap = self.server.largest_body + 1
        super().gotLength(cap if length is None else min(length, cap))

    def handleContentChunk(self, data: bytes) -> None:  # noqa: N802 - Twisted's name
        room = self.server.largest_body + 1 - self.received
        self.received += len(data)
        if room > 0:
            super().handleContentChunk(data[:room])
        elif self.received > self.server.largest_body * GIVE_UP_FACTOR:
            self.channel.loseConnection()

    def requestReceived(self, command: bytes, path: bytes, version: bytes) -> None:  # noqa: N802 - Twisted's name
        """As Twisted's, which reads forms besides: all of them into memory, in the loop that everybody waits for."""
        self.requestHeaders.removeHeader(b"daphne-root-path")  # with it a stranger would choose how our links begin
        self.args: dict[bytes, list[bytes]] = {}
        self.method, self.uri, self.clientproto = command, path, version
        self.path = path.partition(b"?")[0]
        self.process()

    def handle_reply(self, message: Message) -> None:
        if self.server.ending and message.get("type") == "http.response.start" and self.channel is not None:
            message = {**message, "headers": [*message.get("headers", []), (b"connection", b"close")]}
            self.channel.persistent = False
        super().handle_reply(message)


class Factory(HTTPFactory):
    """Makes connections whose requests are ours."""

    def buildProtocol(self, addr: object) -> Any:  # noqa: N802 - Twisted's name
        protocol = super().buildProtocol(addr)
        protocol.requestFactory = Request
        return protocol

    def log(self, request: object) -> None:
        """Twisted would put together a line for each request, which nobody is shown."""


class Server(daphne.server.Server):
    """daphne's server that ends in order: no new connections, requests answered, sockets told to come again."""

    ending = False

    def __init__(self, application: Any, *, largest_body: int, **options: Any) -> None:
        super().__init__(application, **options)
        self.largest_body = largest_body
        self.ports: list[Any] = []

    def listen_success(self, port: Any) -> None:
        self.ports.append(port)
        super().listen_success(port)

    def kill_all_applications(self) -> defer.Deferred[Any]:
        """daphne calls this before the reactor stops, and the reactor waits for what it returns."""
        self.ending = True
        for port in self.ports:
            port.stopListening()
        for protocol in list(self.connections):
            if isinstance(protocol, WebSocketProtocol) and protocol.state == protocol.STATE_OPEN:
                protocol.sendCloseFrame(code=SERVICE_RESTART, isReply=False)
        return defer.Deferred.fromFuture(asyncio.ensure_future(self._finish()))

    async def _finish(self) -> None:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + PATIENCE
        while (running := self._running()) and loop.time() < deadline:
            # a kept-alive connection may bring another request meanwhile, so look again
            await asyncio.wait(running, timeout=deadline - loop.time())
        for application in self._running():
            application.cancel()
        await asyncio.sleep(0)

    def _running(self) -> set["asyncio.Future[None]"]:
        applications = (details.get("application_instance") for details in self.connections.values())
        return {application for application in applications if application is not None and not application.done()}


def main(arguments: list[str]) -> None:
    """Serve until SIGTERM."""
    parser = argparse.ArgumentParser(prog="python -m happ_project.webserver", description=__doc__)
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--fd", type=int, help="an inherited listening socket")
    where.add_argument("--port", type=int, help="a port of 127.0.0.1")
    parser.add_argument("--application", default="happ_project.asgi.application", help="the ASGI application's name")
    chosen = parser.parse_args(arguments)
    application = import_string(chosen.application)
    http = application.application_mapping["http"]
    endpoint = f"tcp:port={chosen.port}:interface=127.0.0.1" if chosen.fd is None else f"fd:fileno={chosen.fd}"
    daphne.server.HTTPFactory = Factory  # run() makes its factory by this name and offers no other way in
    Server(
        application,
        endpoints=[endpoint],
        largest_body=max(http.largest_body, http.largest_form),  # which of the two may be, the bridge knows
        websocket_timeout=-1,
        websocket_max_message_size=LARGEST_MESSAGE,
        websocket_max_frame_size=LARGEST_MESSAGE,
        server_name="",
        verbosity=0,
    ).run()
    sys.stdout.flush()
    os._exit(0)  # a request that hangs in its thread must not keep the process


if __name__ == "__main__":
    main(sys.argv[1:])
