"""The double's HTTP side: who may call what, with which answers."""

from __future__ import annotations

import base64
import json
import math
import re
import socket
import struct
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote, urlsplit

from tests.doubles.wasender import board, events, media
from tests.doubles.wasender.state import Message, Session

if TYPE_CHECKING:
    from tests.doubles.wasender import WaSender


class Refusal(Exception):
    def __init__(self, status: int, message: str, **more: Any) -> None:
        super().__init__(message)
        self.status, self.body = status, {"success": False, "message": message, **more}


class Asked:
    """One authorised call."""

    def __init__(self, double: WaSender, handler: Any, match: re.Match[str]) -> None:
        self.double, self.part = double, {name: unquote(value) for name, value in match.groupdict().items()}
        self.query = {name: values[0] for name, values in parse_qs(urlsplit(handler.path).query).items()}
        self.raw, self.mime = handler.body, handler.headers.get("Content-Type", "")
        self.headers: dict[str, str] = {}
        self.owner = 0
        self.session: Session

    @property
    def json(self) -> dict[str, Any]:
        try:
            read = json.loads(self.raw or b"{}")
        except ValueError:
            read = None
        if not isinstance(read, dict):
            raise Refusal(422, "The given data was invalid.", errors={"body": ["The body must be JSON."]})
        return read


Act = Callable[[Asked], Any]
ROUTES: list[tuple[str, re.Pattern[str], str, Act]] = []


def route(method: str, path: str, by: str) -> Callable[[Act], Act]:
    pattern = re.compile("^/api" + re.sub(r"{(\w+)}", r"(?P<\1>[^/]+)", path) + "$")

    def register(act: Act) -> Act:
        ROUTES.append((method, pattern, by, act))
        return act

    return register


def authorise(asked: Asked, by: str, header: str) -> None:
    """A personal access token for the account's calls, the session's own key for the session's."""
    scheme, _, token = header.partition(" ")
    if scheme != "Bearer" or not token:
        raise Refusal(401, "API key is required")
    if by == "token":
        if token not in asked.double.tokens:
            raise Refusal(401, "Unauthenticated.")
        asked.owner = asked.double.tokens[token]
        if "id" in asked.part:
            asked.session = _session_of(asked)
        return
    found = [session for session in asked.double.sessions.values() if session.api_key == token]
    if not found:
        raise Refusal(401, "Invalid API key")
    asked.session = found[0]


def _session_of(asked: Asked) -> Session:
    number = asked.part["id"]
    session = asked.double.sessions.get(int(number)) if number.isdigit() else None
    if session is None or session.user_id != asked.owner:
        raise Refusal(404, "Session not found")
    return session


def need_connection(asked: Asked) -> None:
    if asked.session.status != "connected":
        raise Refusal(400, "Your WhatsApp session is not connected")


def accept(asked: Asked) -> tuple[Message, dict[str, str]]:
    """The rules of `POST /send-message`, in the order of the real one: link, pace, form, media."""
    double, session, body, now = asked.double, asked.session, asked.json, asked.double.clock()
    need_connection(asked)
    _check_pace(session, now)
    jid, content = _jid(str(body.get("to") or "")), _check_content(body)
    if jid.partition("@")[0] in double.not_on_whatsapp:
        raise Refusal(422, "JID does not exist on WhatsApp")
    with double.lock:
        _check_pace(session, now)
        message = Message(session=session, msg_id=double.next_number(), jid=jid, body=body, created_at=now)
        message.media = content
        session.messages[message.msg_id] = message
        session.sent_at.append(now)
    if double.auto:
        events.follow(double, message)
    return message, session.limits(now)


def _check_pace(session: Session, now: float) -> None:
    if wait := session.too_fast(now):
        raise Refusal(429, "You have sent too many messages.", retry_after=math.ceil(wait))


def _jid(to: str) -> str:
    if re.fullmatch(r"\d{5,20}@(s\.whatsapp\.net|lid)|[\d-]+@g\.us|\d+@newsletter", to):
        return to
    if re.fullmatch(r"\+?\d{7,15}", to):
        return f"{to.lstrip('+')}@s.whatsapp.net"
    raise _invalid("to", "The to field must be a valid phone number or JID.")


