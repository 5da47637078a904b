"""Nothing is missed and nothing comes twice, whatever breaks in between."""

from __future__ import annotations

import pytest
from telethon.tl import functions
from telethon.tl import types as tl

from messengers import errors, types
from tests.doubles.telegram import Account, Channel, RpcFault, Running
from tests.messengers.telegram.device import Device

JPEG = b"\xff\xd8\xff\xe0 a picture"


@pytest.fixture
def supergroup(telegram: Running, alice: Account, bob: Account) -> Channel:
    return telegram.do(lambda dc: dc.add_channel("Bakers", bob, alice))


def texts(device: Device) -> list[str]:
    return [event.text for event in device.events if isinstance(event, types.MessageReceived)]


def test_what_was_written_while_we_were_away_arrives_once(
    device: Device, telegram: Running, alice: Account, bob: Account, supergroup: Channel
) -> None:
    telegram.do(lambda dc: (dc.post.send(bob, alice, "before"), dc.post.send(bob, supergroup, "here, too")))
    device.received(2)
    device.stop()
    telegram.do(lambda dc: [dc.post.send(bob, alice, f"away {i}") for i in range(3)])
    telegram.do(lambda dc: dc.post.send(bob, supergroup, "away in the group"))

    device.connect()

    device.received(6)
    assert sorted(texts(device)) == sorted(["before", "here, too", "away 0", "away 1", "away 2", "away in the group"])
    assert device.events[-1].sender.name == "Bob"


def test_a_crash_repeats_what_is_not_known_to_be_stored(
    device: Device, telegram: Running, alice: Account, bob: Account
) -> None:
    telegram.do(lambda dc: dc.post.send(bob, alice, "one"))
    device.received()
    device.stop()
    state = dict(device.memory.state)
    device.connect()
    telegram.do(lambda dc: dc.post.send(bob, alice, "two"))
    device.received(2)
    device.stop()

    device.memory.state = state  # as if the process had died before it could save
    keys = [event.dedup_key for event in device.events]
    device.events.clear()
    device.connect()

    (again,) = device.received()
    assert again.dedup_key == keys[1]


def test_the_state_stays_behind_when_storing_fails(
    device: Device, telegram: Running, alice: Account, bob: Account
) -> None:
    async def broken(events: object) -> None:
        raise RuntimeError("the database is gone")

    before = dict(device.memory.state)
    device._emit = broken  # type: ignore[method-assign]
    device.stop()
    device.connect_without_waiting()
    telegram.do(lambda dc: dc.post.send(bob, alice, "hello"))

    assert isinstance(device.ended(), errors.TryLater)
    assert device.memory.state["pts"] == before["pts"]


def test_the_state_waits_for_an_album_that_is_still_open(
    device: Device, telegram: Running, alice: Account, bob: Account
) -> None:
    before = device.memory.state["pts"]
    telegram.do(lambda dc: dc.post.send_album(bob, alice, [dc.files.add_photo(JPEG)] * 2))
    telegram.until(lambda dc: alice.mailbox.pts > before)
    assert device.memory.state["pts"] == before

    device.received()

    device.wait(lambda: device.memory.state["pts"] == before + 2)


def test_edits_and_deletions_of_the_gap_are_followed(
    device: Device, telegram: Running, alice: Account, bob: Account, supergroup: Channel
) -> None:
    edited, deleted, posted = telegram.do(
        lambda dc: (
            dc.post.send(bob, alice, "at 5"),
            dc.post.send(bob, alice, "oops"),
            dc.post.send(bob, supergroup, "draft"),
        )
    )
    device.received(3)
    device.stop()
    telegram.do(
        lambda dc: (
            dc.post.edit(edited, "at 6"),
            dc.post.delete(bob, [deleted.id], revoke=True),
            dc.post.edit(posted, "final"),
        )
    )

    device.connect()

    found = device.received(6)[3:]
    assert [event.text for event in found if isinstance(event, types.MessageEdited)] == ["at 6", "final"]
    assert [event.chat_id for event in found if isinstance(event, types.MessageDeleted)] == [str(bob.id)]


def test_a_long_difference_comes_in_slices(device: Device, telegram: Running, alice: Account, bob: Account) -> None:
    device.stop()
    telegram.do(lambda dc: setattr(dc, "difference_page", 3))
    telegram.do(lambda dc: [dc.post.send(bob, alice, f"{i}") for i in range(10)])

    device.connect()

    assert texts(device) == [f"{i}" for i in range(10)]
    assert telegram.dc.count(functions.updates.GetDifferenceRequest) == 1 + 4


