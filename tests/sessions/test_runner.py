"""The runner with its accounts: what arrives is stored, what waits is sent, trouble is told once and waited out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from telethon.tl import functions
from telethon.tl import types as tl

from conversations.models import Message
from conversations.services import inbound, outbound, several
from happ_project.core import clock
from happ_project.files import services as files
from integrations.services import integrations
from messengers.models import Delivery, InboundReceipt, SessionLease, SessionPeer, SessionState
from messengers.services import signals
from tests.doubles.telegram import Account, Disruption, RpcFault, Running
from tests.sessions.conftest import Line, RunnerThread, until, work_off

pytestmark = pytest.mark.django_db(transaction=True)

SEND = functions.messages.SendMessageRequest
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de"
    "0000000c4944415408d763f8cfc000000301010018dd8db00000000049454e44ae426082"
)


def deliveries(line: Line) -> list[Delivery]:
    return line.ask(lambda: list(Delivery.objects.order_by("id")))


def statuses(line: Line) -> list[str]:
    return [delivery.status for delivery in deliveries(line)]


def answer(line: Line, text: str, **more: Any) -> Any:
    with line.scope():
        return outbound.send(line.chat(), text=text, source="AI", **more)


@pytest.fixture
def chatting(line: Line, runner: RunnerThread, telegram: Running, bob: Account) -> Line:
    """Bob has written."""
    telegram.do(lambda dc: dc.post.send(bob, line.owner, "hi"))
    until(lambda: line.texts() == ["hi"])
    return line


def test_a_message_becomes_a_chat(chatting: Line, bob: Account) -> None:
    chat = chatting.chat()

    assert (chat.external_id, chat.display_name, chat.username) == (str(bob.id), "Bob", "bob")
    assert chat.waiting_since is not None
    assert chatting.address.state == "connected"


def test_what_was_told_is_encrypted_at_rest(chatting: Line) -> None:
    from django.db import connection

    until(lambda: chatting.ask(SessionPeer.objects.count))
    with connection.cursor() as cursor:
        cursor.execute("SELECT data FROM messengers_sessionpeer UNION SELECT state FROM messengers_sessionstate")
        stored = [bytes(row[0]) for row in cursor.fetchall()]

    assert all(value.startswith(b"gAAAA") for value in stored)
    assert chatting.ask(lambda: SessionPeer.objects.get().data["name"]) == "Bob"


def test_an_answer_is_sent_by_the_runner(chatting: Line, bob: Account) -> None:
    message = answer(chatting, "Hello, Bob")

    until(lambda: statuses(chatting) == ["sent"])
    assert list(bob.mailbox.copies.values())[-1].message.text == "Hello, Bob"
    assert chatting.ask(lambda: Message.objects.get(pk=message.pk).status) == "sent"


def test_a_photo_is_stored_by_the_runner_and_the_rest_is_any_workers(
    line: Line, runner: RunnerThread, telegram: Running, bob: Account
) -> None:
    telegram.do(lambda dc: dc.post.send(bob, line.owner, "like this", media=dc.files.add_photo(PNG)))

    until(lambda: line.texts() == ["like this"])

    message = line.ask(lambda: Message.objects.select_related("file").get())
    with line.scope(), files.open(message.file) as content:
        assert content.read() == PNG
    assert (message.type, message.file_missing) == ("Photo", False)
    assert line.ask(lambda: InboundReceipt.objects.get().queue) == "inbound"


def test_a_file_that_could_not_be_had_is_fetched_again_though_its_reference_expired(
    line: Line, runner: RunnerThread, telegram: Running, bob: Account, client: Client
) -> None:
    client.force_login(line.company.owner)
    telegram.do(lambda dc: dc.script(functions.upload.GetFileRequest, RpcFault(400, "LOCATION_INVALID")))
    telegram.do(lambda dc: dc.post.send(bob, line.owner, "like this", media=dc.files.add_photo(PNG)))
    until(lambda: line.texts() == ["like this"])
    assert line.ask(lambda: Message.objects.get().file_missing)
    telegram.do(lambda dc: dc.files.expire_references())

    assert "Try again" in client.get(f"/chats/{line.chat().pk}/").content.decode()

    with line.scope():
        message = Message.objects.select_related("chat__integration__address").get()
        assert inbound.fetch_again(message)

    until(lambda: line.texts() and not line.ask(lambda: Message.objects.get().file_missing))
    with line.scope(), files.open(Message.objects.select_related("file").get().file) as content:
        assert content.read() == PNG


def test_a_file_that_is_gone_for_good_says_why_and_is_not_asked_for_again(
    line: Line, runner: RunnerThread, telegram: Running, bob: Account, client: Client
) -> None:
    client.force_login(line.company.owner)
    telegram.do(lambda dc: dc.script(functions.upload.GetFileRequest, RpcFault(400, "LOCATION_INVALID")))
    copy = telegram.do(lambda dc: dc.post.send(bob, line.owner, "like this", media=dc.files.add_photo(PNG)))
    until(lambda: line.texts() == ["like this"])
    telegram.do(lambda dc: dc.files.expire_references())
    telegram.do(lambda dc: line.owner.mailbox.remove(copy.message.copies[line.owner]))

    with line.scope():
        assert inbound.fetch_again(Message.objects.select_related("chat__integration__address").get())

    until(lambda: work_off() or line.ask(lambda: Message.objects.get().file_problem))
    message = line.ask(lambda: Message.objects.select_related("chat__integration__address").get())
    assert (message.file_missing, message.file_id) == (True, None)
    with line.scope():
        assert not inbound.fetch_again(message)
    page = client.get(f"/chats/{message.chat_id}/").content.decode()
    assert "File not available: It was deleted in Telegram, by the customer or on your phone." in page
    assert "Try again" not in page


def test_a_file_goes_out_through_the_session(chatting: Line, bob: Account) -> None:
    with chatting.scope():
        stored = files.store(PNG, name="cake.png")
    answer(chatting, "look", file=stored)

    until(lambda: statuses(chatting) == ["sent"])

    said = list(bob.mailbox.copies.values())[-1].message
    assert (said.text, said.media.data) == ("look", PNG)


ALBUM = functions.messages.SendMultiMediaRequest


def three(line: Line) -> list[Any]:
    with line.scope():
        pictures = [files.store(PNG + bytes([i]), name=f"cake {i}.png", mime="image/png") for i in range(3)]
        return several.send(line.chat(), files=pictures, text="three cakes")


def test_several_pictures_go_out_as_one_album(chatting: Line, telegram: Running, bob: Account) -> None:
    written = three(chatting)

    until(lambda: statuses(chatting) == ["sent"] * 3 and {row.state for row in deliveries(chatting)} == {"done"})

    got = [copy.message for copy in bob.mailbox.copies.values()][1:]
    assert [(message.text, message.media.data[-1]) for message in got] == [("three cakes", 0), ("", 1), ("", 2)]
    assert len({message.grouped_id for message in got} - {None}) == 1
    assert telegram.dc.count(ALBUM) == 1
    told = chatting.ask(lambda: list(Message.objects.filter(role="Assistant").order_by("id")))
    assert [message.pk for message in told] == [message.pk for message in written]
    assert [message.status for message in told] == ["sent"] * 3
    assert len({message.external_id for message in told} - {""}) == 3


def test_each_part_of_an_album_is_read_and_taken_back_by_itself(
    chatting: Line, telegram: Running, bob: Account
) -> None:
    written = three(chatting)
    until(lambda: statuses(chatting) == ["sent"] * 3)

    telegram.do(lambda dc: dc.post.read(bob, chatting.owner))
    until(lambda: work_off() or statuses(chatting) == ["read"] * 3)
    with chatting.scope():
        outbound.delete(Message.objects.select_related("chat__integration__address").get(pk=written[1].pk))

    until(lambda: len(bob.mailbox.copies) == 3)
    assert [copy.message.media.data[-1] for copy in list(bob.mailbox.copies.values())[1:]] == [0, 2]


def test_an_album_whose_answer_got_lost_is_neither_sent_twice_nor_taken_for_a_persons(
    chatting: Line, telegram: Running, bob: Account
) -> None:
    telegram.do(lambda dc: dc.script(ALBUM, Disruption.LOSE_ANSWER))
    three(chatting)

    until(lambda: statuses(chatting) == ["sent"] * 3, seconds=15)
    work_off()

    assert len(bob.mailbox.copies) == 4
    assert len({row.external_id for row in deliveries(chatting)} - {""}) == 3
    assert chatting.texts()[:4] == ["hi", "three cakes", "", ""]
    ours = chatting.ask(lambda: Message.objects.filter(role="Assistant").count())
    assert ours == 3, "no part came back as the phone's"


def test_a_refused_album_goes_out_one_by_one(chatting: Line, telegram: Running, bob: Account) -> None:
    telegram.do(lambda dc: dc.script(ALBUM, RpcFault(400, "MEDIA_INVALID")))
    three(chatting)

    until(lambda: statuses(chatting) == ["sent"] * 3)

    got = [copy.message for copy in bob.mailbox.copies.values()][1:]
    assert [(message.text, message.grouped_id) for message in got] == [("three cakes", None), ("", None), ("", None)]


def test_a_limit_holds_an_album_together(chatting: Line, telegram: Running, bob: Account) -> None:
    telegram.do(lambda dc: dc.script(ALBUM, RpcFault(420, "FLOOD_WAIT_1")))
    three(chatting)

    until(lambda: statuses(chatting) == ["sent"] * 3)

    got = [copy.message for copy in bob.mailbox.copies.values()][1:]
    assert len({message.grouped_id for message in got} - {None}) == 1


def test_nothing_is_lost_or_doubled_over_a_restart(
    chatting: Line, runner: RunnerThread, runners: Callable[..., RunnerThread], telegram: Running, bob: Account
) -> None:
    runner.stop()
    telegram.do(lambda dc: [dc.post.send(bob, chatting.owner, f"away {i}") for i in range(5)])
    answer(chatting, "written meanwhile")

    runners()

    until(lambda: statuses(chatting) == ["sent"])
    until(lambda: len(chatting.texts()) == 7)
    assert sorted(chatting.texts()) == sorted(["hi", *(f"away {i}" for i in range(5)), "written meanwhile"])
    assert [copy.message.text for copy in bob.mailbox.copies.values()].count("written meanwhile") == 1
    assert telegram.dc.count(functions.auth.SendCodeRequest) == 0


def test_an_answer_that_got_lost_is_neither_sent_twice_nor_taken_for_a_persons(
    chatting: Line, telegram: Running, bob: Account
) -> None:
    telegram.do(lambda dc: dc.script(SEND, Disruption.LOSE_ANSWER))
    answer(chatting, "only once")

    until(lambda: statuses(chatting) == ["sent"], seconds=15)
    work_off()

    assert [copy.message.text for copy in bob.mailbox.copies.values()] == ["hi", "only once"]
    assert chatting.texts() == ["hi", "only once"]
    assert chatting.chat().ai_on, "the echo was not taken for something the owner typed"


def test_what_the_owner_types_on_the_phone_pauses_the_assistant(
    chatting: Line, telegram: Running, bob: Account
) -> None:
    telegram.do(lambda dc: dc.post.send(chatting.owner, bob, "I'll take this"))

    until(lambda: "I'll take this" in chatting.texts())

    assert not chatting.chat().ai_on
    typed = chatting.ask(lambda: Message.objects.get(role="Assistant"))
    assert (typed.role, typed.source, typed.text) == ("Assistant", "TELEGRAM", "I'll take this")


def test_a_read_mark_reaches_every_message_before_it(chatting: Line, telegram: Running, bob: Account) -> None:
    for text in ("one", "two"):
        answer(chatting, text)
    until(lambda: statuses(chatting) == ["sent", "sent"])
    telegram.do(lambda dc: dc.post.read(bob, chatting.owner))

    until(lambda: work_off() or statuses(chatting) == ["read", "read"])
    until(lambda: statuses(chatting) == ["read", "read"])


def test_a_deletion_and_an_edit_reach_the_chat(
    line: Line, runner: RunnerThread, telegram: Running, bob: Account
) -> None:
    album = telegram.do(
        lambda dc: dc.post.send_album(bob, line.owner, [dc.files.add_photo(PNG), dc.files.add_photo(PNG + b"2")])
    )
    text = telegram.do(lambda dc: dc.post.send(bob, line.owner, "at 5"))
    until(lambda: "at 5" in line.texts())
    telegram.do(lambda dc: dc.post.edit(text, "at 6"))
    telegram.do(lambda dc: dc.post.delete(bob, [album[1].id], revoke=True))

    def gone() -> list[bool]:
        work_off()
        return line.ask(lambda: [bool(m.deleted_at) for m in Message.objects.filter(type="Photo").order_by("id")])

    until(lambda: "at 6" in line.texts())
    until(lambda: gone() == [False, True])


def test_typing_reaches_the_customer(chatting: Line, telegram: Running) -> None:
    address = chatting.address
    signals.typing(address, chat_ref=chatting.chat().external_id, on=True)

    telegram.until(lambda dc: dc.count(functions.messages.SetTypingRequest) == 1)
    signals.typing(address, chat_ref=chatting.chat().external_id, on=False)
    telegram.until(lambda dc: dc.count(functions.messages.SetTypingRequest) == 2)


def test_is_writing_that_is_shown_and_hidden_at_once_stays_hidden(chatting: Line, telegram: Running) -> None:
    """The two words go to threads of their own; in the wrong order it would be shown for a minute and a half."""
    address, chat_ref = chatting.address, chatting.chat().external_id

    for _ in range(5):
        signals.typing(address, chat_ref=chat_ref, on=True)
        signals.typing(address, chat_ref=chat_ref, on=False)

    telegram.until(lambda dc: isinstance(last_action(dc), tl.SendMessageCancelAction))
    answer(chatting, "We open at nine")
    telegram.until(lambda dc: dc.count(SEND) == 1)
    assert isinstance(telegram.do(last_action), tl.SendMessageCancelAction)


def last_action(dc: Any) -> Any:
    shown = [call.request for call in dc.calls if isinstance(call.request, functions.messages.SetTypingRequest)]
    return shown[-1].action if shown else None


def test_a_flood_limit_moves_the_work_and_outlives_a_restart(
    chatting: Line, runner: RunnerThread, runners: Callable[..., RunnerThread], telegram: Running
) -> None:
    telegram.do(lambda dc: dc.script(SEND, RpcFault(420, "FLOOD_WAIT_300")))
    answer(chatting, "one")
    until(lambda: deliveries(chatting)[0].last_error)
    answer(chatting, "two")
    runner.stop()
    again = runners()
    until(lambda: again.held == 1)
    telegram.do(lambda dc: dc.post.send(next(iter(dc.accounts)), chatting.owner, "code"))

    limit = chatting.address.limited_until
    assert timedelta(seconds=290) < limit - clock.now() <= timedelta(seconds=300)
    assert chatting.address.next_send_at == limit
    assert telegram.dc.count(SEND) == 1
    assert set(statuses(chatting)) == {"queued"}

    with chatting.scope():
        Delivery.objects.update(run_at=clock.now(), slot_at=None)
        type(chatting.address).objects.update(next_send_at=clock.now())
    until(lambda: statuses(chatting) == ["sent", "sent"])


@pytest.mark.parametrize(
    ("code", "text", "said"),
    [
        (401, "SESSION_REVOKED", "Log in again"),
        (401, "USER_DEACTIVATED_BAN", "blocked"),
        (406, "AUTH_KEY_DUPLICATED", "two places"),
    ],
)
def test_a_dead_login_parks_the_account_and_nothing_loops(
    chatting: Line, runner: RunnerThread, telegram: Running, code: int, text: str, said: str
) -> None:
    telegram.do(lambda dc: dc.end_sessions(chatting.owner, code, text))
    answer(chatting, "too late")

    until(lambda: chatting.address.state == "login_required")

    assert said in chatting.address.state_detail
    until(lambda: runner.held == 0)
    calls = len(telegram.dc.calls)
    until(lambda: runner.runner is not None and not runner.runner._held)
    assert len(telegram.dc.calls) - calls <= 2
    assert statuses(chatting) == ["queued"]
    assert telegram.dc.count(functions.auth.SendCodeRequest) == 0


def test_a_new_login_sends_what_waited_and_brings_what_was_missed(
    chatting: Line, runner: RunnerThread, telegram: Running, bob: Account
) -> None:
    telegram.do(lambda dc: dc.end_sessions(chatting.owner))
    answer(chatting, "waited")
    until(lambda: chatting.address.state == "login_required")
    telegram.do(lambda dc: dc.post.send(bob, chatting.owner, "are you there?"))

    chatting.connect(telegram.session(chatting.owner))

    until(lambda: statuses(chatting) == ["sent"])
    until(lambda: "are you there?" in chatting.texts())
    until(lambda: chatting.address.state == "connected")


def test_a_new_login_gives_the_old_one_back(chatting: Line, runner: RunnerThread, telegram: Running) -> None:
    chatting.connect(telegram.session(chatting.owner))
    assert telegram.do(lambda dc: dc.sessions_of(chatting.owner)) == 2

    telegram.until(lambda dc: dc.sessions_of(chatting.owner) == 1)
    until(lambda: runner.held == 1)
    until(lambda: chatting.address.state == "connected")


def test_a_broken_network_is_got_over(chatting: Line, runner: RunnerThread, telegram: Running, bob: Account) -> None:
    telegram.do(lambda dc: dc.drop_connections(chatting.owner))
    telegram.do(lambda dc: dc.post.send(bob, chatting.owner, "in the gap"))

    until(lambda: "in the gap" in chatting.texts())
    until(lambda: runner.held == 1)
    assert chatting.address.state == "connected"


def test_a_limit_on_connecting_is_waited_out_by_every_runner(
    line: Line, runners: Callable[..., RunnerThread], telegram: Running
) -> None:
    telegram.do(lambda dc: dc.script(functions.updates.GetStateRequest, RpcFault(420, "FLOOD_WAIT_600")))
    first = runners()
    until(lambda: line.address.limited_until)
    first.stop()
    connections = len(
        [call for call in telegram.dc.calls if isinstance(call.request, functions.updates.GetStateRequest)]
    )

    second = runners()
    until(lambda: second.runner is not None and second.runner._safe_until >= 0)

    wait = line.ask(lambda: SessionLease.objects.get().retry_at) - clock.now()
    assert timedelta(seconds=590) < wait <= timedelta(seconds=600)
    assert second.held == 0
    assert connections == 1


def test_switching_off_disconnects_and_what_comes_meanwhile_is_never_seen(
    chatting: Line, runner: RunnerThread, telegram: Running, bob: Account
) -> None:
    with chatting.scope():
        integrations.switch_off(chatting.integration)
    until(lambda: runner.held == 0)
    telegram.do(lambda dc: dc.post.send(bob, chatting.owner, "while you were off"))
    with chatting.scope():
        integrations.switch_on(chatting.integration)
    until(lambda: runner.held == 1)
    telegram.do(lambda dc: dc.post.send(bob, chatting.owner, "and now"))

    until(lambda: "and now" in chatting.texts())
    assert "while you were off" not in chatting.texts()


def test_removing_the_integration_logs_out_at_telegram_and_forgets(
    chatting: Line, runner: RunnerThread, telegram: Running
) -> None:
    account = chatting.account
    with chatting.scope():
        integrations.remove(chatting.integration)

    telegram.until(lambda dc: dc.sessions_of(chatting.owner) == 0)

    until(lambda: not chatting.ask(lambda: SessionState.objects.exists() or SessionPeer.objects.exists()))
    account.refresh_from_db()
    assert dict(account.credentials) == {}


def test_many_messages_of_one_chat_stay_in_order(chatting: Line, telegram: Running, bob: Account) -> None:
    for i in range(10):
        answer(chatting, f"{i}")

    until(lambda: set(statuses(chatting)) == {"sent"}, seconds=20)

    assert [copy.message.text for copy in bob.mailbox.copies.values()][1:] == [f"{i}" for i in range(10)]
