"""What arrives at a connected account, and what is none of our business."""

from __future__ import annotations

import pytest
from telethon.tl import types as tl

from messengers import errors, types
from tests.doubles.telegram import Account, Channel, Group, Running
from tests.messengers.telegram.device import Device

JPEG = b"\xff\xd8\xff\xe0 a picture"


@pytest.fixture
def group(telegram: Running, alice: Account, bob: Account) -> Group:
    return telegram.do(lambda dc: dc.add_group("Cake club", bob, alice))


@pytest.fixture
def supergroup(telegram: Running, alice: Account, bob: Account) -> Channel:
    return telegram.do(lambda dc: dc.add_channel("Bakers of Kyiv", bob, alice))


def last_word(device: Device, telegram: Running, alice: Account, bob: Account) -> None:
    """Something that arrives surely after everything before it."""
    telegram.do(lambda dc: dc.post.send(bob, alice, "the last word"))
    device.wait(lambda: any(getattr(event, "text", "") == "the last word" for event in device.events))


def test_a_text_arrives_with_who_wrote_it(device: Device, telegram: Running, alice: Account, bob: Account) -> None:
    copy = telegram.do(lambda dc: dc.post.send(bob, alice, "Добрий день"))

    (event,) = device.received()

    number = copy.message.copies[alice].id
    assert event.dedup_key == f"message:{number}"
    assert (event.message_id, event.chat_id, event.text) == (str(number), str(bob.id), "Добрий день")
    assert (event.sender.id, event.sender.name, event.sender.username) == (str(bob.id), "Bob", "bob")
    assert not (event.from_us or event.history or event.is_group)
    assert event.sent_at == copy.message.date.replace(microsecond=0)


def test_formatting_becomes_plain_text_and_hidden_addresses_are_shown(
    device: Device, telegram: Running, alice: Account, bob: Account
) -> None:
    words = "😀 see our menu now"
    bold = tl.MessageEntityBold(offset=0, length=6)
    link = tl.MessageEntityTextUrl(offset=7, length=8, url="https://bakery.example/menu")
    telegram.do(lambda dc: dc.post.send(bob, alice, words, entities=[bold, link]))

    (event,) = device.received()

    assert event.text == "😀 see our menu (https://bakery.example/menu) now"


def test_a_photo_is_fetched_through_the_connection(
    device: Device, telegram: Running, alice: Account, bob: Account
) -> None:
    telegram.do(lambda dc: dc.post.send(bob, alice, "like this", media=dc.files.add_photo(JPEG)))

    (event,) = device.received()
    (attachment,) = event.attachments

    assert (event.text, attachment.kind, attachment.mime) == ("like this", "image", "image/jpeg")
    assert device.adapter.fetch(attachment.media_ref).content == JPEG


def test_a_file_whose_reference_expired_is_found_again(
    device: Device, telegram: Running, alice: Account, bob: Account
) -> None:
    telegram.do(lambda dc: dc.post.send(bob, alice, media=dc.files.add_photo(JPEG)))
    (event,) = device.received()
    telegram.do(lambda dc: dc.files.expire_references())

    assert device.adapter.fetch(event.attachments[0].media_ref).content == JPEG

    telegram.do(lambda dc: (dc.files.expire_references(), dc.post.delete(bob, list(bob.mailbox.copies), revoke=True)))
    with pytest.raises(errors.Rejected):
        device.adapter.fetch(event.attachments[0].media_ref)


def test_a_voice_note_keeps_its_length_and_its_bars(
    device: Device, telegram: Running, alice: Account, bob: Account
) -> None:
    levels = tuple(i % 32 for i in range(100))
    packed = sum(level << (5 * i) for i, level in enumerate(levels)).to_bytes(63, "little")
    sound = tl.DocumentAttributeAudio(duration=7, voice=True, waveform=packed)
    telegram.do(lambda dc: dc.post.send(bob, alice, media=dc.files.add_document(b"OggS", "audio/ogg", sound)))

    (event,) = device.received()
    (attachment,) = event.attachments

    assert (attachment.kind, attachment.duration, attachment.mime) == ("voice", 7.0, "audio/ogg")
    assert attachment.waveform == levels
    assert device.adapter.fetch(attachment.media_ref).content == b"OggS"


