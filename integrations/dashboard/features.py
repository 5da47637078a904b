"""What a messenger can do, in words: read from its capabilities, so that a new one describes itself."""

from __future__ import annotations

import dataclasses
from typing import Any

from django.utils.translation import gettext as _


@dataclasses.dataclass(frozen=True)
class Feature:
    label: str
    there: bool


def features(adapter: type[Any]) -> list[Feature]:
    able = adapter.capabilities

    def attaches(kind: str) -> bool:
        rule = able.attachments.get(kind)
        return rule is not None and (rule.send or rule.receive)

    return [
        Feature(_("Text"), True),
        Feature(_("Pictures"), attaches("image")),
        Feature(_("Voice messages"), attaches("voice") or attaches("audio")),
        Feature(_("Files"), attaches("document")),
        Feature(_("Group chats"), able.groups),
        Feature(_("Stickers"), able.stickers),
        Feature(_("Delivery states"), able.delivery_reports),
    ]


def effort(adapter: type[Any]) -> str:
    return {
        "none": _("Ready at once"),
        "minutes": _("A few minutes"),
        "review": _("Needs the platform's approval"),
    }[adapter.capabilities.setup_effort]
