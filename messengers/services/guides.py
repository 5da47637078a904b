"""The guides for business owners: one page of the docs for each messenger, and one for all of them."""

from pathlib import Path

from django.conf import settings

OVERVIEW = "README"


def folder() -> Path:
    return Path(settings.BASE_DIR) / "docs" / "channels"


def read(kind: str = "") -> str:
    """A messenger's guide in Markdown, or the overview; "" if there is none."""
    place = folder() / f"{kind.replace('_', '-') or OVERVIEW}.md"
    return place.read_text(encoding="utf-8") if place.is_file() else ""


def kind_of(target: str) -> str | None:
    """The kind whose guide a link between the guides means, "" for the overview; None if it is no such link."""
    name, _dot, ending = target.rpartition(".")
    if ending != "md" or "/" in name:
        return None
    return "" if name == OVERVIEW else name.replace("-", "_")
