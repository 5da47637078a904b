"""What a message was, in words, where we have no form of our own for it."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

_WORDS = {
    "location": gettext_lazy("Location"),
    "live_location": gettext_lazy("Live location"),
    "venue": gettext_lazy("Location"),
    "contact": gettext_lazy("Contact"),
    "poll": gettext_lazy("Poll"),
    "dice": gettext_lazy("Dice"),
    "game": gettext_lazy("Game"),
    "invoice": gettext_lazy("Invoice"),
    "story": gettext_lazy("Story"),
    "reel": gettext_lazy("Reel"),
    "post": gettext_lazy("Post"),
    "event": gettext_lazy("Event"),
    "order": gettext_lazy("Order"),
    "product": gettext_lazy("Product"),
    "giveaway": gettext_lazy("Giveaway"),
    "giveaway_results": gettext_lazy("Giveaway results"),
    "paid_media": gettext_lazy("Paid content"),
    "sticker": gettext_lazy("Sticker"),
    "postback": gettext_lazy("Button pressed"),
    "template": gettext_lazy("Template"),
}
_MESSENGERS = ("telegram_", "instagram_", "facebook_", "whatsapp_", "viber_")


def of(specific_type: str) -> str:
    """The word for a `specificType`; one that nobody knows is told as a message of another kind, "" is none."""
    if not specific_type:
        return ""
    name = specific_type
    for messenger in _MESSENGERS:
        name = name.removeprefix(messenger)
    return str(_WORDS[name]) if name in _WORDS else _("A message of a kind that cannot be shown here")