def test_where_the_difference_is_too_long_the_histories_are_read(
    device: Device, telegram: Running, alice: Account, bob: Account, supergroup: Channel
) -> None:
    telegram.do(lambda dc: (dc.post.send(bob, alice, "known"), dc.post.send(bob, supergroup, "known there")))
    device.received(2)
    device.stop()
    olha = telegram.do(lambda dc: dc.add_account("+380501110003", "Olha"))
    telegram.do(lambda dc: setattr(dc, "difference_limit", 5))
    telegram.do(lambda dc: [dc.post.send(bob, alice, f"bob {i}") for i in range(4)])
    telegram.do(lambda dc: [dc.post.send(olha, alice, f"olha {i}") for i in range(4)])
    telegram.do(lambda dc: [dc.post.send(bob, supergroup, f"there {i}") for i in range(8)])

    device.connect()

    device.received(18)
    assert len(texts(device)) == len(set(texts(device))) == 18
    assert [text for text in texts(device) if text.startswith("there")] == [f"there {i}" for i in range(8)]


def test_a_broken_network_ends_the_connection_and_the_next_one_catches_up(
    device: Device, telegram: Running, alice: Account, bob: Account
) -> None:
    telegram.do(lambda dc: dc.drop_connections(alice))
    telegram.do(lambda dc: dc.post.send(bob, alice, "in the gap"))
    assert isinstance(device.ended(), errors.TryLater)

    device.connect()

    assert texts(device) == ["in the gap"]


def test_an_update_that_got_lost_is_noticed_at_the_next_one(
    device: Device, telegram: Running, alice: Account, bob: Account
) -> None:
    telegram.do(lambda dc: dc.post.send(bob, alice, "zero"))
    device.received()
    connections = telegram.do(lambda dc: [alice.connections.pop() for _ in range(len(alice.connections))])
    telegram.do(lambda dc: dc.post.send(bob, alice, "lost on the way"))
    telegram.do(lambda dc: alice.connections.update(connections))
    telegram.do(lambda dc: dc.post.send(bob, alice, "arrived"))

    device.received(3)

    assert texts(device) == ["zero", "lost on the way", "arrived"]


@pytest.mark.parametrize("kind", ["private", "supergroup"])
def test_an_update_that_got_lost_is_found_though_nothing_comes_after_it(
    telegram: Running, alice: Account, bob: Account, supergroup: Channel, kind: str
) -> None:
    device = Device(telegram, alice)
    device.check_seconds = 0.2
    device.connect()
    place = alice if kind == "private" else supergroup
    telegram.do(lambda dc: dc.post.send(bob, place, "known"))
    device.received()
    connections = telegram.do(lambda dc: [alice.connections.pop() for _ in range(len(alice.connections))])
    telegram.do(lambda dc: dc.post.send(bob, place, "lost on the way"))
    telegram.do(lambda dc: alice.connections.update(connections))

    device.received(2)
    device.stop()

    assert texts(device) == ["known", "lost on the way"]


def test_updates_that_overtake_each_other_need_no_difference(
    device: Device, telegram: Running, alice: Account, bob: Account
) -> None:
    telegram.do(lambda dc: dc.post.send(bob, alice, "zero"))
    device.received()
    asked = telegram.dc.count(functions.updates.GetDifferenceRequest)

    def out_of_order(dc: object) -> None:
        connections = [alice.connections.pop() for _ in range(len(alice.connections))]
        copies = [telegram.dc.post.send(bob, alice, text).message.copies[alice] for text in ("first", "second")]
        alice.connections.update(connections)
        show = telegram.dc.post.show
        for copy in reversed(copies):
            for connection in connections:
                connection.push(show.updates(alice, [show.new_message(copy)], copy.concerned))

    telegram.do(out_of_order)

    device.received(3)
    assert texts(device) == ["zero", "first", "second"]
    assert telegram.dc.count(functions.updates.GetDifferenceRequest) == asked


def test_an_update_that_comes_twice_is_taken_once(
    device: Device, telegram: Running, alice: Account, bob: Account
) -> None:
    copy = telegram.do(lambda dc: dc.post.send(bob, alice, "one")).message.copies[alice]
    show = telegram.dc.post.show
    again = telegram.do(lambda dc: show.updates(alice, [show.new_message(copy)], copy.concerned))
    telegram.do(lambda dc: [connection.push(again) for connection in alice.connections])
    telegram.do(lambda dc: dc.post.send(bob, alice, "two"))

    device.received(2)

    assert texts(device) == ["one", "two"]


