"""A website on loopback: pages by path, robots.txt, conditional requests, and whatever goes wrong on order."""

from __future__ import annotations

from tests.doubles.http_double import Answer, Call, HttpDouble

HTML = {"Content-Type": "text/html; charset=utf-8"}


def html(body: str, *, title: str = "Shop") -> bytes:
    """A page with a menu and a footer around what it is about."""
    menu = '<nav><a href="/">Home</a><a href="/shop">Shop</a><a href="/about">About us</a></nav>'
    frame = f"<body>{menu}<main>{body}</main><footer>© Shop</footer></body>"
    return f"<!doctype html><html><head><title>{title}</title></head>{frame}</html>".encode()


class Website(HttpDouble):
    """`pages` by path; `robots` is the text of robots.txt, None if there is none; `asked` the requests that came."""

    def __init__(self) -> None:
        super().__init__()
        self.pages: dict[str, Answer] = {}
        self.robots: str | None = None
        self.asked: list[Call] = []

    def put(self, path: str, body: str | bytes, **headers: str) -> str:
        """Put a page there; its address is returned. `headers` with underscores for dashes."""
        content = html(body) if isinstance(body, str) else body
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.pages[path] = Answer(200, content, {**HTML, **named})
        return f"{self.origin}{path}"

    def act(self, call: Call) -> Answer:
        self.asked.append(call)
        if call.path == "/robots.txt":
            answer = self._robots()
        else:
            answer = self.pages.get(call.path, Answer(404, html("<p>Not here</p>"), HTML))
        tag = answer.headers.get("ETag")
        return Answer(304, b"", {"ETag": tag}) if tag and call.headers.get("if-none-match") == tag else answer

    def _robots(self) -> Answer:
        if self.robots is None:
            return Answer(404, b"", HTML)
        return Answer(200, self.robots.encode(), {"Content-Type": "text/plain"})

    def refusal(self, status: int) -> Answer:
        return Answer(status, html("<p>Trouble</p>"), HTML)

    def paths(self) -> list[str]:
        return [call.path for call in self.asked]
