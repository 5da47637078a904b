"""The page "Add integration" says of every messenger what the features table says."""

from __future__ import annotations

import html
import re

import pytest
from django.test import Client
from django.utils.html import strip_tags

from happ_project.companies.models import Company, User
from happ_project.core import tenancy
from messengers.models import Address
from messengers.services import features
from tests.contract.test_features import PROMISED

pytestmark = pytest.mark.django_db


def test_each_messenger_shows_its_column_of_the_features_table(company: Company, alice: User) -> None:
    client = Client()
    client.force_login(alice)

    cards = html.unescape(client.get("/integrations/add/").content.decode()).split('<li class="panel')[1:]

    table = features.table()
    assert len(cards) == len(table.columns)
    for card, column in zip(cards, table.columns, strict=True):
        assert column.adapter.title in card
        assert column.setup in card
        for feature in column.features:
            assert feature.label in card
            assert f": {feature.cell.words}<" in card
            assert feature.note in card


def test_all_messengers_stand_side_by_side_with_their_footnotes(company: Company, alice: User) -> None:
    client = Client()
    client.force_login(alice)

    page = html.unescape(client.get("/integrations/add/").content.decode()).partition('id="compare"')[2]

    rows = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row) for row in re.findall(r"<tr.*?</tr>", page, re.DOTALL)]
    told = [[strip_tags(re.sub(r"<sup>.*?</sup>", "", cell)).strip() for cell in row[:6]] for row in rows]
    assert told[0] == ["Feature", "Telegram", "Instagram", "WhatsApp", "Facebook Messenger", "Viber"]
    promised = [[cell.strip() for cell in line.strip("| ").split("|")] for line in PROMISED.strip().splitlines()]
    assert told[1 : len(promised) + 1] == promised
    (voice,) = [row for row in rows if row[0] == "Voice messages"]
    number = re.search(r'href="#note-(\d)"', voice[5])
    assert number is not None
    assert f'<li id="note-{number[1]}">sent as an audio file, not as a voice message</li>' in page


def test_a_new_widget_is_named_in_the_language_of_whoever_adds_it(company: Company, alice: User) -> None:
    client = Client(headers={"accept-language": "uk"})
    client.force_login(alice)

    assert client.post("/integrations/add/widget/").status_code == 302

    with tenancy.company_scope(company):
        assert Address.objects.get(kind="widget").title == "Віджет для сайту"
