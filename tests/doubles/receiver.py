"""Somebody's own server that is told things: a company's webhook, or ours, as a platform sees it."""

from __future__ import annotations

from tests.doubles.http_double import Answer, Call, HttpDouble


class Receiver(HttpDouble):
    """`heard` are the calls in their order; `answers` what they get, first to last, and then `status` with `says`."""

    def __init__(self) -> None:
        super().__init__()
        self.heard: list[Call] = []
        self.answers: list[int] = []
        self.status, self.says = 200, b""

    @property
    def url(self) -> str:
        return f"{self.origin}/hook"

    def act(self, call: Call) -> Answer:
        self.heard.append(call)
        return Answer(self.answers.pop(0) if self.answers else self.status, self.says)
