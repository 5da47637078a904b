"""What customers show and say: pictures reach a model that sees, voice messages are written down and answered."""

import base64
import io
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from PIL import Image

from assistants.llm import sight
from assistants.models import LlmModel, UsageRecord
from assistants.services import budgets, providers, usage
from assistants.types import Usage
from conversations.models import AiTurn, Message, Transcription
from happ_project.core import http, jobs, tenancy
from happ_project.files import pictures
from happ_project.files import services as files
from messengers import types
from messengers.models import InboundReceipt
from tests.doubles import model as models
from tests.doubles.model import ModelServer
from tests.doubles.model import Reply as Says
from tests.journeys.shop import Shop, open_shop
from tests.working import Time, time, work, work_for

__all__ = ["time"]

pytestmark = pytest.mark.django_db(transaction=True)

OGG = b"OggS" + bytes(24) + b"OpusHead" + bytes(200)


@pytest.fixture
def model(settings: Any) -> Iterator[ModelServer]:
    sight._blind.clear()
    with models.running() as running:
        settings.OPENAI_API_KEY, settings.OPENAI_BASE_URL = running.api_key, running.base_url
        settings.OPENAI_MODEL, settings.OPENAI_TRANSCRIPTION_MODEL = "test-large", "test-voice"
        yield running


@pytest.fixture
def shop(model: ModelServer) -> Iterator[Shop]:
    shop = open_shop(debounce_seconds=0)
    with tenancy.company_scope(shop.company):
        yield shop


def photo(width: int = 3000, height: int = 2000, *, colour: str = "teal", kind: str = "JPEG") -> bytes:
    made = io.BytesIO()
    Image.new("RGB", (width, height), colour).save(made, kind)
    return made.getvalue()


def sends(shop: Shop, kind: str, content: bytes, *, text: str = "", mime: str = "") -> None:
    """A customer sends a file; the post office has fetched it already."""
    stored = files.store(content, name="file", mime=mime)
    shop.writes(text, attachments=(types.Attachment(kind=kind, file_id=str(stored.pk)),))  # type: ignore[arg-type]


def shown(model: ModelServer) -> list[tuple[int, int]]:
    """The sizes of the pictures in the last request."""
    found = []
    for line in model.requests[-1].body["messages"]:
        for part in line["content"] if isinstance(line["content"], list) else []:
            if part["type"] == "image_url":
                data = base64.b64decode(part["image_url"]["url"].removeprefix("data:image/jpeg;base64,"))
                found.append(Image.open(io.BytesIO(data)).size)
    return found


def asked(model: ModelServer) -> list[str]:
    """What customers said, as the last request tells it."""
    lines = [line["content"] for line in model.requests[-1].body["messages"] if line["role"] == "user"]
    return [line if isinstance(line, str) else line[0]["text"] for line in lines]


# --- pictures ---------------------------------------------------------------------------------------------------------


def test_a_picture_is_shown_small_with_its_words(shop: Shop, model: ModelServer) -> None:
    sends(shop, "image", photo(), text="do you have this one?")
    work()

    assert shown(model) == [(1024, 683)]
    assert asked(model) == ["[photo] do you have this one?"]
    assert shop.said()[-1] == "ai: Scripted answer."


def test_only_the_newest_pictures_are_shown(shop: Shop, model: ModelServer) -> None:
    for number in range(6):
        sends(shop, "image", photo(100 + number, 50))
    work()

    assert shown(model) == [(102, 50), (103, 50), (104, 50), (105, 50)]
    assert asked(model) == ["[photo]"] * 6


def test_a_model_that_cannot_see_is_told_that_there_was_a_picture(shop: Shop, model: ModelServer) -> None:
    model.sees = False
    sends(shop, "image", photo(), text="do you have this one?")
    work()
    asked_before = len(model.requests)
    shop.writes("and in blue?")
    work()

    assert shop.said()[-1] == "ai: Scripted answer."
    assert shown(model) == []
    assert asked(model) == ["[photo] do you have this one?", "and in blue?"]
    assert (asked_before, len(model.requests)) == (2, 3), "it is tried once, not with each answer"