@pytest.mark.parametrize(
    ("mime", "attributes", "kind"),
    [
        ("application/pdf", [tl.DocumentAttributeFilename("price.pdf")], "document"),
        ("video/mp4", [tl.DocumentAttributeVideo(duration=3, w=1, h=1)], "video"),
        ("video/mp4", [tl.DocumentAttributeVideo(duration=3, w=1, h=1, round_message=True)], "video"),
        ("audio/mpeg", [tl.DocumentAttributeAudio(duration=3, title="Song")], "audio"),
        ("image/png", [tl.DocumentAttributeFilename("scan.png")], "image"),
    ],
)
def test_a_file_is_what_its_sender_made_it(
    device: Device, telegram: Running, alice: Account, bob: Account, mime: str, attributes: list, kind: str
) -> None:
    telegram.do(lambda dc: dc.post.send(bob, alice, media=dc.files.add_document(b"data", mime, *attributes)))

    (event,) = device.received()

    assert event.attachments[0].kind == kind
    assert event.attachments[0].size == 4


def test_a_sticker_says_its_emoji(device: Device, telegram: Running, alice: Account, bob: Account) -> None:
    sticker = tl.DocumentAttributeSticker(alt="👍", stickerset=tl.InputStickerSetEmpty())
    telegram.do(lambda dc: dc.post.send(bob, alice, media=dc.files.add_document(b"RIFF", "image/webp", sticker)))

    (event,) = device.received()

    assert (event.text, event.specific_type, event.attachments[0].kind) == ("👍", "sticker", "sticker")


def test_an_album_is_one_message_with_several_files(
    device: Device, telegram: Running, alice: Account, bob: Account
) -> None:
    copies = telegram.do(
        lambda dc: dc.post.send_album(bob, alice, [dc.files.add_photo(JPEG), dc.files.add_photo(JPEG + b"2")], "both")
    )

    (event,) = device.received()

    numbers = [str(copy.message.copies[alice].id) for copy in copies]
    assert (event.message_id, event.text) == (numbers[0], "both")
    assert [attachment.part_id for attachment in event.attachments] == numbers
    assert device.adapter.fetch(event.attachments[1].media_ref).content == JPEG + b"2"


def test_an_album_goes_on_before_what_is_written_after_it(
    device: Device, telegram: Running, alice: Account, bob: Account
) -> None:
    telegram.do(
        lambda dc: (
            dc.post.send_album(bob, alice, [dc.files.add_photo(JPEG)] * 3),
            dc.post.send(bob, alice, "the second one, please"),
        )
    )

    album, text = device.received(2)

    assert (len(album.attachments), text.text) == (3, "the second one, please")


@pytest.mark.parametrize(
    ("media", "specific_type", "text"),
    [
        (tl.MessageMediaGeo(tl.GeoPoint(long=30.5, lat=50.25, access_hash=0)), "telegram_location", "50.25, 30.5"),
        (
            tl.MessageMediaGeoLive(tl.GeoPoint(long=30.5, lat=50.25, access_hash=0), period=60),
            "telegram_live_location",
            "50.25, 30.5",
        ),
        (
            tl.MessageMediaVenue(tl.GeoPoint(long=30.5, lat=50.25, access_hash=0), "Café", "Main St 1", "", "", ""),
            "telegram_venue",
            "Café, Main St 1 (50.25, 30.5)",
        ),
        (tl.MessageMediaContact("380501112233", "Olha", "", "", 0), "telegram_contact", "Olha, +380501112233"),
        (tl.MessageMediaDice(value=4, emoticon="🎲"), "telegram_dice", "🎲 4"),
        (tl.MessageMediaStory(peer=tl.PeerUser(1), id=3), "telegram_story", ""),
        (tl.MessageMediaUnsupported(), "telegram_unsupported", ""),
    ],
)
def test_what_we_have_no_form_for_is_named(
    device: Device, telegram: Running, alice: Account, bob: Account, media: object, specific_type: str, text: str
) -> None:
    telegram.do(lambda dc: dc.post.send(bob, alice, media=media))

    (event,) = device.received()

    assert (event.specific_type, event.text, event.attachments) == (specific_type, text, ())


