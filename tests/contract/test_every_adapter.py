"""What every registered messenger must do; a messenger without samples fails here.

See docs/adding-a-messenger.md.
"""

from __future__ import annotations

import copy
import importlib
import json
import logging
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import messengers.adapters
from happ_project.core import markup
from happ_project.core.formatted import Formatted
from happ_project.core.http import door
from messengers import errors, formatting, registry, text_splitting, types
from messengers.adapter import Adapter, HostedAdapter, SessionAdapter, WebhookAdapter, WebhookRequest
from messengers.samples import Sample, Scene, Sending
from tests.contract.wires import WIRES, Wire
from tests.doubles.recording_io import OfflineIO, RecordingIO

KINDS = registry.kinds()
WEBHOOK_KINDS = [kind for kind in KINDS if issubclass(registry.get(kind), WebhookAdapter)]
SESSION_KINDS = [kind for kind in KINDS if issubclass(registry.get(kind), SessionAdapter)]
HOSTED_KINDS = [kind for kind in KINDS if issubclass(registry.get(kind), HostedAdapter)]
REACHED_KINDS = [kind for kind in KINDS if kind not in HOSTED_KINDS]
FOLDER = Path(messengers.adapters.__file__).parent
TRANSPORTS = {"webhook": WebhookAdapter, "session": SessionAdapter, "hosted": HostedAdapter}


def samples_of(kind: str) -> ModuleType:
    return importlib.import_module(f"messengers.adapters.{kind}.samples")


def scene_of(kind: str) -> Scene:
    return samples_of(kind).SCENE


def open_adapter(kind: str, io: RecordingIO | None = None) -> Any:
    scene = scene_of(kind)
    address = {"external_id": scene.external_id, "credentials": scene.credentials, "config": scene.config}
    return registry.open(kind, account=scene.account, address=address, io=io or OfflineIO(settings=scene.settings))


def request_of(kind: str, body: bytes, *, secret: str = "") -> WebhookRequest:
    secret = secret or next(iter(open_adapter(kind).secrets()), "")
    return WebhookRequest(headers=samples_of(kind).sign(body, secret), body=body)


def webhook_samples() -> list[Any]:
    return [
        pytest.param(kind, sample, id=f"{kind}: {sample.name}")
        for kind in WEBHOOK_KINDS
        for sample in samples_of(kind).SAMPLES
    ]


def secrets_of(kind: str) -> list[str]:
    """Every credential of the scene that is long enough to be one."""

    def strings(value: Any) -> Iterator[str]:
        if isinstance(value, dict):
            for item in value.values():
                yield from strings(item)
        elif isinstance(value, list | tuple):
            for item in value:
                yield from strings(item)
        elif isinstance(value, str):
            yield value

    scene = scene_of(kind)
    operators = [
        part
        for name, value in scene.settings.items()
        if name.endswith(("SECRET", "TOKEN"))
        for part in str(value).split(",")
    ]
    return [found for found in strings([scene.account, scene.credentials, operators]) if len(found) >= 8]


def without_raw(event: Any) -> Any:
    if isinstance(event, types.Unreadable):
        return replace(event, raw=None, digest="")
    return replace(event, raw={})


# --- the folder -------------------------------------------------------------------------------------------------------


