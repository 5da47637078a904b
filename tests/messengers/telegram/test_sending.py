"""What goes out: once, in the right form, and with the right word when Telegram refuses."""

from __future__ import annotations

import struct
import threading
from dataclasses import replace

import pytest
from telethon.tl import functions
from telethon.tl import types as tl

from happ_project.core import markup
from happ_project.core.formatted import WEB, Formatted
from messengers import errors, types
from messengers.adapters.telegram import voice
from tests.doubles.telegram import Account, Channel, Copy, Disruption, RpcFault, Running
from tests.messengers.telegram.device import Device

SEND = functions.messages.SendMessageRequest
JPEG = b"\xff\xd8\xff\xe0 a picture"


@pytest.fixture
def known(device: Device, telegram: Running, alice: Account, bob: Account) -> str:
    """Bob has written, so that we know how to reach him; the chat's id."""
    telegram.do(lambda dc: dc.post.send(bob, alice, "hi"))
    return str(device.received()[0].chat_id)


@pytest.fixture
def supergroup(device: Device, telegram: Running, alice: Account, bob: Account) -> Channel:
    group = telegram.do(lambda dc: dc.add_channel("Bakers", bob, alice))
    telegram.do(lambda dc: dc.post.send(bob, group, "hi"))
    device.received()
    return group


def last(account: Account) -> Copy:
    return list(account.mailbox.copies.values())[-1]