def test_a_refusal_for_another_reason_is_no_blindness(shop: Shop, model: ModelServer) -> None:
    model.script(Says(mood="no_quota"))
    sends(shop, "image", photo())
    work()

    assert AiTurn.objects.get().category == "model_failed"
    assert sight._blind == {}


def test_an_owner_may_keep_pictures_to_the_team(shop: Shop, model: ModelServer, settings: Any) -> None:
    settings.OPENAI_SEES = False
    sends(shop, "image", photo())
    work()

    assert (shown(model), asked(model)) == ([], ["[photo]"])


def test_a_damaged_picture_is_only_named(shop: Shop, model: ModelServer) -> None:
    sends(shop, "image", photo())
    work(InboundReceipt)
    stored = Message.objects.get().file
    assert stored is not None
    with stored.content.storage.open(stored.content.name, "wb") as damaged:
        damaged.write(photo()[:500])
    work()

    assert (shown(model), asked(model)) == ([], ["[photo]"])
    assert shop.said()[-1] == "ai: Scripted answer."


def test_what_is_clear_becomes_white(shop: Shop) -> None:
    made = io.BytesIO()
    Image.new("RGBA", (20, 10), (0, 0, 0, 0)).save(made, "PNG")
    small = pictures.small_jpeg(files.store(made.getvalue(), name="clear.png"))

    assert small is not None
    assert Image.open(io.BytesIO(small)).getpixel((5, 5)) == (255, 255, 255)


# --- voice ------------------------------------------------------------------------------------------------------------


def heard(model: ModelServer) -> list[dict[str, Any]]:
    return [request.body for request in model.requests if request.path.endswith("/audio/transcriptions")]


def test_a_voice_message_is_written_down_and_answered(shop: Shop, model: ModelServer) -> None:
    model.hears(Says(text="Do you have bread?"))
    sends(shop, "voice", OGG, mime="audio/ogg")
    work()

    message = Message.objects.get(type="Audio")
    assert (message.text, message.transcription) == ("", "Do you have bread?")
    assert heard(model) == [
        {"model": "test-voice", "response_format": "json", "file": {"name": "voice.ogg", "size": len(OGG)}}
    ]
    assert asked(model) == ["[voice message] Do you have bread?"]
    assert shop.said()[-1] == "ai: Scripted answer."
    used = UsageRecord.objects.get(purpose="transcription")
    assert (used.model, used.input_tokens, used.subject) == ("test-voice", 14, str(shop.chat().pk))


def test_the_turn_waits_for_what_is_not_written_down_yet(shop: Shop, model: ModelServer) -> None:
    model.hears(Says(text="Call me a person please, an operator"))
    sends(shop, "voice", OGG, mime="audio/ogg")
    work(InboundReceipt)
    work(AiTurn)

    assert asked(model) == ["[voice message] Call me a person please, an operator"]
    assert Transcription.objects.get().state == jobs.Job.State.DONE


def test_a_spoken_wish_for_a_person_is_heard(shop: Shop, model: ModelServer) -> None:
    model.hears(Says(text="Оператор"))
    sends(shop, "voice", OGG, mime="audio/ogg")
    work()

    assert AiTurn.objects.get().category == "customer_asked"


@pytest.mark.parametrize("trouble", [Says(mood="failing"), Says(mood="no_quota"), Says(text="")])
def test_what_cannot_be_written_down_is_still_answered(shop: Shop, model: ModelServer, trouble: Says) -> None:
    model.hears(trouble)
    model.script(Says(text="I cannot listen to it. Would you write it, please?"))
    sends(shop, "voice", OGG, mime="audio/ogg")
    work()

    assert asked(model) == ["[voice message]"]
    assert shop.said()[-1] == "ai: I cannot listen to it. Would you write it, please?"