def test_every_folder_is_registered_and_every_registration_has_a_folder() -> None:
    folders = {entry.name for entry in FOLDER.iterdir() if (entry / "adapter.py").exists()}

    assert folders == set(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_a_folder_has_samples_and_a_readme(kind: str) -> None:
    samples = samples_of(kind)

    assert (FOLDER / kind / "README.md").read_text().strip()
    assert isinstance(samples.SCENE, Scene)
    assert samples.SAMPLES
    assert len({sample.name for sample in samples.SAMPLES}) == len(samples.SAMPLES)
    assert kind in HOSTED_KINDS or kind in WIRES, f"{kind} needs a wire in tests/contract/wires.py"


@pytest.mark.parametrize("kind", KINDS)
def test_it_introduces_itself(kind: str) -> None:
    adapter = registry.get(kind)

    assert adapter.kind == kind
    assert [each.kind for each in registry.all() if each.source == adapter.source] == [kind]
    assert re.fullmatch(r"[A-Z][A-Z_]*", adapter.source)
    assert re.fullmatch(r"#[0-9a-f]{6}", adapter.colour)
    assert adapter.title
    assert adapter.icon


@pytest.mark.parametrize("kind", KINDS)
def test_capabilities_and_methods_agree(kind: str) -> None:
    adapter = registry.get(kind)
    can = adapter.capabilities

    def overrides(name: str) -> bool:
        return getattr(adapter, name) is not getattr(Adapter, name)

    assert issubclass(adapter, TRANSPORTS[can.transport])
    assert overrides("signal") == (can.typing or can.read)
    assert overrides("edit") == can.edits
    assert overrides("delete") == can.deletes
    assert overrides("send_album") == (can.albums is not None)
    if kind in REACHED_KINDS:
        assert overrides("fetch") == any(rule.receive for rule in can.attachments.values())
    if kind in WEBHOOK_KINDS:
        assert can.authenticity in ("hmac", "shared_secret", "url_token")
        assert can.webhook_scope in ("address", "app")
    assert all(rule.max_bytes > 0 for rule in can.attachments.values())


# --- in ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "sample"), webhook_samples())
def test_a_sample_is_accepted_under_each_valid_secret(kind: str, sample: Sample) -> None:
    adapter, body = open_adapter(kind), json.dumps(sample.body).encode()

    for secret in adapter.secrets():
        adapter.verify(request_of(kind, body, secret=secret), adapter.secrets())


@pytest.mark.parametrize("kind", WEBHOOK_KINDS)
def test_a_forgery_is_refused(kind: str) -> None:
    adapter, can = open_adapter(kind), registry.get(kind).capabilities
    body = json.dumps(samples_of(kind).SAMPLES[0].body).encode()
    good = request_of(kind, body)
    if can.authenticity == "url_token" and not adapter.secrets():
        pytest.skip("the address itself is the proof; an unknown one reaches no adapter")

    forgeries = [
        replace(good, headers={}),
        replace(good, headers=dict.fromkeys(good.headers, "")),
        replace(good, headers={name: value[:-1] for name, value in good.headers.items()}),
        replace(good, headers={name: value + "x" for name, value in good.headers.items()}),
        replace(good, headers=dict.fromkeys(good.headers, "ї")),
        request_of(kind, body, secret="another secret altogether"),
    ]
    if can.authenticity in ("hmac", "url_token"):
        forgeries.append(replace(good, body=good.body.replace(b"{", b"{ ", 1)))
    for forgery in forgeries:
        with pytest.raises(errors.BadSignature):
            adapter.verify(forgery, adapter.secrets())
    for secrets in ((), ("",)):
        with pytest.raises(errors.BadSignature):
            adapter.verify(good, secrets)
    with pytest.raises(errors.BadSignature):
        adapter.verify(good, ("the secret after a rotation",))


@pytest.mark.parametrize(("kind", "sample"), webhook_samples())
def test_a_sample_means_exactly_this_and_twice_the_same(kind: str, sample: Sample) -> None:
    request = request_of(kind, json.dumps(sample.body).encode())
    adapter = open_adapter(kind)

    first, second = adapter.parse(request), open_adapter(kind).parse(request)

    assert tuple(without_raw(event) for event in first) == sample.events
    assert first == second
    assert tuple(adapter.ignored) == sample.ignored


@pytest.mark.parametrize(("kind", "sample"), webhook_samples())
def test_what_is_kept_of_an_event_can_be_parsed_again(kind: str, sample: Sample) -> None:
    adapter = open_adapter(kind)

    for event in adapter.parse(request_of(kind, json.dumps(sample.body).encode())):
        again = adapter.parse(WebhookRequest(body=json.dumps(event.raw).encode()))
        assert [without_raw(other) for other in again] == [without_raw(event)]


@pytest.mark.parametrize("kind", WEBHOOK_KINDS)
def test_different_events_have_different_keys_and_a_repeat_has_the_same(kind: str) -> None:
    """A repeat is whatever is the same event under whichever name: the samples hold some."""
    keys: dict[str, Any] = {}
    for sample in samples_of(kind).SAMPLES:
        for event in sample.events:
            if isinstance(event, types.Unreadable):
                continue
            assert 0 < len(event.dedup_key) <= 255
            assert keys.setdefault(event.dedup_key, event) == event


def session_samples() -> list[Any]:
    return [
        pytest.param(kind, sample, id=f"{kind}: {sample.name}")
        for kind in SESSION_KINDS
        for sample in samples_of(kind).SAMPLES
    ]


@pytest.mark.parametrize(("kind", "sample"), session_samples())
def test_what_a_connection_brought_means_exactly_this_and_twice_the_same(kind: str, sample: Sample) -> None:
    first, second = open_adapter(kind).parse(sample.body), open_adapter(kind).parse(sample.body)

    assert tuple(without_raw(event) for event in first) == sample.events
    assert first == second
    for event in first:
        assert types.load(json.loads(json.dumps(types.dump(event)))) == event


@pytest.mark.parametrize("kind", SESSION_KINDS)
def test_different_events_of_a_connection_have_different_keys(kind: str) -> None:
    keys = [event.dedup_key for sample in samples_of(kind).SAMPLES for event in sample.events]

    assert len(set(keys)) == len(keys)
    assert all(0 < len(key) <= 255 for key in keys)


@pytest.mark.parametrize("kind", SESSION_KINDS)
@pytest.mark.parametrize("body", [{}, {"updates": ""}, {"updates": "!"}, {"updates": "AAAA"}, {"updates": "AQID" * 99}])
def test_what_a_connection_can_not_have_brought_is_unreadable(kind: str, body: dict[str, str]) -> None:
    found = open_adapter(kind).parse(body)

    assert [type(event) for event in found] == [types.Unreadable]


def variants(value: Any) -> Iterator[Any]:
    """The value with each key removed and each part replaced by something that nobody expects, one at a time."""
    odd = [None, True, 0, -1, 10**18, 1.5, "", "x", "ї\x00", "9" * 400, [], {}, [None], [[]], {"id": 1}, {"key": []}]
    if isinstance(value, dict):
        for key in value:
            yield {name: item for name, item in value.items() if name != key}
            for changed in [*odd, *variants(value[key])]:
                yield value | {key: changed}
    if isinstance(value, list):
        for i in range(len(value)):
            yield value[:i] + value[i + 1 :]
            for changed in [*odd, *variants(value[i])]:
                yield [*value[:i], changed, *value[i + 1 :]]


@pytest.mark.parametrize(("kind", "sample"), webhook_samples())
def test_nothing_odd_in_a_body_is_stumbled_over(kind: str, sample: Sample) -> None:
    adapter = open_adapter(kind)

    for body in variants(copy.deepcopy(sample.body)):
        for event in adapter.parse(WebhookRequest(body=json.dumps(body).encode())):
            told = json.dumps(types.dump(event))
            assert "\\u0000" not in told, "PostgreSQL does not store it"
            assert types.load(json.loads(told)) == event
            if isinstance(event, types.Unreadable):
                assert re.fullmatch(r"[0-9a-f]{64}", event.digest)


@pytest.mark.parametrize("kind", WEBHOOK_KINDS)
@pytest.mark.parametrize("body", [b"", b"{", b"null", b"[]", b'"x"', b"\xff\xfe", b"[" * 5000, b'{"a":' * 900 + b"1"])
def test_what_is_no_event_at_all_is_unreadable(kind: str, body: bytes) -> None:
    found = open_adapter(kind).parse(WebhookRequest(body=body))

    assert [type(event) for event in found] == [types.Unreadable]
    assert found[0].raw is None


@pytest.mark.parametrize("kind", KINDS)
def test_no_credential_shows(kind: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    adapter, secrets = open_adapter(kind), secrets_of(kind)
    told = [repr(adapter), repr(scene_of(kind)), repr(adapter.__dict__.get("io"))]

    for sample in samples_of(kind).SAMPLES if kind in SESSION_KINDS else ():
        told += [json.dumps(types.dump(event)) for event in adapter.parse(sample.body)]
    for sample in samples_of(kind).SAMPLES if kind in WEBHOOK_KINDS else ():
        body = json.dumps(sample.body).encode()
        request = request_of(kind, body)
        told += [repr(request), json.dumps(adapter.redact(body))]
        for event in adapter.parse(request):
            told += [repr(event), json.dumps(types.dump(event))]
        try:
            adapter.verify(replace(request, headers={}), adapter.secrets())
        except errors.BadSignature as error:
            told += [repr(error), str(error)]

    everything = "\n".join(told) + caplog.text
    assert [secret for secret in secrets if secret in everything] == []


# --- out --------------------------------------------------------------------------------------------------------------


def message(kind: str, **fields: Any) -> types.OutgoingMessage:
    plain = {"client_ref": "ref-1", "chat_id": "1", "text": "" if "attachment" in fields else "Hello"}
    return types.OutgoingMessage(**plain | fields)


@pytest.mark.parametrize("kind", KINDS)
def test_a_long_text_is_split_by_its_limit(kind: str) -> None:
    can, adapter = registry.get(kind).capabilities, open_adapter(kind)
    text = "Речення про все. Sentence about it 👨‍👩‍👧‍👦! " * (3 * can.text_limit // 40)

    pieces = text_splitting.split(text, can.text_limit, can.text_unit)

    assert len(pieces) > 2
    assert "".join("".join(pieces).split()) == "".join(text.split())
    for piece in pieces:
        adapter.refuse_unsupported(message(kind, text=piece))


@pytest.mark.parametrize("kind", KINDS)
def test_what_it_cannot_do_is_refused_before_any_network(kind: str) -> None:
    adapter, can = open_adapter(kind, OfflineIO()), registry.get(kind).capabilities
    impossible = [message(kind, text=" \n"), message(kind, text="ї" * (can.text_limit + 1))]
    for name in ("image", "audio", "voice", "video", "document", "sticker"):
        rule = can.attachments.get(name)
        file = types.OutgoingAttachment(kind=name, file_id="f", mime="image/jpeg", size=10)  # type: ignore[arg-type]
        if rule is None or not rule.send:
            impossible.append(message(kind, attachment=file))
            continue
        impossible.append(message(kind, attachment=replace(file, size=rule.max_bytes + 1)))
        if rule.mime_types:
            impossible.append(message(kind, attachment=replace(file, mime="application/x-msdownload")))
    for each in impossible:
        with pytest.raises(errors.Unsupported):
            adapter.send(each)
    ref = types.MessageRef(chat_id="1", message_id="m", provider_ref="1")
    if not can.edits:
        with pytest.raises(errors.Unsupported):
            adapter.edit(ref, Formatted("x"))
    if not can.deletes:
        with pytest.raises(errors.Unsupported):
            adapter.delete(ref)


@pytest.mark.parametrize(
    ("kind", "sending"),
    [
        pytest.param(kind, sending, id=f"{kind}: {sending.name}")
        for kind in HOSTED_KINDS
        for sending in samples_of(kind).SAMPLES
    ],
)
def test_a_hosted_messenger_pushes_exactly_this_and_repeats_it_recognisably(kind: str, sending: Sending) -> None:
    io = RecordingIO()
    adapter = open_adapter(kind, io)

    first, second = adapter.send(sending.message), adapter.send(sending.message)

    assert registry.get(kind).capabilities.idempotent_send
    assert first.message_id == second.message_id == sending.message.client_ref
    expected = sending.pushes * 2
    assert len(io.pushes) == len(expected)
    for (topic, payload), (wanted_topic, wanted) in zip(io.pushes, expected, strict=True):
        assert (topic, matching(payload, wanted)) == (wanted_topic, wanted)
        assert re.fullmatch(r"[\w.-]{1,99}", topic), "a channel layer's group name"


def matching(value: Any, wanted: Any) -> Any:
    """The value, with `{}` wherever the sample says that it cannot be foreseen."""
    if wanted == {} and value:
        return {}
    if isinstance(wanted, dict) and isinstance(value, dict):
        return {name: matching(item, wanted.get(name)) for name, item in value.items()}
    if isinstance(wanted, list) and isinstance(value, list) and len(wanted) == len(value):
        return [matching(item, other) for item, other in zip(value, wanted, strict=True)]
    return value


@pytest.fixture
def wire(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Wire]:
    """The messenger's double; whoever waits for an answer waits a third of a second."""
    quick = replace(door.ROLES["messenger"], read=0.3)
    monkeypatch.setattr(door, "ROLES", {**door.ROLES, "messenger": quick})
    opened = WIRES[request.param]()
    yield opened
    opened.close()


each_wire = pytest.mark.parametrize("wire", REACHED_KINDS, indirect=True)


RICH = "😀 **Menu** of *today*\n* [soups](https://shop.example/a_b), ~~120~~ 100\n* 2*3 `snake_case` **і**ще"
AS_SHOWN = {
    "plain": ("😀 Menu of today\n- soups (https://shop.example/a_b), 120 100\n- 2*3 snake_case іще", []),
    "signs": ("😀 *Menu* of _today_\n- soups (https://shop.example/a_b), ~120~ 100\n- 2*3 ```snake_case``` іще", []),
    "marks": (
        "😀 Menu of today\n- soups, 120 100\n- 2*3 snake_case іще",
        [
            ("bold", 3, 4, ""),
            ("italic", 11, 5, ""),
            ("link", 19, 5, "https://shop.example/a_b"),
            ("strike", 26, 3, ""),
            ("code", 40, 10, ""),
            ("bold", 51, 1, ""),
        ],
    ),
}
"""What an assistant wrote, and what the messenger gets: the text, and beside it kind, offset, length, address."""


@each_wire
def test_formatting_arrives_as_the_messenger_shows_it(wire: Wire) -> None:
    adapter = wire.open()

    (piece,) = formatting.pieces(markup.read(RICH), adapter.capabilities)
    adapter.send(message("", chat_id=wire.chat_id, text=piece.text, marks=piece.marks))

    assert wire.shown() == AS_SHOWN[adapter.capabilities.formatting]


@each_wire
def test_a_long_formatted_text_is_taken_piece_by_piece(wire: Wire) -> None:
    adapter = wire.open()
    written = "**Речення 👨‍👩‍👧 про все.** *Sentence* about [it](https://x.example)! " * (
        2 * adapter.capabilities.text_limit // 40
    )

    pieces = formatting.pieces(markup.read(written), adapter.capabilities)
    for i, piece in enumerate(pieces):
        adapter.send(message("", client_ref=f"ref-{i}", chat_id=wire.chat_id, text=piece.text, marks=piece.marks))

    assert wire.accepted() == len(pieces) > 1
    assert wire.shown()[0] == pieces[-1].text


@each_wire
def test_a_message_is_accepted_once(wire: Wire) -> None:
    sent = wire.open().send(message("", chat_id=wire.chat_id))

    assert sent.message_id or sent.provider_ref
    assert wire.accepted() == 1


@each_wire
@pytest.mark.parametrize(
    ("how", "verdict"),
    [
        ("429", errors.TryLater),
        ("401", errors.LoginRequired),
        ("400", errors.Rejected),
        ("500", errors.Unsure),
        ("hang", errors.Unsure),
        ("accept then hang", errors.Unsure),
        ("accept then reset", errors.Unsure),
    ],
)
def test_trouble_has_one_meaning(wire: Wire, how: str, verdict: type[errors.MessengerError]) -> None:
    """Where a send may be repeated safely, an unclear end may be told as TryLater too."""
    adapter = wire.open()
    wire.trouble(how)
    allowed = (verdict, errors.TryLater) if adapter.capabilities.idempotent_send else (verdict,)

    with pytest.raises(allowed) as caught:
        adapter.send(message("", chat_id=wire.chat_id))

    assert str(caught.value)
    if how == "429":
        assert caught.value.retry_after > 0
    secrets = [found for found in [*adapter.account.values(), *adapter.credentials.values()] if len(str(found)) >= 8]
    assert [secret for secret in secrets if str(secret) in repr(caught.value) + str(caught.value)] == []


@each_wire
def test_nobody_there_is_surely_not_sent(wire: Wire) -> None:
    adapter = wire.open()
    wire.close()

    with pytest.raises(errors.TryLater):
        adapter.send(message("", chat_id=wire.chat_id))


@each_wire
def test_sending_twice_with_one_reference_sends_once_where_that_is_promised(wire: Wire) -> None:
    adapter = wire.open()
    if not adapter.capabilities.idempotent_send:
        pytest.skip("not promised: the outbox never repeats such a send")

    for _ in range(2):
        adapter.send(message("", chat_id=wire.chat_id))

    assert wire.accepted() == 1


@each_wire
def test_a_healthy_connection_says_so(wire: Wire) -> None:
    assert wire.open().check().state == "connected"
