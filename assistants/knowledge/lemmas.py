"""Words in their basic form, so that `посилки` finds `посилка` and `returned` finds `return`."""

from __future__ import annotations

import logging
import re
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from assistants import language

if TYPE_CHECKING:
    from pymorphy3 import MorphAnalyzer
    from snowballstemmer import EnglishStemmer

_CYRILLIC = re.compile("[а-яіїєґыэъё]")
_TOKEN = re.compile(r"[^\W_]+(?:['’ʼ][^\W_]+)*")

_EVERYWHERE = """
a an the and or but if so as of at by for from in into on to with about is am are was were be been being do does did
doing have has had having will would can could shall should may might must i me my mine you your yours u ur he him his
she her it its we us our they them their this that these those there here what which who whom whose when where why how
not no nor only just too very also than then again any some all both each few more most other own same such please hi
hello hey thanks thank ok okay im dont didnt doesnt isnt cant wont thats whats id ill ive got get let

а або але без би був була були було бути в вам вас ваш ваша ваше ваші ви від він вона вони воно все всі вже де для до
є ж з за зі із і й його її їх коли котра котрий котрої лише ми мене мені мій моя моє мої може можна на над нам нас наш
не ні але ну о об от по про під при та так також там те тим то той тоді тому тут ти тебе у усе хай хто це цей ця ці чи
чого чому ще що щоб як яка який яке які якщо якої якому себе буде будь ласка бо чим шо тільки прошу

и из или как к ко ли мы нет но он она они оно от с со что это я ты вы меня если бы было есть где когда кто уже
"""
STOPWORDS = frozenset(_EVERYWHERE.split())
"""Words that say nothing about the subject, in the three languages."""


def lemmas(text: str) -> list[str]:
    """Every word of the text in its basic form, in order; numbers stay as they are."""
    return [lemma(token.lower().replace("’", "'").replace("ʼ", "'")) for token in _TOKEN.findall(text)]


def count(text: str) -> int:
    """How many words a text has, without looking any of them up."""
    return sum(1 for _ in _TOKEN.finditer(text))


def content_lemmas(text: str) -> list[str]:
    """Those that say what the text is about: no articles, pronouns, question words; each once."""
    found: dict[str, None] = {}
    for token in _TOKEN.findall(text):
        word = token.lower().replace("’", "'").replace("ʼ", "'")
        if word.replace("'", "") not in STOPWORDS:
            found[lemma(word)] = None
    return list(found)


@lru_cache(maxsize=20_000)
def lemma(word: str) -> str:
    """The basic form of one word in lower case; letters and digits only, so that it is one word for a database too."""
    if _CYRILLIC.search(word):
        code = "ru" if language.detect(word) == "ru" else "uk"
        return _analyzer(code).parse(word)[0].normal_form.replace("'", "").replace("-", "")
    if word.isascii() and word.isalpha():
        return _stemmer().stemWord(word)
    return word.replace("'", "")


@cache
def _analyzer(code: str) -> MorphAnalyzer:
    # loaded on first use: each dictionary takes about 25 MB, and only workers need it
    import pymorphy3

    logging.getLogger("pymorphy3").setLevel(logging.WARNING)
    return pymorphy3.MorphAnalyzer(lang=code)


@cache
def _stemmer() -> EnglishStemmer:
    import snowballstemmer

    return snowballstemmer.stemmer("english")