def ogg(sizes: list[int], *, seconds: float) -> bytes:
    """An Ogg Opus stream with packets of these sizes."""

    def page(body: bytes, position: int, lengths: list[int]) -> bytes:
        table = b"".join(b"\xff" * (length // 255) + bytes([length % 255]) for length in lengths)
        return b"OggS\0\0" + struct.pack("<qIII", position, 1, 0, 0) + bytes([len(table)]) + table + body

    head = b"OpusHead\x01\x01" + struct.pack("<H", 312) + b"\0" * 7
    pages = page(head, 0, [len(head)]) + page(b"OpusTags" + b"\0" * 8, 0, [16])
    position = int(seconds * 48_000) + 312
    return pages + page(b"\xaa" * sum(sizes), position, sizes)


def test_a_text_arrives_and_its_number_is_known(device: Device, known: str, alice: Account, bob: Account) -> None:
    sent = device.adapter.send(device.message(chat_id=known, text="*not bold* _nor this_"))

    assert last(bob).message.text == "*not bold* _nor this_"
    assert sent.message_id == str(last(alice).id)
    assert sent.at is not None


def test_a_reply_and_a_supergroup(device: Device, supergroup: Channel) -> None:
    chat, first = device.events[0].chat_id, device.events[0].message_id

    sent = device.adapter.send(device.message(chat_id=chat, reply_to=first))

    assert sent.message_id == f"{chat}/2"
    assert supergroup.posts[2].message.reply_to is supergroup.posts[1].message


def test_sending_works_after_a_restart(device: Device, known: str, bob: Account) -> None:
    device.stop()
    device.connect()

    device.adapter.send(device.message(chat_id=known, text="still here"))

    assert last(bob).message.text == "still here"


def attached(device: Device, kind: str, mime: str, content: bytes, **more: object) -> types.OutgoingMessage:
    device.media.files["f"] = content
    file = types.OutgoingAttachment(kind=kind, file_id="f", mime=mime, size=len(content), **more)  # type: ignore[arg-type]
    return device.message(chat_id=device.events[0].chat_id, text="", attachment=file)


def test_a_photo_with_words(device: Device, known: str, bob: Account) -> None:
    message = attached(device, "image", "image/jpeg", JPEG)

    device.adapter.send(
        types.OutgoingMessage(client_ref="p", chat_id=known, text="look", attachment=message.attachment)
    )

    assert (last(bob).message.text, last(bob).message.media.data) == ("look", JPEG)
    assert last(bob).message.media.is_photo


RICH = markup.read("😀 **bold** [menu](https://x.example) `code`").contracted(WEB)
LOOKS = [
    tl.MessageEntityBold(3, 4),
    tl.MessageEntityTextUrl(8, 4, "https://x.example"),
    tl.MessageEntityCode(13, 4),
]


def test_formatting_goes_beside_the_text_and_its_places_count_utf_16(device: Device, known: str, bob: Account) -> None:
    device.adapter.send(device.message(chat_id=known, text=RICH.text, marks=RICH.marks))

    assert (last(bob).message.text, last(bob).message.entities) == ("😀 bold menu code", LOOKS)


def test_formatting_goes_along_with_files_and_corrections(device: Device, known: str, bob: Account) -> None:
    pictures = album(device, known, RICH.text, "")
    device.adapter.send_album([replace(pictures[0], marks=RICH.marks), pictures[1]])
    captions = [copy.message.entities for copy in list(bob.mailbox.copies.values())[-2:]]
    assert captions == [LOOKS, None]

    sent = device.adapter.send(device.message(chat_id=known, text="plain"))
    ours = types.MessageRef(chat_id=known, message_id=sent.message_id)
    device.adapter.edit(ours, RICH)
    assert (last(bob).message.text, last(bob).message.entities) == (RICH.text, LOOKS)

    device.adapter.edit(ours, Formatted(RICH.text))
    assert not last(bob).message.entities


@pytest.mark.parametrize("fault", ["ENTITY_BOUNDS_INVALID", "ENTITIES_TOO_LONG", "ENTITY_MENTION_USER_INVALID"])
def test_a_refused_formatting_has_a_word_of_its_own(device: Device, telegram: Running, known: str, fault: str) -> None:
    telegram.do(lambda dc: dc.script(SEND, RpcFault(400, fault)))

    with pytest.raises(errors.FormatRefused):
        device.adapter.send(device.message(chat_id=known))


def album(device: Device, chat: str, *texts: str) -> list[types.OutgoingMessage]:
    """A picture for each text."""
    made = []
    for i, text in enumerate(texts):
        device.media.files[f"p{i}"] = JPEG + bytes([i])
        file = types.OutgoingAttachment(kind="image", file_id=f"p{i}", mime="image/jpeg", size=len(JPEG) + 1)
        made.append(types.OutgoingMessage(client_ref=f"p{i}", chat_id=chat, text=text, attachment=file))
    return made


def test_an_album_is_one_message_to_people_and_each_part_has_its_number(
    device: Device, known: str, alice: Account, bob: Account
) -> None:
    sent = device.adapter.send_album(album(device, known, "three cakes", "", ""))

    got = [copy.message for copy in bob.mailbox.copies.values()][1:]
    assert [message.text for message in got] == ["three cakes", "", ""]
    assert [message.media.data[-1] for message in got] == [0, 1, 2]
    assert len({message.grouped_id for message in got} - {None}) == 1
    assert [each.message_id for each in sent] == [str(copy.id) for copy in list(alice.mailbox.copies.values())[1:]]


@pytest.mark.parametrize("answer", ["repeat", "refuse"])
def test_an_album_whose_answer_was_lost_is_sent_once(
    device: Device, telegram: Running, known: str, alice: Account, bob: Account, answer: str
) -> None:
    telegram.dc.repeated_random_id = answer
    first = device.adapter.send_album(album(device, known, "two", ""))
    device.stop()
    device.connect()

    again = device.adapter.send_album(album(device, known, "two", ""))

    assert [each.message_id for each in again] == [each.message_id for each in first]
    assert len(bob.mailbox.copies) == 3


def test_a_big_document_keeps_its_name(device: Device, known: str, bob: Account) -> None:
    content = bytes(range(256)) * 4 * 1024 * 11  # over 10 MB: another way of uploading

    device.adapter.send(attached(device, "document", "application/pdf", content, name="price.pdf"))

    media = last(bob).message.media
    assert media.data == content
    assert [a.file_name for a in media.attributes if isinstance(a, tl.DocumentAttributeFilename)] == ["price.pdf"]


@pytest.mark.parametrize("kind", ["voice", "audio"])
def test_an_opus_recording_is_a_voice_note_with_length_and_bars(
    device: Device, known: str, bob: Account, kind: str
) -> None:
    device.adapter.send(attached(device, kind, "audio/ogg", ogg([40] * 50 + [240] * 50, seconds=2.0)))

    (sound,) = last(bob).message.media.attributes
    assert (sound.voice, sound.duration) == (True, 2)
    assert sound.waveform == voice.pack((0,) * 50 + (31,) * 50)


def test_music_stays_music(device: Device, known: str, bob: Account) -> None:
    device.adapter.send(attached(device, "audio", "audio/mpeg", b"ID3 la la la", name="song.mp3"))

    sound = next(a for a in last(bob).message.media.attributes if isinstance(a, tl.DocumentAttributeAudio))
    assert not sound.voice


def test_a_video_is_played_where_it_stands(device: Device, known: str, bob: Account) -> None:
    device.adapter.send(attached(device, "video", "video/mp4", b"....ftypmp42", name="cake.mp4"))

    media = last(bob).message.media
    film = next(a for a in media.attributes if isinstance(a, tl.DocumentAttributeVideo))
    assert (media.data, film.supports_streaming) == (b"....ftypmp42", True)


def test_a_sticker(device: Device, known: str, bob: Account) -> None:
    device.adapter.send(attached(device, "sticker", "image/webp", b"RIFF....WEBP"))

    kinds = [type(attribute) for attribute in last(bob).message.media.attributes]
    assert tl.DocumentAttributeSticker in kinds


def test_too_many_words_beside_a_file_are_refused(device: Device, known: str) -> None:
    message = attached(device, "image", "image/jpeg", JPEG)

    with pytest.raises(errors.Unsupported):
        device.adapter.send(
            types.OutgoingMessage(client_ref="p", chat_id=known, text="ї" * 1025, attachment=message.attachment)
        )


def test_the_same_reference_sends_once(device: Device, known: str, bob: Account) -> None:
    first = device.adapter.send(device.message(chat_id=known))
    second = device.adapter.send(device.message(chat_id=known))

    assert first.message_id == second.message_id != ""
    assert len(bob.mailbox.copies) == 2


@pytest.mark.parametrize("tells", [False, True])
def test_an_answer_that_got_lost_is_no_second_message(
    device: Device, telegram: Running, known: str, alice: Account, bob: Account, tells: bool
) -> None:
    telegram.do(lambda dc: setattr(dc, "tells_random_ids", tells))
    telegram.do(lambda dc: dc.script(SEND, Disruption.LOSE_ANSWER))
    with pytest.raises(errors.TryLater):
        device.adapter.send(device.message(chat_id=known, text="only once"))
    device.ended()
    device.connect()

    sent = device.adapter.send(device.message(chat_id=known, text="only once"))

    assert sent.message_id == str(last(alice).id)
    assert [copy.message.text for copy in bob.mailbox.copies.values()] == ["hi", "only once"]
    echoes = [event for event in device.events if getattr(event, "from_us", False)]
    assert len(echoes) == (0 if tells else 1), "only Telegram's word tells it from what the owner typed"


@pytest.mark.parametrize(
    ("fault", "error", "said"),
    [
        (RpcFault(420, "FLOOD_WAIT_300"), errors.TryLater, "wait"),
        (RpcFault(420, "SLOWMODE_WAIT_300"), errors.TryLater, "slow mode"),
        (RpcFault(400, "PEER_FLOOD"), errors.Rejected, "@SpamBot"),
        (RpcFault(400, "USER_IS_BLOCKED"), errors.Rejected, "blocked"),
        (RpcFault(403, "CHAT_WRITE_FORBIDDEN"), errors.Rejected, "may not write"),
        (RpcFault(401, "AUTH_KEY_UNREGISTERED"), errors.LoginRequired, "Log in again"),
        (RpcFault(401, "USER_DEACTIVATED_BAN"), errors.LoginRequired, "blocked this account"),
        (RpcFault(406, "AUTH_KEY_DUPLICATED"), errors.LoginRequired, "two places"),
        (RpcFault(500, "INTERNAL"), errors.TryLater, "trouble"),
        (RpcFault(400, "SOMETHING_NEW"), errors.Rejected, "SOMETHING_NEW"),
    ],
    ids=lambda value: getattr(value, "text", None),
)
def test_a_refusal_has_its_meaning(
    device: Device, telegram: Running, known: str, fault: RpcFault, error: type[errors.MessengerError], said: str
) -> None:
    telegram.do(lambda dc: dc.script(SEND, fault))

    with pytest.raises(error) as caught:
        device.adapter.send(device.message(chat_id=known))

    assert said in str(caught.value)
    if fault.text == "FLOOD_WAIT_300":
        assert caught.value.retry_after == 300
    if fault.text == "SLOWMODE_WAIT_300":
        assert caught.value.retry_after is None, "the limit of one group is no limit of the account"


def test_a_flood_limit_on_files_is_told_too(device: Device, telegram: Running, known: str) -> None:
    telegram.do(lambda dc: dc.script(functions.upload.SaveFilePartRequest, RpcFault(420, "FLOOD_WAIT_9")))

    with pytest.raises(errors.TryLater) as caught:
        device.adapter.send(attached(device, "image", "image/jpeg", JPEG))

    assert caught.value.retry_after == 9


def test_somebody_whom_we_never_met_is_refused(device: Device, telegram: Running) -> None:
    stranger = telegram.do(lambda dc: dc.add_account("+380501110009", "Stranger"))

    for chat in (str(stranger.id), "not a chat"):
        with pytest.raises(errors.Rejected):
            device.adapter.send(device.message(chat_id=chat))


def test_without_a_connection_nothing_is_tried(device: Device, telegram: Running, known: str) -> None:
    device.stop()
    calls = len(telegram.dc.calls)

    with pytest.raises(errors.TryLater):
        device.adapter.send(device.message(chat_id=known))

    assert len(telegram.dc.calls) == calls


def test_edits_and_deletions_are_carried_out_for_both_sides(device: Device, known: str, bob: Account) -> None:
    sent = device.adapter.send(device.message(chat_id=known))
    ours = types.MessageRef(chat_id=known, message_id=sent.message_id)

    device.adapter.edit(ours, Formatted("Hello, Bob"))
    device.adapter.edit(ours, Formatted("Hello, Bob"))
    assert last(bob).message.text == "Hello, Bob"

    device.adapter.delete(ours)
    assert last(bob).message.text == "hi"


def test_edits_and_deletions_in_a_supergroup(device: Device, supergroup: Channel) -> None:
    chat = device.events[0].chat_id
    sent = device.adapter.send(device.message(chat_id=chat))
    ours = types.MessageRef(chat_id=chat, message_id=sent.message_id)

    device.adapter.edit(ours, Formatted("better"))
    assert supergroup.posts[2].message.text == "better"

    device.adapter.delete(ours)
    assert list(supergroup.posts) == [1]


def test_reading_and_deleting_leave_no_gap_behind(
    device: Device, telegram: Running, known: str, alice: Account, bob: Account
) -> None:
    asked = telegram.dc.count(functions.updates.GetDifferenceRequest)
    sent = device.adapter.send(device.message(chat_id=known))
    device.adapter.signal(known, "read", message_id=device.events[0].message_id)
    device.adapter.delete(types.MessageRef(chat_id=known, message_id=sent.message_id))
    telegram.do(lambda dc: dc.post.send(bob, alice, "more"))

    device.received(2)

    assert alice.mailbox.unread(bob)[0].message.text == "more"
    assert telegram.dc.count(functions.updates.GetDifferenceRequest) == asked


def test_typing_is_shown_until_it_ends(device: Device, telegram: Running, known: str) -> None:
    device.adapter.signal(known, "typing")
    telegram.until(lambda dc: dc.count(functions.messages.SetTypingRequest) == 1)
    device.adapter.signal(known, "typing", on=False)

    actions = [
        c.request.action for c in telegram.dc.calls if isinstance(c.request, functions.messages.SetTypingRequest)
    ]
    assert [type(action) for action in actions] == [tl.SendMessageTypingAction, tl.SendMessageCancelAction]


def test_many_at_once_go_through_one_connection(device: Device, known: str, bob: Account) -> None:
    threads = [
        threading.Thread(target=device.adapter.send, args=(device.message(chat_id=known, client_ref=f"r{i}"),))
        for i in range(20)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(bob.mailbox.copies) == 21
