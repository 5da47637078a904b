"""What a channel carries: as what a file goes out, and why one does not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

from django.conf import settings
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _

from conversations.models import Message
from messengers import types
from messengers.capabilities import AttachmentRule, Capabilities
from messengers.services import features

STICKER = "sticker"
"""The `specificType` of a picture that goes, or came, as a sticker."""
_OWN = ("image", "audio", "video")
_FEATURES = {"image": "image", "audio": "voice", "video": "video", "document": "document", "sticker": "stickers"}
_TYPES = {"image": Message.Type.PHOTO, "sticker": Message.Type.PHOTO, "audio": Message.Type.AUDIO,
          "video": Message.Type.VIDEO}  # fmt: skip


def kind_for(able: Capabilities, mime: str, *, as_sticker: bool = False) -> types.AttachmentKind:
    """What the messenger does not take in its own kind goes as a document, where it takes documents."""
    if as_sticker:
        return "sticker"
    main = mime.partition("/")[0]
    own = cast(types.AttachmentKind, main if main in _OWN else "document")
    return "document" if not able.takes(own, mime) and able.takes("document", mime) else own


def type_of(kind: str) -> str:
    """How a message with such a file is stored."""
    return _TYPES.get(kind, Message.Type.DOCUMENT)


def refusal(adapter: type[Any], *, kind: str, mime: str, size: int) -> str:
    """Why the channel does not take this file, for people; "" if it does."""
    rule = adapter.capabilities.attachments.get(kind)
    if rule is None or not rule.send:
        return _refused(adapter, kind)
    if not adapter.capabilities.takes(kind, mime):
        return _("%(title)s does not take %(mime)s.") % {"title": _(adapter.title), "mime": mime}
    if size > _most(rule):
        return _too_large(adapter, kind, _most(rule))
    return ""


def _most(rule: AttachmentRule) -> int:
    """The messenger's limit, or ours if that is less."""
    return min(rule.max_bytes, int(settings.LARGEST_UPLOAD))


def _refused(adapter: type[Any], kind: str) -> str:
    if kind == STICKER:
        return _("%(title)s does not take stickers.") % {"title": _(adapter.title)}
    return _("%(title)s does not take files of this kind.") % {"title": _(adapter.title)}


def _too_large(adapter: type[Any], kind: str, most: int) -> str:
    names = {"title": _(adapter.title), "size": filesizeformat(most)}
    if kind == STICKER:
        return _("%(title)s takes stickers of at most %(size)s.") % names
    return _("%(title)s takes files of this kind up to %(size)s.") % names


@dataclass(frozen=True)
class Freight:
    """One kind of file on one channel, as the composer shows and checks it; `most` in bytes, 0 if it is not taken.

    `takes`: the only types taken, empty for all. In `wrong_type` stands `{mime}` for the type.
    """

    kind: str
    label: str
    takes: tuple[str, ...]
    most: int
    note: str
    refused: str
    wrong_type: str
    too_large: str

    @property
    def is_taken(self) -> bool:
        return self.most > 0

    def as_json(self) -> dict[str, Any]:
        return {
            "takes": self.takes, "most": self.most, "note": self.note, "refused": self.refused,
            "wrongType": self.wrong_type, "tooLarge": self.too_large,
        }  # fmt: skip


def freights(adapter: type[Any]) -> list[Freight]:
    """Every kind of file, whether the channel takes it or not."""
    told = {feature.name: feature for feature in features.table([adapter.kind]).of(adapter.kind).features}
    return [_freight(adapter, kind, told[name]) for kind, name in _FEATURES.items()]


def _freight(adapter: type[Any], kind: str, told: features.Feature) -> Freight:
    able = adapter.capabilities
    rule = able.attachments.get(kind)
    most = _most(rule) if rule is not None and rule.send else 0
    return Freight(
        kind=kind,
        label=told.label,
        takes=able.types_taken(kind),
        most=most,
        note=told.note,
        refused=_refused(adapter, kind),
        wrong_type=_("%(title)s does not take %(mime)s.") % {"title": _(adapter.title), "mime": "{mime}"},
        too_large=_too_large(adapter, kind, most),
    )


def attachment(able: Capabilities, file: Any, *, as_sticker: bool, sticker_ref: str) -> types.OutgoingAttachment | None:
    """What the outbox is given for a message's file, or for a sticker that the messenger knows by a number."""
    if file is None:
        return types.OutgoingAttachment(kind="sticker", file_id="", mime="", ref=sticker_ref) if sticker_ref else None
    kind = kind_for(able, file.mime, as_sticker=as_sticker)
    return types.OutgoingAttachment(
        kind=kind, file_id=str(file.pk), mime=file.mime, name=file.name, size=file.size, ref=sticker_ref
    )
