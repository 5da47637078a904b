"""WaSender's HTTP calls, and what its answers mean for us.

Source of the calls: https://wasenderapi.com/api-docs. Which HTTP number goes with which message is not documented, so
the message is looked at too.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from happ_project.core import clock, http
from happ_project.core.text import gettext_noop as _
from messengers import errors, fetching
from messengers.reading import json_object
from messengers.types import Fetched

if TYPE_CHECKING:
    from messengers.adapter import IO

_DEFAULT_BASE = "https://www.wasenderapi.com/api"
_NOT_CONNECTED_PAUSE = 30.0


class WaSender:
    """One token's view: a personal access token (account) or an API key (session)."""

    def __init__(self, io: IO, token: str) -> None:
        self._io, self._token = io, token
        self._base = str(io.settings.get("WASENDER_BASE_URL") or _DEFAULT_BASE).rstrip("/")

    # The account's calls (personal access token).

    def sessions(self) -> list[dict[str, Any]]:
        return _rows(self._call("GET", "/whatsapp-sessions"))

    def session(self, session_id: str) -> dict[str, Any]:
        return _data(self._call("GET", f"/whatsapp-sessions/{_part(session_id)}"))

    def create_session(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        return _data(self._call("POST", "/whatsapp-sessions", json=dict(fields), repeatable=False))

    def update_session(self, session_id: str, fields: Mapping[str, Any]) -> dict[str, Any]:
        return _data(self._call("PUT", f"/whatsapp-sessions/{_part(session_id)}", json=dict(fields)))

    def connect(self, session_id: str) -> dict[str, Any]:
        return _data(self._call("POST", f"/whatsapp-sessions/{_part(session_id)}/connect"))

    def qr_code(self, session_id: str) -> str:
        return str(_data(self._call("GET", f"/whatsapp-sessions/{_part(session_id)}/qrcode")).get("qrCode") or "")

    def disconnect(self, session_id: str) -> None:
        self._call("POST", f"/whatsapp-sessions/{_part(session_id)}/disconnect")

    def message_log(self, session_id: str, *, page: int) -> list[dict[str, Any]]:
        """Newest first; empty unless the session has `log_messages`."""
        params = {"page": page, "per_page": 50}
        return _rows(self._call("GET", f"/whatsapp-sessions/{_part(session_id)}/message-logs", params=params))

    # The session's calls (API key).

    def status(self) -> str:
        """In lower case. This one answer has no `data` around it."""
        answer, _headers = self._call("GET", "/status")
        return str(answer.get("status") or _inner(answer).get("status") or "").lower()

    def user(self) -> dict[str, Any]:
        return _data(self._call("GET", "/user"))

    def send(self, body: Mapping[str, Any]) -> tuple[dict[str, Any], float]:
        """The accepted message (`msgId`, `jid`, `status`) and how many seconds to be silent from now on."""
        answer, headers = self._call("POST", "/send-message", json=dict(body), repeatable=False)
        return _inner(answer), _pause(headers)

    def message_info(self, msg_id: str) -> dict[str, Any]:
        return _data(self._call("GET", f"/messages/{_part(msg_id)}/info"))

    def edit(self, msg_id: str, text: str) -> None:
        self._call("PUT", f"/messages/{_part(msg_id)}", json={"text": text})

    def delete(self, msg_id: str) -> None:
        self._call("DELETE", f"/messages/{_part(msg_id)}")

    def send_presence(self, jid: str, kind: str) -> None:
        self._call("POST", "/send-presence-update", json={"jid": jid, "type": kind})

    def mark_read(self, jid: str, message_id: str) -> None:
        self._call("POST", "/messages/read", json={"key": {"id": message_id, "remoteJid": jid, "fromMe": False}})

    def phone_of_lid(self, lid: str) -> str:
        """Digits and server as WaSender writes them, or '' where it does not know the lid."""
        try:
            return str(_data(self._call("GET", f"/pn-from-lid/{_part(lid)}")).get("pn") or "")
        except errors.Rejected:
            return ""

    def download(self, media: Mapping[str, Any]) -> Fetched:
        """A file; `media` is the part of the webhook that describes it."""
        answer, _headers = self._call("POST", "/decrypt-media", json={"data": {"messages": dict(media)}})
        url = str(answer.get("publicUrl") or _inner(answer).get("publicUrl") or "")
        if not url:
            raise errors.Rejected("no_media", _("WaSender returned no address for the file"))
        return fetching.download(self._io, url, trusted=[self._base])

    def portrait(self, phone: str) -> Fetched | None:
        """The picture of a number; None where its owner shows it to nobody."""
        try:
            told = _data(self._call("GET", f"/contacts/{_part(phone)}/profile-picture"))
        except errors.Rejected:
            return None
        return fetching.portrait(self._io, str(told.get("imgUrl") or ""), trusted=[self._base])

    def _call(
        self, method: str, path: str, *, json: Any = None, params: Any = None, repeatable: bool = True
    ) -> tuple[dict[str, Any], Mapping[str, str]]:
        """`repeatable`: carrying it out twice does no harm, so that an unclear end is no worse than a failure."""
        door = self._io.http.client("messenger", user_given=False)
        headers = {"Authorization": f"Bearer {self._token}", "Accept": "application/json"}
        try:
            response = door.request(method, self._base + path, headers=headers, json=json, params=params)
        except (http.ConnectFailed, http.Refused) as error:
            raise errors.TryLater(None, str(error)) from None
        except http.HttpError as error:
            raise errors.unclear(str(error), repeatable=repeatable) from None
        body = json_object(response.content)
        if response.status == 204:
            return {}, response.headers
        if response.ok and body is None:
            raise errors.unclear(_("WaSender's answer is not JSON"), repeatable=repeatable)
        if not response.ok or (body or {}).get("success") is False:
            raise _verdict(response.status, body or {}, response.headers, repeatable=repeatable)
        return body or {}, response.headers


def _verdict(
    status: int, body: Mapping[str, Any], headers: Mapping[str, str], *, repeatable: bool
) -> errors.MessengerError:
    """What a refusal means; the order matters, the message says more than the number."""
    reason = _reason(body) or errors.answered("WaSender", status)
    said = reason.lower()
    if status == 429:
        return errors.TryLater(_seconds(headers.get("Retry-After")) or _seconds(body.get("retry_after")) or 1.0, reason)
    if "not connected" in said:
        return errors.TryLater(_NOT_CONNECTED_PAUSE, reason)
    if status in (401, 402, 403) or "subscription" in said or "api key" in said:
        return errors.LoginRequired(reason)
    if status >= 500 or status == 408:
        if status == 503 and (pause := _seconds(headers.get("Retry-After"))):
            return errors.TryLater(pause, reason)
        return errors.unclear(reason, repeatable=repeatable)
    codes = {404: "not_found", 413: "too_large", 415: "media_type", 422: "invalid", 400: "invalid"}
    return errors.Rejected(codes.get(status, "refused"), reason)


def _reason(body: Mapping[str, Any]) -> str:
    """The provider's sentence, with the first complaint about each field."""
    parts = [str(body.get("message") or body.get("error") or "")]
    fields = body.get("errors")
    if isinstance(fields, dict):
        for complaints in fields.values():
            first = complaints[0] if isinstance(complaints, list) and complaints else complaints
            if first and str(first) not in parts:
                parts.append(str(first))
    return " ".join(part for part in parts if part)[:500]


def _pause(headers: Mapping[str, str]) -> float:
    """Seconds until the next request is welcome. Whether Reset is a delta or a time is undocumented: both are read."""
    if headers.get("X-RateLimit-Remaining", "").strip() != "0":
        return 0.0
    reset = _seconds(headers.get("X-RateLimit-Reset")) or 0.0
    return reset if reset < 1_000_000 else max(0.0, reset - clock.now().timestamp())


def _seconds(value: Any) -> float | None:
    try:
        return max(0.0, float(value))
    except (TypeError, ValueError):
        return None


def _inner(answer: Mapping[str, Any]) -> dict[str, Any]:
    data = answer.get("data")
    return data if isinstance(data, dict) else {}


def _data(answered: tuple[dict[str, Any], Mapping[str, str]]) -> dict[str, Any]:
    return _inner(answered[0])


def _rows(answered: tuple[dict[str, Any], Mapping[str, str]]) -> list[dict[str, Any]]:
    """A list, bare or inside a Laravel paginator."""
    data = answered[0].get("data")
    rows = data.get("data") if isinstance(data, dict) else data
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def _part(value: str) -> str:
    return quote(str(value), safe="@")
