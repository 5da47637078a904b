"""Template tags of the assistants' pages."""

from typing import Any

from django import template

from assistants.models import Assistant
from assistants.services import versions

register = template.Library()


@register.inclusion_tag("assistants/_draft.html")
def draft_state(assistant: Assistant) -> dict[str, Any]:
    """The bar that says that something waits to be published."""
    changed = versions.is_changed(assistant)
    return {"assistant": assistant, "live": versions.latest(assistant) if changed else None}
