"""What customers look like: where the messenger shows it, it stands beside their name, as a small file of our own."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from PIL import Image

from conversations.models import Chat
from conversations.services import chats
from happ_project.files import services as files
from happ_project.files.models import StoredFile
from messengers import registry
from messengers.models import InboundReceipt, PortraitTask
from tests.stories.gateways import Viber
from tests.stories.platforms import BotOfTelegram, Facebook
from tests.stories.plot import Story, picture
from tests.stories.stage import STORIES, house, mind, runners, story, telegram, time
from tests.working import Time, work, work_for

__all__ = ["house", "mind", "runners", "story", "telegram", "time"]

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(120)]

SHOWING = [kind for kind in STORIES if registry.get(kind).capabilities.portraits]


def portrait() -> bytes:
    drawn = io.BytesIO()
    Image.new("RGB", (800, 600), "#b45309").save(drawn, "JPEG")
    return drawn.getvalue()


def greeted(story: Any, *, showing: bytes = b"") -> Chat:
    """A customer with this picture has written, and what that asks for is done."""
    if not story.is_connected:
        story.connects()
    if showing:
        story.shows(showing)
    story.customer("Good morning")
    story.goes_on(1, lambda: not PortraitTask.objects.filter(state__in=PortraitTask.OPEN).exists())
    return story.chat


def test_every_messenger_but_a_companys_own_shows_pictures_of_people() -> None:
    assert set(STORIES) - set(SHOWING) == {"custom"}


@pytest.mark.parametrize("story", SHOWING, indirect=True)
def test_the_picture_is_fetched_kept_small_and_shown(story: Story) -> None:
    chat = greeted(story, showing=portrait())

    assert chat.picture is not None
    assert chat.picture.mime == "image/jpeg"
    with files.open(chat.picture) as content, Image.open(content) as kept:
        assert kept.size == (192, 144)
    client = Client()
    client.force_login(story.company.owner)
    for page in ("/chats/", f"/chats/{chat.pk}/"):
        assert f'src="{chat.picture_url}"' in client.get(page).content.decode(), page
    assert client.get(chat.picture_url)["Content-Type"] == "image/jpeg"


@pytest.mark.parametrize("story", STORIES, indirect=True)
def test_who_shows_none_has_initials(story: Story) -> None:
    chat = greeted(story)

    client = Client()
    client.force_login(story.company.owner)
    assert chat.picture is None
    assert "<img" not in client.get(f"/chats/{chat.pk}/").content.decode().partition('id="messages"')[0]
    assert not PortraitTask.objects.filter(state="failed").exists()


@pytest.mark.parametrize("story", ["facebook"], indirect=True)
def test_the_webhook_and_the_message_never_wait_for_the_picture(story: Facebook, time: Time) -> None:
    story.connects()
    story.shows(portrait())
    story.double.forget_files()

    story.customer("Good morning")
    work(InboundReceipt)
    assert story.chat.last_message_text == "Good morning"
    work_for(time, 600)

    assert story.chat.picture is None
    assert PortraitTask.objects.get().state == "failed"


@pytest.mark.parametrize("story", ["telegram_bot"], indirect=True)
def test_it_is_looked_for_once_a_month_and_the_newest_one_shown(story: BotOfTelegram, time: Time) -> None:
    first = greeted(story, showing=portrait()).picture_id
    story.shows(picture())
    greeted(story)
    assert (story.chat.picture_id, asked(story)) == (first, 1)

    time.pass_by(31 * 86_400)
    greeted(story)
    assert story.chat.picture_id not in (first, None)
    time.pass_by(31 * 86_400)
    story.double.portraits.clear()
    greeted(story)

    assert (story.chat.picture, asked(story)) == (None, 3)


def asked(story: BotOfTelegram) -> int:
    return sum(n for path, n in story.double.calls.items() if path.endswith("/getUserProfilePhotos"))


@pytest.mark.parametrize("story", ["viber"], indirect=True)
@pytest.mark.parametrize(
    "content", [b"<html>Not here</html>", b"%!PS-Adobe-3.0 EPSF-3.0", b"\xff\xd8\xff" + bytes(6 * 1024 * 1024)]
)
def test_what_is_no_small_picture_is_not_kept(story: Viber, content: bytes) -> None:
    chat = greeted(story, showing=content)

    assert chat.picture is None
    assert not StoredFile.objects.exists()


@pytest.mark.parametrize("story", ["viber"], indirect=True)
def test_a_picture_in_a_private_network_is_not_fetched(story: Viber) -> None:
    story.connects()
    story.double.portraits["+380671112233"] = "http://127.0.0.1:1/router.jpg"

    assert greeted(story).picture is None
    assert "not public" in PortraitTask.objects.get().last_error


@pytest.mark.parametrize("story", ["viber_bot"], indirect=True)
def test_with_the_chat_goes_its_picture(story: Any, time: Time) -> None:
    chat = greeted(story, showing=portrait())

    chats.delete(chat)
    time.pass_by((files.UNUSED_FOR + timedelta(days=1)).total_seconds())

    assert not PortraitTask.objects.exists(), "nor where it was"
    assert files.forget_unused() == 1
    assert not StoredFile.objects.exists()
