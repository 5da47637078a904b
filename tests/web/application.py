"""A stand-in for the product behind the real bridge and web server: what it answers shows what reached it."""

import hashlib
import json
import os
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from channels.routing import ProtocolTypeRouter

from happ_project.bridge import Receive, Scope, Send, WsgiBridge


def wsgi(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """`/slow` takes half a second and notes each run; everything else tells about the request."""
    if environ["PATH_INFO"] == "/slow":
        with Path(os.environ["STARTED"]).open("a") as started:
            started.write("x")
        time.sleep(0.5)
    if environ["PATH_INFO"] == "/stuck":
        time.sleep(60)
    if environ["PATH_INFO"] == "/broken":
        raise RuntimeError("broken on purpose")
    body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
    told = {
        "method": environ["REQUEST_METHOD"],
        "path": environ["PATH_INFO"],
        "query": environ["QUERY_STRING"],
        "prefix": environ["SCRIPT_NAME"],
        "size": len(body),
        "sha256": hashlib.sha256(body).hexdigest(),
        "header": environ.get("HTTP_X_TOLD", ""),
    }
    start_response("200 OK", [("Content-Type", "application/json"), ("X-Name", "Ї".encode().decode("latin-1"))])
    return [json.dumps(told).encode()]


async def sockets(scope: Scope, receive: Receive, send: Send) -> None:
    """Accepts and waits."""
    await receive()
    await send({"type": "websocket.accept"})
    while (await receive())["type"] != "websocket.disconnect":
        await send({"type": "websocket.send", "text": "heard"})


http = WsgiBridge(wsgi, threads=8, largest_body=200_000, largest_form=600_000, large_forms=("/documents/",))
application = ProtocolTypeRouter({"http": http, "websocket": sockets})  # type: ignore[dict-item]
