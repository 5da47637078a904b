"""A page to pull the strings by hand: be the customer, the page's owner, the day on which a password changes."""

from __future__ import annotations

import html
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from tests.doubles.meta.world import Place

if TYPE_CHECKING:
    from tests.doubles.meta import Meta

HTML = {"Content-Type": "text/html; charset=utf-8"}
_PAGE = """<!doctype html><meta charset="utf-8"><title>Meta double</title>
<meta name="viewport" content="width=device-width"><style>
body{{font:16px/1.5 system-ui;max-width:50rem;margin:2rem auto;padding:0 1rem}}form{{margin:.5rem 0}}
input,button,select{{font:inherit;padding:.3rem .5rem}}
td,th{{text-align:left;padding:.2rem .8rem .2rem 0;vertical-align:top}}
code{{background:#eee;padding:.1rem .3rem}}</style><h1>Meta double</h1>{places}
<form method="post" action="/board/password"><button>The owner changes the password: all tokens die</button></form>
<h2>Sent over the API</h2><table><tr><th>From<th>To<th>What</tr>{sent}</table>
<h2>Webhooks posted</h2><table><tr><th>Object<th>Answer<th>Body</tr>{posts}</table>"""
_PLACE = """<h2>{title}</h2><p>{state}</p><form method="post" action="/board/write">
<input type="hidden" name="place" value="{id}">{who} writes <input name="text" size="40"> <button>Send</button></form>
<form method="post" action="/board/type">
<input type="hidden" name="place" value="{id}">the owner answers {who} in the app
<input name="text" size="30"> <button>Send</button></form>
<form method="post" action="/board/drop"><input type="hidden" name="place" value="{id}">
<button>Meta takes our app off it</button></form>"""


def respond(double: Meta, method: str, path: str, body: bytes) -> bytes:
    """`POST /board/<string>` with a form or JSON; everything else is the page."""
    if method == "POST":
        try:
            given: dict[str, Any] = json.loads(body)
        except ValueError:
            given = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        pull(double, path.removeprefix("/board/"), given)
    return _page(double).encode()


def pull(double: Meta, string: str, given: dict[str, Any]) -> None:
    if string == "password":
        for person in double.people.values():
            double.kill_tokens(person)
        return
    place: Place = {**double.pages, **double.accounts}[str(given["place"])]
    text, customer = str(given.get("text") or ""), str(given.get("customer") or "")
    if string == "write":
        double.write(place, customer, text)
    elif string == "type":
        double.type_in_app(place, customer, text)
    elif string == "drop":
        place.fields = None


def _page(double: Meta) -> str:
    def row(*cells: Any) -> str:
        return "<tr>" + "".join(f"<td>{html.escape(str(cell))}" for cell in cells)

    places = "".join(_place(place) for place in (*double.pages.values(), *double.accounts.values()))
    return _PAGE.format(
        places=places,
        sent="".join(row(message.place.name, message.to, message.body["message"]) for message in double.sent),
        posts="".join(row(post.object, post.status or "none", post.body.decode()[:300]) for post in double.posts[-30:]),
    )


def _place(place: Place) -> str:
    options = "".join(f'<option value="{key}">{html.escape(name)}</option>' for key, name in place.customers.items())
    return _PLACE.format(
        title=f"{type(place).__name__} {html.escape(place.name)}",
        state="connected" if place.fields else "our app does not get its messages by a subscription of its own",
        id=place.id,
        who=f'<select name="customer">{options}</select>',
    )