def test_a_reply_names_the_message_it_answers(device: Device, telegram: Running, alice: Account, bob: Account) -> None:
    first = telegram.do(lambda dc: dc.post.send(bob, alice, "one"))
    telegram.do(lambda dc: dc.post.send(bob, alice, "two", reply_to=first.message))

    _one, two = device.received(2)

    assert two.reply_to == str(first.message.copies[alice].id)


def test_a_group_is_one_chat_with_its_members_named(
    device: Device, telegram: Running, alice: Account, bob: Account, group: Group
) -> None:
    olha = telegram.do(lambda dc: dc.add_account("+380501110003", "Olha"))
    telegram.do(
        lambda dc: (group.members.append(olha), dc.post.send(bob, group, "hi"), dc.post.send(olha, group, "ho"))
    )

    first, second = device.received(2)

    assert first.chat_id == second.chat_id == f"-{group.id}"
    assert (first.sender.name, second.sender.name) == ("Bob", "Olha")
    assert first.is_group
    assert first.chat_title == "Cake club"
    assert not first.mentions_us


@pytest.mark.parametrize("kind", ["group", "supergroup"])
def test_a_message_says_whether_it_speaks_to_us(
    device: Device, telegram: Running, alice: Account, bob: Account, kind: str, request: pytest.FixtureRequest
) -> None:
    place = request.getfixturevalue(kind)
    ours = telegram.do(lambda dc: dc.post.send(alice, place, "We open at nine"))
    telegram.do(
        lambda dc: (
            dc.post.send(bob, place, "nice weather"),
            dc.post.send(bob, place, "@alice when do you close?"),
            dc.post.send(bob, place, "and on Sunday?", reply_to=ours.message),
        )
    )

    events = device.received(4)

    assert [event.mentions_us for event in events] == [False, False, True, True]
    assert [event.from_us for event in events] == [True, False, False, False]
    assert events[3].reply_to == events[0].message_id


def test_messages_of_a_supergroup_carry_the_group_in_their_ids(
    device: Device, telegram: Running, bob: Account, supergroup: Channel
) -> None:
    telegram.do(lambda dc: dc.post.send(bob, supergroup, "hello"))

    (event,) = device.received()

    assert event.chat_id == f"-100000000{supergroup.id}"
    assert event.message_id == f"{event.chat_id}/1"
    assert (event.chat_title, event.sender.name) == ("Bakers of Kyiv", "Bob")


def test_channels_bots_service_messages_codes_and_own_notes_are_left_out(
    device: Device, telegram: Running, alice: Account, bob: Account, group: Group
) -> None:
    news = telegram.do(lambda dc: dc.add_channel("News", bob, alice, broadcast=True))
    robot = telegram.do(lambda dc: dc.add_account("+1", "Robot", is_bot=True))
    telegram.do(
        lambda dc: (
            dc.post.send(bob, news, "breaking"),
            dc.post.send(robot, alice, "buy"),
            dc.post.announce(bob, group, tl.MessageActionChatEditTitle("New name")),
            dc.post.send(dc.service_account, alice, "Login code: 12345"),
            dc.post.send(alice, alice, "a note to myself"),
        )
    )

    last_word(device, telegram, alice, bob)

    assert [event.text for event in device.events] == ["the last word"]
    assert "12345" not in str(device.memory.__dict__)


def test_a_bot_in_a_group_is_on_record_only(
    device: Device, telegram: Running, alice: Account, bob: Account, group: Group
) -> None:
    robot = telegram.do(lambda dc: dc.add_account("+1", "Robot", is_bot=True))
    telegram.do(lambda dc: (group.members.append(robot), dc.post.send(robot, group, "@alice buy")))

    (event,) = device.received()

    assert event.history