def _check_content(body: dict[str, Any]) -> bytes:
    fields = [name for name in media.RULES if body.get(name)]
    if not fields and not body.get("text"):
        raise _invalid("text", "The text field is required when no media is present.")
    if len(str(body.get("text") or "")) > 65_536:
        raise _invalid("text", "The text may not be greater than 65536 characters.")
    if "replyTo" in body and not isinstance(body["replyTo"], int):
        raise _invalid("replyTo", "The reply to must be an integer.")
    if "documentUrl" in fields and not body.get("fileName"):
        raise _invalid("fileName", "The file name field is required.")
    for name in fields:
        complaint, content = media.problem(name, str(body[name]))
        if complaint:
            raise _invalid(name, complaint)
        return content
    return b""


def _invalid(field: str, complaint: str) -> Refusal:
    return Refusal(422, "The given data was invalid.", errors={field: [complaint]})


def handler(double: WaSender) -> type[BaseHTTPRequestHandler]:
    from tests.doubles.wasender import calls  # noqa: F401 - fills ROUTES

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # an answer in two packets would wait 40 ms for the first to be acknowledged
        body = b""

        def log_message(self, *args: Any) -> None:
            """Quiet."""

        def answer(self, status: int, content: Any, *, headers: dict[str, str] | None = None) -> None:
            body = content if isinstance(content, bytes) else json.dumps(content).encode()
            self.send_response(status)
            kept = {"Content-Type": "application/json", "Content-Length": str(len(body)), **(headers or {})}
            for name, value in kept.items():
                self.send_header(name, value)
            self.end_headers()
            if status != 204:
                self.wfile.write(body)

        def do_GET(self) -> None:
            self.body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            path = urlsplit(self.path).path
            if path.startswith("/files/"):
                content, mime = double.files.get(path.removeprefix("/files/"), (b"", ""))
                self.answer(200 if mime else 404, content, headers={"Content-Type": mime or "text/plain"})
            elif path.startswith("/api/"):
                self._call(path)
            else:
                self.answer(*board.respond(double, self.command, self.path, self.body))

        do_POST = do_PUT = do_DELETE = do_GET  # noqa: N815 - the names that http.server looks for

        def _call(self, path: str) -> None:
            fault = double.take_fault(path)
            how = fault.how if fault else ""
            if fault and how.isdigit():
                refusal = {"success": False, "message": f"Trouble {how}", **fault.answer.get("body", {})}
                self.answer(int(how), refusal, headers=fault.answer.get("headers"))
                return
            if how in ("hang", "reset", "nonsense"):
                self._break(how)
                return
            answer = self._act(path)
            if how.startswith("accept+"):
                self._break(how.removeprefix("accept+"))
                return
            self.answer(*answer[:2], headers=answer[2])

        def _break(self, how: str) -> None:
            if how == "hang":
                double.release.wait(60)
                self.close_connection = True
            elif how == "reset":
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                self.close_connection = True
            elif how == "nonsense":
                self.answer(200, b"<html>Maintenance</html>", headers={"Content-Type": "text/html"})
            else:
                self.answer(int(how), {"success": False, "message": "Server Error"})

        def _act(self, path: str) -> tuple[int, Any, dict[str, str]]:
            for method, pattern, by, act in ROUTES:
                match = pattern.match(path)
                if match is None or method != self.command:
                    continue
                double.calls[act.__name__] += 1
                asked = Asked(double, self, match)
                try:
                    authorise(asked, by, self.headers.get("Authorization", ""))
                    said = act(asked)
                except Refusal as refusal:
                    return refusal.status, refusal.body, asked.headers
                return (204, b"", {}) if said is None else (200, said, asked.headers)
            return 404, {"success": False, "message": f"No route {self.command} {path}"}, {}

    return Handler


def base64_content(asked: Asked) -> tuple[bytes, str]:
    """The two forms of an upload."""
    if asked.mime.startswith("application/json"):
        body = asked.json
        return base64.b64decode(str(body.get("base64", "")).partition(",")[2] or body.get("base64", "")), body[
            "mimetype"
        ]
    return asked.raw, asked.mime
