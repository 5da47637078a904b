"""What Instagram's webhooks hold that Messenger's do not: see `messengers/vendors/meta` for the rest."""

from __future__ import annotations

# what people share into a chat, by the name that we give it; Meta changed some of its own in 2026 and sends both
SHARED = {
    "share": "instagram_post",
    "post": "instagram_post",
    "ig_post": "instagram_post",
    "reel": "instagram_reel",
    "ig_reel": "instagram_reel",
    "story": "instagram_story",
    "story_mention": "instagram_story",
    "ig_story": "instagram_story",
}
