"""Bold words and links over a user's own Telegram account, both ways."""

from __future__ import annotations

from typing import Any

import pytest
from telethon.tl import functions
from telethon.tl import types as tl

from conversations.models import Message
from conversations.services import outbound
from happ_project.core import markup
from tests.doubles.telegram import Account, RpcFault, Running
from tests.sessions.conftest import Line, RunnerThread, until

pytestmark = pytest.mark.django_db(transaction=True)

SEND = functions.messages.SendMessageRequest
BOLD = tl.MessageEntityBold(3, 4)


def shown(person: Account) -> list[tuple[str, Any]]:
    """What a person sees in the end: each text with its formatting."""
    copies = person.mailbox.copies.values()
    return [(copy.message.text, copy.message.entities or []) for copy in copies]


def test_formatting_travels_both_ways_and_through_corrections(
    line: Line, runner: RunnerThread, telegram: Running, bob: Account
) -> None:
    asked = telegram.do(lambda dc: dc.post.send(bob, line.owner, "😀 bold 2*3*4", entities=[BOLD]))
    until(lambda: line.texts() == ["😀 bold 2*3*4"])
    kinds = line.ask(lambda: [mark.kind for mark in Message.objects.get().said.marks])
    assert kinds == ["bold"]

    italic = tl.MessageEntityItalic(3, 4)
    telegram.do(lambda dc: dc.post.edit(asked, "😀 bold 2*3*4", [italic]))
    until(lambda: line.texts() and line.ask(lambda: [m.kind for m in Message.objects.get().said.marks]) == ["italic"])

    with line.scope():
        said = markup.read("😀 **bold** at [8](https://x.example), _sharp_")
        message = outbound.send(line.chat(), said=said, source="AI")
    link = tl.MessageEntityTextUrl(11, 1, "https://x.example")
    telegram.until(lambda dc: shown(bob)[1:] == [("😀 bold at 8, sharp", [BOLD, link, tl.MessageEntityItalic(14, 5)])])

    with line.scope():
        outbound.edit(Message.objects.get(pk=message.pk), "😀 bold at 9 (https://x.example)!")
    telegram.until(lambda dc: shown(bob)[1:] == [("😀 bold at 9!", [BOLD, link])])


def test_a_message_goes_plain_where_its_formatting_is_refused(
    line: Line, runner: RunnerThread, telegram: Running, bob: Account
) -> None:
    telegram.do(lambda dc: dc.post.send(bob, line.owner, "hi"))
    until(lambda: line.texts() == ["hi"])
    telegram.do(lambda dc: dc.script(SEND, RpcFault(400, "ENTITIES_TOO_LONG")))

    with line.scope():
        outbound.send(line.chat(), said=markup.read("**See** [us](https://x.example)"), source="AI")

    telegram.until(lambda dc: shown(bob)[1:] == [("See us (https://x.example)", [])])
    until(lambda: line.ask(lambda: Message.objects.get(role="Assistant").status) == "sent")
