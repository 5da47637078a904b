"""The guides speak of the product as it is: every label that they name stands on one of its pages."""

from __future__ import annotations

import gettext
import html
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from happ_project.companies.models import Company, User
from integrations.dashboard import guides as pages
from messengers import registry
from messengers.models import Connection
from messengers.services import addresses, guides
from tests import factories

KINDS = [adapter.kind for adapter in addresses.offered()]
CATALOGUE = Path(settings.BASE_DIR) / "happ_project" / "locale" / "uk" / "LC_MESSAGES" / "django.mo"
LABEL = re.compile(r"(?<!\*)\*([^*]+)\*(?!\*)")
ELSEWHERE = {
    # on the phone, in the messengers' own apps and cabinets
    "Settings", "Devices", "Link a desktop device", "Linked devices", "Link a device", "Saved Messages",
    "Messages and story replies", "Message controls", "Connected tools", "Allow access to messages",
    "Account type and tools", "Switch to professional account", "Personal access tokens", "Edit info",
    "Conversation routing",
    # how formatting is written
    "italic",
    # at Meta, for the operator
    "Business", "Messenger", "Facebook Login for Business", "Page", "Human Agent", "API setup with Instagram login",
}  # fmt: skip


def words_of_the_product() -> set[str]:
    with CATALOGUE.open("rb") as file:
        known = gettext.GNUTranslations(file)._catalog  # type: ignore[attr-defined]
    words = {each if isinstance(each, str) else each[0] for each in known}
    return {word.replace("’", "'") for word in words} | {registry.get(kind).title for kind in KINDS}


def labels(kind: str) -> set[str]:
    text = re.sub(r"\s+", " ", re.sub(r"\\.", "", guides.read(kind)))
    return {found.replace("’", "'") for found in LABEL.findall(text)}


@pytest.mark.parametrize("kind", ["", *KINDS])
def test_every_label_that_a_guide_names_is_in_the_product(kind: str) -> None:
    assert labels(kind) - ELSEWHERE - words_of_the_product() == set()


@pytest.mark.parametrize("kind", KINDS)
def test_every_guide_says_what_to_do_when_the_login_ends(kind: str) -> None:
    text = guides.read(kind)

    assert [part for part in ("## Set it up", "## Limits", "## When it stops") if part not in text] == []
    if registry.get(kind).capabilities.transport != "hosted":
        assert str(Connection.LOGIN_REQUIRED.label) in text


@pytest.mark.django_db
@pytest.mark.parametrize("kind", KINDS)
def test_a_channels_page_leads_to_its_guide(company: Company, alice: User, kind: str) -> None:
    client, integration = Client(), factories.make_integration(company, kind=kind)
    client.force_login(alice)
    address = f"/integrations/guides/{kind}/"

    guide = html.unescape(client.get(address).content.decode())

    assert address in client.get(f"/integrations/{integration.pk}/").content.decode()
    assert "<h2>When it stops</h2>" in guide
    assert re.findall(r"[*]{2}|\]\(|^\|", guide, re.MULTILINE) == [], "all of it was understood"


@pytest.mark.django_db
def test_a_guide_leads_to_the_others(company: Company, alice: User) -> None:
    client = Client()
    client.force_login(alice)

    overview = client.get("/integrations/guides/").content.decode()

    assert [kind for kind in KINDS if f'href="/integrations/guides/{kind}/"' not in overview] == []
    assert 'href="/integrations/guides/"' in client.get("/integrations/guides/viber/").content.decode()
    assert client.get("/integrations/guides/fax/").status_code == 404


def test_what_is_wide_can_be_scrolled_by_the_keyboard_and_a_link_leads_to_a_page_of_ours() -> None:
    table, code = "| A | B |\n| --- | --- |\n| 1 | [c](viber.md) [d](../api.md) |\n", "```\n<x>\n```\n"

    found = str(pages.as_html(f"{table}\n{code}"))

    assert '<div class="wide" tabindex="0"><table>' in found
    assert '<a href="/integrations/guides/viber/">c</a> <a>d</a>' in found
    assert '<pre tabindex="0"><code>&lt;x&gt;\n</code></pre>' in found
