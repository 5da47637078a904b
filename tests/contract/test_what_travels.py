"""What customers send and what we send, by kind and messenger, through the whole house and each messenger's double.

What arrives is a file of our own, shown as what it is and offered to the assistant; what goes out is what the features
table says, and the rest is refused with a reason where people and programs write.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from conversations import selectors
from conversations.models import Message
from conversations.services import carriage
from happ_project.files import services as files
from happ_project.files.models import StoredFile
from messengers.models import InboundReceipt
from messengers.services import features
from tests import factories
from tests.doubles import model as models
from tests.stories.plot import Parcel, Story
from tests.stories.stage import each_messenger, house, mind, runners, story, telegram, time

__all__ = ["house", "mind", "runners", "story", "telegram", "time"]

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(180)]

# kind → our type, our `specificType`, the player or picture on the page, and the word the assistant reads
ARRIVES = {
    "image": ("Photo", "", 'alt="Picture"', "[photo]"),
    "voice": ("Audio", "", "<audio controls", "[voice message]"),
    "video": ("Video", "", "<video controls", "[video]"),
    "document": ("Document", "", "underline", "[document]"),
    "sticker": ("Photo", "sticker", 'alt="Sticker"', "[sticker]"),
}
NAMES = {"image": "image", "audio": "voice", "video": "video", "document": "document", "sticker": "stickers"}
"""A kind of file → its row in the features table."""
PLAYERS = {"audio" if kind == "voice" else kind: player for kind, (_, _, player, _) in ARRIVES.items()}
"""A kind of file that we send → what shows it on the page."""
TOLD = {"place": "Location", "person": "Contact", "riddle": "A message of a kind that cannot be shown here"}


def page_of(story: Story) -> str:
    browser = Client()
    browser.force_login(story.company.owner)
    return browser.get(f"/chats/{story.chat.pk}/").content.decode()


def latest() -> Message:
    return Message.objects.select_related("file").filter(role="User").latest("id")


def shown(html: str, message: Message) -> str:
    """The message's own part of the page."""
    return html.partition(f'id="message-{message.pk}"')[2].partition("</article>")[0]


def arrives(story: Story, act: Any) -> Message:
    """What the customer's act leads to, in the end."""
    known = Message.objects.filter(role="User").count()
    act()
    story.goes_on(0, lambda: Message.objects.filter(role="User").count() > known)
    return latest()


@each_messenger
def test_every_kind_of_file_arrives_is_kept_shown_and_offered_to_the_assistant(story: Story) -> None:
    story.connects()
    for kind, (type_, specific, player, word) in ARRIVES.items():
        parcel = story.parcel(kind)
        if (story.kind, kind) == ("instagram", "sticker"):
            type_, specific, player, word = ARRIVES["image"]  # that is how they come there

        message = arrives(story, lambda parcel=parcel: story.customer(parcel=parcel))

        assert (message.type, message.specific_type, message.file_missing) == (type_, specific, False), kind
        assert message.file is not None, kind
        with files.open(message.file) as content:
            assert content.read() == parcel.content, kind
        part = shown(page_of(story), message)
        assert player in part, (kind, part)
        assert f"/files/{message.file_id}/" in part, kind
        told = selectors.transcript(story.chat)[-1]
        assert told.role == "customer"
        assert told.text == word or word.strip("[]") in told.attachments, (kind, told)
        assert len(told.pictures) == (kind in ("image", "sticker")), kind
        assert all(picture.data for picture in told.pictures), kind


@each_messenger
def test_a_voice_message_is_written_down_and_read_by_the_assistant(story: Story, settings: Any) -> None:
    story.connects()
    with models.running() as model:
        settings.OPENAI_TRANSCRIPTION_URL, settings.OPENAI_TRANSCRIPTION_KEY = model.base_url, model.api_key
        settings.OPENAI_TRANSCRIPTION_MODEL = "test-voice"
        model.hears(models.Reply(text="Do you have rye bread?"))

        story.customer(parcel=story.parcel("voice"))
        story.goes_on(1, lambda: Message.objects.exclude(transcription="").exists())

    told = selectors.transcript(story.chat)[-1]
    assert (told.text, told.attachments) == ("Do you have rye bread?", ("voice message",))
    assert "Do you have rye bread?" in shown(page_of(story), latest())


@each_messenger
def test_what_is_no_file_becomes_a_line_that_says_what_it_is(story: Story) -> None:
    story.connects()
    story.customer("Good morning")
    story.goes_on(0, lambda: Message.objects.filter(role="User").exists())
    for what, label in TOLD.items():
        known = latest().pk
        if not story.tells(what):
            continue
        story.goes_on(0, lambda known=known: latest().pk != known)

        message = latest()
        assert message.type == "Specific" or message.text, what
        assert label in shown(page_of(story), message), what
        assert selectors.transcript(story.chat)[-1].role == "customer", what
    assert not InboundReceipt.objects.filter(state="failed").exists()


