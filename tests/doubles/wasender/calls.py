"""The calls that WaSender documents, one function each."""

from __future__ import annotations

import secrets
from typing import Any

from tests.doubles.wasender import media
from tests.doubles.wasender.state import Message, Session
from tests.doubles.wasender.wire import Asked, Refusal, accept, base64_content, need_connection, route


def ok(data: Any) -> dict[str, Any]:
    return {"success": True, "data": data}


def _page(rows: list[Any], asked: Asked) -> dict[str, Any]:
    """A Laravel paginator."""
    page, size = int(asked.query.get("page", 1)), int(asked.query.get("per_page", 15))
    last = max(1, -(-len(rows) // size))
    part = rows[(page - 1) * size : page * size]
    return ok({"current_page": page, "data": part, "last_page": last, "per_page": size, "total": len(rows)})


# The account's calls.


@route("GET", "/whatsapp-sessions", by="token")
def list_sessions(asked: Asked) -> Any:
    return ok([session.shown() for session in asked.double.sessions.values() if session.user_id == asked.owner])


@route("POST", "/whatsapp-sessions", by="token")
def create_session(asked: Asked) -> Any:
    body, double = asked.json, asked.double
    required = ("name", "phone_number", "account_protection", "log_messages")
    missing = {name: [f"The {name} field is required."] for name in required if name not in body}
    phone = str(body.get("phone_number", ""))
    if not missing and not (phone.startswith("+") and phone[1:].isdigit() and 8 <= len(phone) <= 16):
        missing = {"phone_number": ["The phone number must be in E.164 form."]}
    if not missing and any(other.phone_number == phone for other in double.sessions.values()):
        missing = {"phone_number": ["The phone number has already been taken."]}
    if missing:
        raise Refusal(422, "The given data was invalid.", errors=missing)
    with double.lock:
        session = Session(id=len(double.sessions) + 1, user_id=asked.owner, phone_number=phone)
        session.change(body)
        double.sessions[session.id] = session
    return ok(session.shown())


@route("GET", "/whatsapp-sessions/{id}", by="token")
def get_session(asked: Asked) -> Any:
    return ok(asked.session.shown())


@route("PUT", "/whatsapp-sessions/{id}", by="token")
def update_session(asked: Asked) -> Any:
    asked.session.change(asked.json)
    return ok(asked.session.shown())


@route("DELETE", "/whatsapp-sessions/{id}", by="token")
def delete_session(asked: Asked) -> Any:
    del asked.double.sessions[asked.session.id]


@route("POST", "/whatsapp-sessions/{id}/connect", by="token")
def connect(asked: Asked) -> Any:
    session = asked.session
    if session.status == "connected":
        return ok({"status": "CONNECTED"})
    session.status = "need_scan"
    return ok({"status": "NEED_SCAN", "qrCode": session.new_qr(asked.double.clock())})


@route("GET", "/whatsapp-sessions/{id}/qrcode", by="token")
def qr_code(asked: Asked) -> Any:
    if asked.session.status != "need_scan":
        raise Refusal(400, "Connect the session first")
    return ok({"qrCode": asked.session.new_qr(asked.double.clock())})


@route("POST", "/whatsapp-sessions/{id}/disconnect", by="token")
def disconnect(asked: Asked) -> Any:
    asked.session.status = "disconnected"
    return ok({"status": "DISCONNECTED"})


@route("POST", "/whatsapp-sessions/{id}/restart", by="token")
def restart(asked: Asked) -> Any:
    need_connection(asked)
    return ok({"status": "CONNECTED"})


@route("POST", "/whatsapp-sessions/{id}/regenerate-key", by="token")
def regenerate_key(asked: Asked) -> Any:
    asked.session.api_key = secrets.token_hex(32)
    return {"success": True, "api_key": asked.session.api_key}


@route("GET", "/whatsapp-sessions/{id}/message-logs", by="token")
def message_logs(asked: Asked) -> Any:
    messages = reversed(asked.session.messages.values()) if asked.session.log_messages else []
    return _page([message.logged() for message in messages], asked)


# The session's calls.


@route("GET", "/status", by="key")
def status(asked: Asked) -> Any:
    return {"status": asked.session.status}


@route("GET", "/user", by="key")
def user(asked: Asked) -> Any:
    need_connection(asked)
    digits = asked.session.phone_number.lstrip("+")
    return ok({"id": f"{digits}:7@s.whatsapp.net", "name": asked.session.name, "lid": asked.session.lid})


@route("POST", "/send-message", by="key")
def send_message(asked: Asked) -> Any:
    message, asked.headers = accept(asked)
    return ok({"msgId": message.msg_id, "jid": message.jid, "status": "in_progress"})


def _message(asked: Asked) -> Message:
    number = asked.part["msg_id"]
    found = asked.session.messages.get(int(number)) if number.isdigit() else None
    if found is None:
        raise Refusal(404, "Message not found")
    return found


@route("GET", "/messages/{msg_id}/info", by="key")
def message_info(asked: Asked) -> Any:
    message = _message(asked)
    key = {"id": message.key_id, "remoteJid": message.jid, "fromMe": True}
    return ok({"key": key, "status": message.status, "messageTimestamp": int(message.created_at)})


@route("PUT", "/messages/{msg_id}", by="key")
def edit_message(asked: Asked) -> Any:
    message = _message(asked)
    message.body = message.body | {"text": asked.json["text"]}
    return ok({"msgId": message.msg_id})


@route("DELETE", "/messages/{msg_id}", by="key")
def delete_message(asked: Asked) -> Any:
    message = _message(asked)
    message.body = {"deleted": True}
    return ok({"msgId": message.msg_id})


@route("POST", "/send-presence-update", by="key")
def send_presence(asked: Asked) -> Any:
    need_connection(asked)
    body = asked.json
    if body.get("type") not in ("composing", "recording", "available", "unavailable"):
        raise Refusal(422, "The given data was invalid.", errors={"type": ["The selected type is invalid."]})
    asked.double.presence.append(body)
    return ok({"status": "sent"})


@route("POST", "/messages/read", by="key")
def mark_read(asked: Asked) -> Any:
    need_connection(asked)
    asked.double.read.append(asked.json["key"])
    return ok({"status": "read"})


@route("GET", "/on-whatsapp/{phone}", by="key")
def on_whatsapp(asked: Asked) -> Any:
    return ok({"exists": asked.part["phone"].lstrip("+") not in asked.double.not_on_whatsapp})


@route("GET", "/contacts/{phone}/profile-picture", by="key")
def profile_picture(asked: Asked) -> Any:
    need_connection(asked)
    return ok({"imgUrl": asked.double.portraits.get(asked.part["phone"])})


@route("GET", "/pn-from-lid/{lid}", by="key")
def pn_from_lid(asked: Asked) -> Any:
    pn = asked.double.lids.get(asked.part["lid"])
    if pn is None:
        return {"success": False, "error": "LID not found or invalid."}
    return ok({"pn": pn})


@route("GET", "/lid-from-pn/{pn}", by="key")
def lid_from_pn(asked: Asked) -> Any:
    for lid, pn in asked.double.lids.items():
        if pn == asked.part["pn"]:
            return ok({"lid": lid})
    return {"success": False, "error": "PN not found or invalid."}


@route("POST", "/upload", by="key")
def upload(asked: Asked) -> Any:
    content, mime = base64_content(asked)
    if not content or len(content) > 100 * 1024 * 1024:
        raise Refusal(422, "The file is empty or too large.")
    return {"success": True, "publicUrl": asked.double.keep_file(content, mime)}


@route("POST", "/decrypt-media", by="key")
def decrypt_media(asked: Asked) -> Any:
    """Really decrypts, so that a key lost on the way shows."""
    try:
        message = asked.json["data"]["messages"]["message"]
        name, file = next((name, file) for name, file in message.items() if name.endswith("Message"))
        kind = name.removesuffix("Message")
        sealed, _mime = asked.double.files[file["url"].rpartition("/")[2]]
        content = media.decrypt(sealed, media_key=file["mediaKey"], kind=kind)
    except (KeyError, StopIteration, ValueError, AttributeError, TypeError) as error:
        raise Refusal(422, f"Media could not be decrypted: {error}") from None
    return {"success": True, "publicUrl": asked.double.keep_file(content, file.get("mimetype") or "")}