def test_more_than_we_can_hold_is_asked_for_again(
    device: Device, telegram: Running, alice: Account, bob: Account
) -> None:
    telegram.do(lambda dc: dc.post.send(bob, alice, "zero"))
    device.received()
    device.gate.clear()
    telegram.do(lambda dc: [dc.post.send(bob, alice, f"{i}") for i in range(700)])
    telegram.until(lambda dc: alice.mailbox.pts > 700)
    device.gate.set()

    device.received(701)

    assert texts(device)[1:] == [f"{i}" for i in range(700)]


def test_a_group_we_were_put_out_of_is_forgotten(
    device: Device, telegram: Running, alice: Account, bob: Account, supergroup: Channel
) -> None:
    telegram.do(lambda dc: dc.post.send(bob, supergroup, "hello"))
    device.received()
    device.stop()
    telegram.do(lambda dc: (supergroup.members.remove(alice), dc.post.send(bob, supergroup, "she is gone")))

    device.connect()

    assert texts(device) == ["hello"]
    assert device.memory.state["channels"] == {}


@pytest.mark.parametrize("refusal", [(500, "PERSISTENT_TIMESTAMP_OUTDATED"), (400, "MSG_ID_INVALID")])
def test_one_group_in_trouble_cuts_the_account_off_from_nobody(
    device: Device, telegram: Running, alice: Account, bob: Account, supergroup: Channel, refusal: tuple[int, str]
) -> None:
    telegram.do(lambda dc: dc.post.send(bob, supergroup, "hello"))
    device.received()
    device.stop()
    telegram.do(lambda dc: dc.script(functions.updates.GetChannelDifferenceRequest, RpcFault(*refusal)))
    telegram.do(lambda dc: (dc.post.send(bob, supergroup, "in the group"), dc.post.send(bob, alice, "to her")))

    device.connect()
    assert texts(device) == ["hello", "to her"]
    device.stop()
    device.connect()

    assert texts(device) == ["hello", "to her", "in the group"], "it was asked about again"


def test_a_group_whose_count_telegram_does_not_know_any_more_is_read_anew(
    device: Device, telegram: Running, alice: Account, bob: Account, supergroup: Channel
) -> None:
    telegram.do(lambda dc: dc.post.send(bob, supergroup, "hello"))
    device.received()
    device.stop()
    fault = RpcFault(400, "PERSISTENT_TIMESTAMP_INVALID")
    telegram.do(lambda dc: dc.script(functions.updates.GetChannelDifferenceRequest, fault))
    telegram.do(lambda dc: dc.post.send(bob, supergroup, "meanwhile"))

    device.connect()

    assert texts(device) == ["hello", "meanwhile"]
    telegram.do(lambda dc: dc.post.send(bob, supergroup, "and now"))
    device.received(3)
    assert texts(device) == ["hello", "meanwhile", "and now"]


def test_a_group_that_began_while_we_were_away_is_seen(
    device: Device, telegram: Running, alice: Account, bob: Account
) -> None:
    device.stop()
    fresh = telegram.do(lambda dc: dc.add_channel("New", bob, alice))
    telegram.do(lambda dc: dc.post.send(bob, fresh, "@alice welcome"))

    device.connect()

    assert texts(device) == ["@alice welcome"]


def test_without_a_state_nothing_old_is_read(telegram: Running, alice: Account, bob: Account) -> None:
    telegram.do(lambda dc: dc.post.send(bob, alice, "long ago"))
    device = Device(telegram, alice).connect()
    telegram.do(lambda dc: dc.post.send(bob, alice, "now"))

    device.received()
    device.stop()

    assert texts(device) == ["now"]


def test_a_group_that_grew_keeps_its_old_name_as_an_alias(
    device: Device, telegram: Running, alice: Account, bob: Account, supergroup: Channel
) -> None:
    group = telegram.do(lambda dc: dc.add_group("Bakers", bob, alice))

    def grow(dc: object) -> None:
        show = telegram.dc.post.show
        old = show.chat(alice, group)
        old.migrated_to = tl.InputChannel(supergroup.id, show.access_hash(alice, supergroup))
        for connection in alice.connections:
            told = show.updates(alice, [], ())
            told.chats.append(old)
            connection.push(told)

    telegram.do(grow)
    telegram.do(lambda dc: telegram.dc.post.send(bob, supergroup, "we moved"))

    (event,) = device.received()

    assert event.sender.aliases == (f"-{group.id}",)


def test_a_flood_limit_on_catching_up_says_how_long(device: Device, telegram: Running, alice: Account) -> None:
    device.stop()
    telegram.do(lambda dc: dc.script(functions.updates.GetDifferenceRequest, RpcFault(420, "FLOOD_WAIT_33")))

    device.connect()

    error = device.ended()
    assert isinstance(error, errors.TryLater)
    assert error.retry_after == 33
