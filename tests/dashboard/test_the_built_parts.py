"""What is built and committed fits what it was built from, and the pages keep the strict policy."""

from __future__ import annotations

import gettext
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from django.template.loader import get_template

from messengers import registry

ROOT = Path(__file__).parents[2]
STATIC = ROOT / "happ_project" / "static"
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
PAGES = [path for path in TEMPLATES if path.parent.name != "mail"]  # mails are read without our style sheet
CATALOGUE = ROOT / "happ_project" / "locale" / "uk" / "LC_MESSAGES" / "django"
NAMED_ICON = re.compile(r'<c-icon name="([a-z0-9-]+)"|<c-\w+[^>]* icon="([a-z0-9-]+)"')
TRANSLATED = re.compile(r"""\{% translate (?:"([^"]+)"|'([^']+)')""")


def icons() -> set[str]:
    return set(re.findall(r'<symbol id="([^"]+)"', (STATIC / "icons.svg").read_text()))


def test_every_messenger_has_its_icon_in_the_sprite() -> None:
    missing = {adapter.kind: adapter.icon for adapter in registry.all() if adapter.icon not in icons()}
    assert missing == {}


def test_every_icon_that_a_page_names_is_in_the_sprite() -> None:
    named = {a or b for path in TEMPLATES for a, b in NAMED_ICON.findall(path.read_text())}
    assert named - icons() == set()


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT / "templates")))
def test_a_template_compiles_and_has_nothing_inline(path: Path) -> None:
    get_template(str(path.relative_to(ROOT / "templates")))
    text = path.read_text()
    assert not re.search(r"\sstyle\s*=", text), "style attributes are forbidden by the policy"
    assert not re.search(r"\son[a-z]+\s*=\s*[\"']", text), "inline handlers are forbidden by the policy"
    assert not re.search(r"<script(?![^>]*\ssrc=)", text), "inline scripts are forbidden by the policy"


def test_every_word_of_a_page_has_a_ukrainian_one() -> None:
    with CATALOGUE.with_suffix(".mo").open("rb") as file:
        known = gettext.GNUTranslations(file)._catalog  # type: ignore[attr-defined]
    asked = {a or b for path in TEMPLATES for a, b in TRANSLATED.findall(path.read_text())}
    assert sorted(word for word in asked if word not in known) == []


def test_the_compiled_words_are_those_of_the_source(tmp_path: Path) -> None:
    msgfmt = shutil.which("msgfmt")
    if msgfmt is None:
        pytest.skip("gettext is not installed")
    compiled = tmp_path / "django.mo"
    subprocess.run([msgfmt, "-o", compiled, CATALOGUE.with_suffix(".po")], check=True, capture_output=True)

    def words(path: Path) -> dict:
        with path.open("rb") as file:
            found = gettext.GNUTranslations(file)._catalog  # type: ignore[attr-defined]
        return {key: value for key, value in found.items() if key}

    assert words(CATALOGUE.with_suffix(".mo")) == words(compiled), "make words"


def test_the_style_sheet_is_built_from_the_pages_as_they_are(tmp_path: Path) -> None:
    if not (ROOT / "frontend" / "node_modules" / "daisyui").is_dir():
        pytest.skip("the style sheet's sources are not fetched: make css")
    built = tmp_path / "app.css"
    command = [ROOT / ".venv/bin/tailwindcss", "--input", "input.css", "--output", built, "--minify"]
    subprocess.run(command, cwd=ROOT / "frontend", check=True, capture_output=True)
    assert built.read_text() == (STATIC / "app.css").read_text(), "run make css and commit the result"
