"""What Messenger's webhooks hold that Instagram's do not: see `messengers/vendors/meta` for the rest."""

from __future__ import annotations

from messengers.adapter import WebhookRequest
from messengers.reading import json_object, text_of

# what people share into a chat, by the name that we give it
SHARED = {
    "reel": "facebook_reel",
    "post": "facebook_post",
    "share": "facebook_post",
    "ig_reel": "instagram_reel",
    "ig_post": "instagram_post",
    "story": "facebook_story",
    "story_mention": "facebook_story",
    "ig_story": "instagram_story",
}


def kind_of(request: WebhookRequest) -> str:
    """Whose body this is: an app that has one address for everything gets Instagram's here, too."""
    body = json_object(request.body) or {}
    return "instagram" if text_of(body.get("object")) == "instagram" else "facebook"
