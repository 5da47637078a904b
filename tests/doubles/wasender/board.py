"""A page to pull the strings by hand: be the customer, scan the code, see what was sent."""

from __future__ import annotations

import html
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

if TYPE_CHECKING:
    from tests.doubles.wasender import WaSender

_PAGE = """<!doctype html><meta charset="utf-8"><title>WaSender double</title>
<meta name="viewport" content="width=device-width"><style>
body{{font:16px/1.5 system-ui;max-width:46rem;margin:2rem auto;padding:0 1rem}}form{{margin:.5rem 0}}
input,button{{font:inherit;padding:.3rem .5rem}}td,th{{text-align:left;padding:.2rem .8rem .2rem 0;vertical-align:top}}
code{{background:#eee;padding:.1rem .3rem}}</style>
<h1>WaSender double</h1><p>Personal access token: {tokens}</p>{sessions}
<h2>Sent over the API</h2><table><tr><th>Number<th>To<th>Status<th>Content</tr>{sent}</table>
<h2>Webhooks posted</h2><table><tr><th>Event<th>Answer</tr>{posts}</table>"""
_SESSION = """<h2>{name} {phone}</h2><p>{status}; webhook {webhook}</p>
<form method="post" action="/board/scan"><input type="hidden" name="session" value="{id}"><button>Scan the QR code
</button></form><form method="post" action="/board/log-out"><input type="hidden" name="session" value="{id}">
<button>Remove the linked device</button></form><form method="post" action="/board/write">
<input type="hidden" name="session" value="{id}"><input name="phone" value="+380671112233"> writes
<input name="text" size="40" autofocus> <label><input type="checkbox" name="lid"> by lid</label> <button>Send</button>
</form><form method="post" action="/board/type"><input type="hidden" name="session" value="{id}">the owner answers
<input name="phone" value="+380671112233"> <input name="text" size="30"> <button>Send</button></form>"""


def respond(double: WaSender, method: str, path: str, body: bytes) -> tuple[int, bytes]:
    """`POST /board/<string>` with a form or JSON; everything else is the page."""
    if method == "POST":
        try:
            given: dict[str, Any] = json.loads(body)
        except ValueError:
            given = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        pull(double, urlsplit(path).path.removeprefix("/board/"), given)
    return 200, _page(double).encode()


def pull(double: WaSender, string: str, given: dict[str, Any]) -> None:
    session = double.sessions[int(given.get("session") or 1)]
    phone, text = str(given.get("phone") or ""), str(given.get("text") or "")
    if string == "scan":
        double.scan(session)
    elif string == "log-out":
        double.log_out(session)
    elif string == "write":
        lid = f"{int(phone.lstrip('+')) * 7}@lid" if given.get("lid") else ""
        double.customer_writes(session, phone, text, lid=lid)
    elif string == "type":
        double.type_on_phone(session, phone, text)


def _page(double: WaSender) -> str:
    def row(*cells: Any) -> str:
        return "<tr>" + "".join(f"<td>{html.escape(str(cell))}" for cell in cells)

    sessions = "".join(
        _SESSION.format(
            id=session.id,
            name=html.escape(session.name),
            phone=html.escape(session.phone_number),
            status=session.status,
            webhook=html.escape(session.webhook_url or "not set"),
        )
        for session in double.sessions.values()
    )
    return _PAGE.format(
        tokens=" ".join(f"<code>{html.escape(token)}</code>" for token in double.tokens),
        sessions=sessions or "<p>No session yet.</p>",
        sent="".join(row(message.msg_id, message.jid, message.status, message.body) for message in double.sent),
        posts="".join(row(post.event, post.status or "none") for post in double.posts[-30:]),
    )