def test_a_spent_budget_has_no_recording_written_down(shop: Shop, model: ModelServer) -> None:
    prices = {"input_price": Decimal(1), "output_price": Decimal(1)}
    LlmModel.objects.update_or_create(provider="127.0.0.1", name="test-large", defaults=prices)
    budgets.save(shop.company, monthly=Decimal("0.5"))
    took = Usage(provider="127.0.0.1", model="test-large", input_tokens=1_000_000)
    usage.record(company_id=shop.company.pk, purpose="answer", usage=took)

    sends(shop, "voice", OGG, mime="audio/ogg")
    work()

    assert heard(model) == []
    assert Transcription.objects.get().last_error == "the budget of this month is spent"
    assert AiTurn.objects.get().category == "budget"


def test_people_get_the_words_later_where_the_server_stumbles(shop: Shop, model: ModelServer, time: Time) -> None:
    model.hears(Says(mood="failing"), Says(text="Do you have bread?"))
    sends(shop, "voice", OGG, mime="audio/ogg")
    work_for(time, 30)

    assert Message.objects.get(type="Audio").transcription == "Do you have bread?"
    assert len(AiTurn.objects.all()) == 1


def test_nobody_listens_without_a_server_for_it(shop: Shop, model: ModelServer, settings: Any) -> None:
    settings.OPENAI_TRANSCRIPTION_MODEL = ""
    sends(shop, "voice", OGG, mime="audio/ogg")
    work()

    assert heard(model) == []
    assert asked(model) == ["[voice message]"]


def test_a_company_has_its_own_server_for_voice_and_may_forbid_it(shop: Shop, model: ModelServer) -> None:
    with models.running(api_key="sk-voice") as theirs:
        http.configure(allowed_private=[theirs.address])
        own: dict[str, Any] = {"api_key": "sk-x", "base_url": model.base_url, "model": "test-large"}
        own |= {"transcription_url": theirs.base_url, "transcription_key": "sk-voice", "transcription_model": "own"}
        providers.save_settings(shop.company.pk, **own)
        sends(shop, "voice", OGG, mime="audio/ogg")
        work(InboundReceipt, Transcription)
        assert [each["model"] for each in heard(theirs)] == ["own"]
        # not OpenAI's: its price is not theirs
        assert UsageRecord.objects.get(purpose="transcription").provider == "127.0.0.1"

        providers.save_settings(shop.company.pk, **own, listens=False)
        sends(shop, "voice", OGG + b"x", mime="audio/ogg")
        work(InboundReceipt, Transcription)
        assert (len(heard(theirs)), heard(model)) == (1, [])
    http.configure()


def test_a_private_address_for_voice_is_refused(shop: Shop, model: ModelServer) -> None:
    providers.save_settings(
        shop.company.pk,
        api_key="sk-x",
        transcription_url=model.base_url,
        transcription_key=model.api_key,
        transcription_model="own",
    )
    sends(shop, "voice", OGG, mime="audio/ogg")
    work(InboundReceipt, Transcription)

    assert heard(model) == []
    assert Transcription.objects.get().state == jobs.Job.State.FAILED


def test_history_and_our_own_recordings_are_not_written_down(shop: Shop, model: ModelServer) -> None:
    file_id = files.store(OGG, name="voice", mime="audio/ogg").pk
    for fields in ({"history": True}, {"from_us": True}):
        shop.writes("", attachments=(types.Attachment(kind="voice", file_id=str(file_id)),), **fields)
    work(InboundReceipt)

    assert not Transcription.objects.exists()


def test_the_team_reads_it_under_the_player(shop: Shop, model: ModelServer, client: Client) -> None:
    model.hears(Says(text="Do you have <bread>?"))
    sends(shop, "voice", OGG, mime="audio/ogg")
    work()
    client.force_login(shop.company.owner)

    page = client.get(f"/chats/{shop.chat().pk}/").content.decode()

    assert "Do you have &lt;bread&gt;?" in page