def test_what_the_owner_types_on_the_phone_is_ours(
    device: Device, telegram: Running, alice: Account, bob: Account
) -> None:
    telegram.do(lambda dc: dc.post.send(alice, bob, "I'll call you"))

    (event,) = device.received()

    assert event.from_us
    assert (event.chat_id, event.sender.name) == (str(bob.id), "Bob")


def test_what_this_very_connection_sends_is_not_told_as_news(
    device: Device, telegram: Running, alice: Account, bob: Account
) -> None:
    telegram.do(lambda dc: dc.post.send(bob, alice, "hi"))
    device.received()

    device.adapter.send(device.message(chat_id=str(bob.id)))
    last_word(device, telegram, alice, bob)

    assert [event.text for event in device.events] == ["hi", "the last word"]


def test_an_edit_is_followed_and_one_that_changes_nothing_is_not(
    device: Device, telegram: Running, alice: Account, bob: Account
) -> None:
    copy = telegram.do(lambda dc: dc.post.send(bob, alice, "at 5"))
    telegram.do(lambda dc: (dc.post.touch(copy), dc.post.edit(copy, "at 6")))
    telegram.do(lambda dc: setattr(copy.message, "is_unshown_edit", False))
    telegram.do(lambda dc: dc.post.edit(copy, "at 7"))

    last_word(device, telegram, alice, bob)

    edits = [event for event in device.events if isinstance(event, types.MessageEdited)]
    assert [edit.text for edit in edits] == ["at 7"]
    assert edits[0].message_id == str(copy.message.copies[alice].id)


@pytest.mark.parametrize("kind", ["private", "supergroup"])
def test_a_deletion_names_its_chat(
    device: Device, telegram: Running, alice: Account, bob: Account, kind: str, request: pytest.FixtureRequest
) -> None:
    place = alice if kind == "private" else request.getfixturevalue(kind)
    copy = telegram.do(lambda dc: dc.post.send(bob, place, "oops"))
    (message,) = device.received()
    if kind == "private":
        telegram.do(lambda dc: dc.post.delete(bob, [copy.id], revoke=True))
    else:
        telegram.do(lambda dc: dc.post.channels.delete(place, [copy.id], None))

    _message, deletion = device.received(2)

    assert isinstance(deletion, types.MessageDeleted)
    assert (deletion.chat_id, deletion.message_id) == (message.chat_id, message.message_id)


@pytest.mark.parametrize("kind", ["private", "supergroup"])
def test_everything_up_to_what_was_read_is_read(
    device: Device, telegram: Running, alice: Account, bob: Account, kind: str, request: pytest.FixtureRequest
) -> None:
    place = bob if kind == "private" else request.getfixturevalue(kind)
    telegram.do(lambda dc: dc.post.send(bob, alice if kind == "private" else place, "hi"))
    (first,) = device.received()
    for ref in ("r1", "r2"):
        sent = device.adapter.send(device.message(chat_id=first.chat_id, client_ref=ref))
        device.memory.sent.append((first.chat_id, sent.message_id))
    if kind == "private":
        telegram.do(lambda dc: dc.post.read(bob, alice))
    else:
        telegram.do(lambda dc: dc.post.channels.read(bob, place, 100))

    receipts = device.received(3)[1:]

    assert [receipt.message_id for receipt in receipts] == [name for _chat, name in device.memory.sent]
    assert {receipt.status for receipt in receipts} == {"read"}


def test_a_short_form_is_read_like_the_long_one(
    device: Device, telegram: Running, alice: Account, bob: Account
) -> None:
    telegram.do(lambda dc: setattr(dc.post, "short_forms", True))
    telegram.do(lambda dc: (dc.post.send(bob, alice, "one"), dc.post.send(bob, alice, "two")))

    one, two = device.received(2)

    assert (one.text, two.text) == ("one", "two")
    assert one.sender.name == "Bob", "we did not know Bob, so the difference was asked for"