@each_messenger
def test_a_file_that_cannot_be_had_leaves_a_note_and_takes_nothing_along(story: Story, settings: Any) -> None:
    story.connects()
    large = story.parcel("image")
    settings.LARGEST_UPLOAD = len(large.content) - 1

    message = arrives(story, lambda: story.customer("Do you have this one?", large))

    assert (message.file, message.file_missing) == (None, True)
    assert "File not available" in shown(page_of(story), message)
    assert story.chat.last_message_at
    assert "Do you have this one?" in Message.objects.filter(role="User").values_list("text", flat=True)
    settings.LARGEST_UPLOAD = 16 * 1024 * 1024
    story.customer("Hello?")
    story.goes_on(0, lambda: Message.objects.filter(text="Hello?").exists())
    assert not StoredFile.objects.filter(size__gte=len(large.content)).exists()


@each_messenger
def test_what_only_says_that_it_is_a_picture_is_never_shown_as_one(story: Story) -> None:
    story.connects()
    fake = Parcel("image", b"<html><script>alert(1)</script></html>", "image/jpeg", "photo.jpg")

    message = arrives(story, lambda: story.customer(parcel=fake))

    assert message.type == "Photo"
    part = shown(page_of(story), message)
    assert "<img" not in part
    assert selectors.transcript(story.chat)[-1].pictures == ()
    if message.file is None:
        assert "File not available" in part
    else:
        answer = Client().get(urlsplit(files.signed_url(message.file)).path)
        assert answer["Content-Disposition"].startswith("attachment")
        assert answer["Content-Type"] == "application/octet-stream"


@pytest.mark.parametrize(
    "story", ["instagram", "whatsapp", "facebook", "viber", "telegram_bot", "viber_bot", "custom"], indirect=True
)
def test_a_link_that_is_dead_by_the_time_it_is_opened_leaves_a_note(story: Story) -> None:
    story.connects()

    story.customer("this one", story.parcel("image"))
    story.loses_files()
    story.goes_on(600, lambda: Message.objects.filter(role="User").exists())

    message = latest()
    assert (message.type, message.text, message.file_missing) == ("Photo", "this one", True)
    part = shown(page_of(story), message)
    assert "File not available" in part
    assert "Try again" in part
    assert selectors.transcript(story.chat)[-1].text == "this one"
    assert not InboundReceipt.objects.filter(state="failed").exists()


class Desk:
    """Where we write: a person at the composer, a program over the API."""

    def __init__(self, story: Story) -> None:
        self.chat = story.chat
        self._browser = Client()
        self._browser.force_login(story.company.owner)
        self._key = factories.make_access_token(story.company)

    def composes(self, parcel: Parcel) -> Any:
        upload = SimpleUploadedFile(parcel.name, parcel.content, parcel.mime)
        form = {"file": upload} | ({"sticker": "yes"} if parcel.kind == "sticker" else {})
        return self._browser.post(f"/chats/{self.chat.pk}/send/", form, headers={"HX-Request": "true"})

    def calls(self, parcel: Parcel, *, size: int | None = None) -> Any:
        file = files.store(parcel.content, name=parcel.name, mime=parcel.mime)
        StoredFile.objects.filter(pk=file.pk).update(size=size or file.size)
        body = {"chatId": str(self.chat.pk), "role": "Assistant", "source": "API", "type": "Photo"}
        body |= {"fileId": str(file.pk), "specificType": "sticker" if parcel.kind == "sticker" else ""}
        return Client().post("/api/messages", body, "application/json", headers={"X-Access-Token": self._key})


def at_the_desk(story: Story) -> Desk:
    story.connects()
    story.customer("Good morning")
    story.goes_on(0, lambda: Message.objects.filter(role="User").exists())
    return Desk(story)


def parcel_of(story: Story, kind: str) -> Parcel:
    return story.parcel("voice" if kind == "audio" else kind)


@each_messenger
def test_what_the_table_says_is_sent_and_the_rest_is_refused_where_people_and_programs_write(story: Story) -> None:
    desk, adapter = at_the_desk(story), story.address.adapter_class
    table = {feature.name: feature.cell.value for feature in features.table([story.kind]).of(story.kind).features}
    for freight in carriage.freights(adapter):
        parcel = parcel_of(story, freight.kind)
        assert (table[NAMES[freight.kind]] != "no") == freight.is_taken, "all that is sent is received, too"
        for write, good, bad in ((desk.calls, 201, 400), (desk.composes, 200, 422)):
            before, stored = story.accepted, Message.objects.count()

            told = write(parcel)

            assert told.status_code == (good if freight.is_taken else bad), (freight.kind, told.content)
            if freight.is_taken:
                story.goes_on(10, lambda before=before: story.accepted > before)
                story.goes_on(1, lambda: not Message.objects.filter(status__in=["queued", "sending"]).exists())
                ours = Message.objects.filter(role="Assistant").latest("id")
                assert PLAYERS[freight.kind] in shown(page_of(story), ours), freight.kind
            else:
                assert freight.refused in told.content.decode()
                assert Message.objects.count() == stored, "nothing is left of it"
    assert not Message.objects.filter(status__in=["failed", "unsure"]).exists()


@each_messenger
def test_what_is_over_the_limit_is_refused_with_the_limit_before_anything_is_stored(story: Story) -> None:
    desk, adapter = at_the_desk(story), story.address.adapter_class
    before = Message.objects.count()
    for freight in carriage.freights(adapter):
        if freight.is_taken:
            told = desk.calls(parcel_of(story, freight.kind), size=freight.most + 1)

            assert (told.status_code, freight.too_large in told.json()["message"]) == (400, True), told.content
    assert (Message.objects.count(), story.accepted) == (before, 0)
