"""`manage.py features_table` writes the features table of the docs anew from what the adapters say of themselves."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from messengers.services import features, guides

_BEGIN, _END = "<!-- features table: written by `manage.py features_table` -->\n", "<!-- end of the features table -->"


def with_table(page: str) -> str:
    """The page with the present table between its two marks."""
    before, _mark, rest = page.partition(_BEGIN)
    _old, _mark, after = rest.partition(_END)
    return f"{before}{_BEGIN}\n{features.markdown()}\n{_END}{after}"


def page() -> Path:
    return guides.folder() / f"{guides.OVERVIEW}.md"


class Command(BaseCommand):
    help = "Write the features table in docs/channels/README.md anew"

    def handle(self, *args: Any, **options: Any) -> None:
        place = page()
        place.write_text(with_table(place.read_text(encoding="utf-8")), encoding="utf-8")
        self.stdout.write(f"{place} is up to date")
