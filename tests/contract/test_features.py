"""The features table is true: it says what was promised, the docs show it, and real messages prove it."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import pytest
from PIL import Image

from messengers import errors, registry, types
from messengers.adapter import HostedAdapter
from messengers.management.commands import features_table
from messengers.services import features
from tests.contract.test_every_adapter import message, open_adapter, samples_of
from tests.contract.wires import WIRES, Wire

PROMISED = """
| Text messages  | yes    | yes   | yes    | yes   | yes     |
| Images         | yes    | yes   | yes    | yes   | yes     |
| Voice messages | yes    | yes   | yes    | yes   | limited |
| Group chats    | yes    | no    | no     | no    | no      |
| Stickers       | yes    | no    | no     | no    | yes     |
| Setup | Easy: phone number + MTProto | Medium: Meta OAuth 2.0 | Medium: WaSender API | Medium: Meta OAuth 2.0 | Medium: E-Chat platform |
"""  # noqa: E501 - as it stands in the docs
COLUMNS = ("telegram", "instagram", "whatsapp", "facebook", "viber")
FILES = {"image": "image", "voice": "voice", "stickers": "sticker", "video": "video", "document": "document"}
KINDS = [kind for kind in registry.kinds() if kind in WIRES]


def drawn(kind: str) -> bytes:
    picture = io.BytesIO()
    Image.new("RGB", (100, 100), "#16a34a").save(picture, kind)
    return picture.getvalue()


def content_of(mime: str) -> bytes:
    """A small file that begins as its kind does."""
    known = {
        "image/jpeg": lambda: drawn("JPEG"),
        "image/webp": lambda: drawn("WEBP"),
        "audio/ogg": lambda: b"OggS" + bytes(60),
        "audio/mpeg": lambda: b"ID3" + bytes(60),
        "audio/mp4": lambda: b"\0\0\0\x18ftypM4A " + bytes(60),
        "audio/aac": lambda: b"\xff\xf1" + bytes(60),
        "video/mp4": lambda: b"\0\0\0\x18ftypmp42" + bytes(60),
        "application/pdf": lambda: b"%PDF-1.4\n%%EOF",
    }
    return known[mime]()


USUAL = {
    "image": ("image/jpeg",),
    "voice": ("audio/ogg", "audio/mpeg", "audio/mp4", "audio/aac"),
    "sticker": ("image/webp", "image/jpeg"),
    "video": ("video/mp4",),
    "document": ("application/pdf",),
}


def test_the_five_messengers_can_do_what_was_promised() -> None:
    table = features.table(COLUMNS)

    promised = [[cell.strip() for cell in line.strip("| ").split("|")] for line in PROMISED.strip().splitlines()]
    told = [[row.label, *(cell.words for cell in row.cells)] for row in table.rows]
    assert [adapter.kind for adapter in table.adapters] == list(COLUMNS)
    assert told[: len(promised)] == promised


def test_the_docs_show_the_table_of_today() -> None:
    page = features_table.page().read_text(encoding="utf-8")

    assert page == features_table.with_table(page), "run `make docs`"


def test_every_messenger_has_a_guide_that_sets_it_up_names_its_limits_and_helps_when_it_stops() -> None:
    guides = features_table.page().parent

    for adapter in features.table().adapters:
        guide = (guides / f"{adapter.kind.replace('_', '-')}.md").read_text(encoding="utf-8").splitlines()
        assert {"## Set it up", "## Limits", "## When it stops"} <= set(guide), adapter.kind


def test_every_limit_has_its_footnote() -> None:
    table = features.table()

    for row in table.rows:
        for cell in row.cells:
            assert cell.value != "limited" or table.note_of(cell)


def received(kind: str) -> set[str]:
    """What the samples prove to arrive."""
    found: set[str] = set()
    for sample in samples_of(kind).SAMPLES:
        for event in sample.events:
            if isinstance(event, types.MessageReceived) and not event.from_us:
                found |= {"text"} if event.text else set()
                found |= {"groups"} if event.is_group else set()
                found |= {attachment.kind for attachment in event.attachments}
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_a_sample_proves_each_kind_that_is_said_to_arrive(kind: str) -> None:
    table, proved = features.table([kind]), received(kind)

    for feature in table.of(kind).features:
        if feature.cell.value == "yes" and feature.name in {"text", "groups", *FILES}:
            assert FILES.get(feature.name, feature.name) in proved, f"no sample of {kind} brings {feature.name}"


@pytest.fixture
def wire(request: pytest.FixtureRequest) -> Iterator[Wire]:
    opened = WIRES[request.param]()
    yield opened
    opened.close()


@pytest.mark.parametrize("wire", KINDS, indirect=True)
def test_each_kind_that_is_said_to_be_sent_is_accepted(wire: Any) -> None:
    adapter = wire.open()
    able = adapter.capabilities
    sendable = [name for name, kind in FILES.items() if kind in able.attachments and able.attachments[kind].send]

    for i, name in enumerate(sendable, start=1):
        file = file_for(wire, adapter, FILES[name])
        adapter.send(message("", chat_id=wire.chat_id, client_ref=f"ref-{i}", attachment=file))
        assert wire.accepted() == i, name


def file_for(wire: Any, adapter: Any, kind: Any) -> types.OutgoingAttachment:
    """A file of the kind that the messenger takes, to be read from us or fetched from its double."""
    rule = adapter.capabilities.attachments[kind]
    mime = next(mime for mime in USUAL[kind] if not rule.mime_types or mime in rule.mime_types)
    content = content_of(mime)
    adapter.io.media.files[kind] = content
    if hasattr(wire._double, "files"):
        wire._double.files[kind] = content, mime
    return types.OutgoingAttachment(kind=kind, file_id=kind, mime=mime, name=f"file.{mime[-3:]}", size=len(content))


@pytest.mark.parametrize("kind", registry.kinds())
def test_what_is_not_sent_is_refused_with_a_reason(kind: str) -> None:
    adapter = open_adapter(kind)

    for name in FILES.values():
        rule = adapter.capabilities.attachments.get(name)
        if rule is None or not rule.send:
            file = types.OutgoingAttachment(kind=name, file_id="f", mime="image/jpeg", size=1)  # type: ignore[arg-type]
            with pytest.raises(errors.Unsupported) as caught:
                adapter.refuse_unsupported(message(kind, attachment=file))
            assert adapter.title in caught.value.reason


def test_what_we_host_ourselves_is_in_the_table_too() -> None:
    hosted = [kind for kind in registry.kinds() if issubclass(registry.get(kind), HostedAdapter)]

    shown = [adapter.kind for adapter in features.table().adapters]
    assert [kind for kind in hosted if kind in shown] == ["widget"]
