"""An assistant as it would be with other words or another model, for trying out; nothing of it is saved."""

from typing import Any

from assistants.models import Assistant, AssistantVersion
from assistants.services import snapshots, versions

TRIED = ("model", "prompt")
"""What can be tried in place of what is set."""


def speaker(assistant: Assistant, wanted: dict[str, Any]) -> Assistant:
    """The draft, or the version of the number `version`, with another `model` or `prompt` if they are given."""
    content = snapshots.of_draft(assistant)
    if wanted.get("version"):
        found = versions.history(assistant).filter(number=wanted["version"]).first()
        content = snapshots.of_version(found) if found else content
    content.settings |= {name: wanted[name] for name in TRIED if wanted.get(name)}
    tried = AssistantVersion(
        company_id=assistant.company_id,
        assistant_id=assistant.pk,
        number=0,
        **content.columns(),
    )
    return snapshots.as_of(tried)
