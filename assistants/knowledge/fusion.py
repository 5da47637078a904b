"""Meaning, words and letters in one score, and how sure it makes us that the first passage answers the question."""

import math
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from assistants import language
from assistants.knowledge import lemmas
from assistants.types import Passage

WORDS_WEIGHT = 0.6
_IN_TEXT, ALIKE = 0.7, 0.6
ALIKE_FROM = 0.45
_SAME_LANGUAGE = 0.08

# Where the logistic curves of the sureness cross one half, and how steep they are: the score that is enough, and how
# near the second passage may come. Chosen on the tuning half of tests/eval and on pages of other trades, where the
# topics help little and the distance to the second passage is the better guard: docs/built-in-answerer.md.
_ENOUGH, _ENOUGH_STEEPNESS = 1.15, 6.0
_NEAR, _NEAR_STEEPNESS = 0.78, 25.0
_NOT_SURE = 0.45
_HAVE_YOU = re.compile(
    r"\b(?:(?:do|does|have|has) (?:you|u|they) (?:have|got|sell|stock|carry|offer)|(?:are|is) there (?:any|a|an)|"
    r"у вас є|є у вас|є в вас|чи є|маєте|продаєте|продаете|у вас есть|есть у вас)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A passage that one of the searches brought up; `semantic` is the inner product of the vectors.

    `lemmas`: the words of title and text in basic form, in order, as they are stored; `told`: how much the question's
    words and letters tell, as the database counted it.
    """

    id: str
    document_id: str
    document: str
    title: str
    text: str
    lemmas: str
    semantic: float
    told: float = 0.0
    is_page: bool = False


def rarity(found_in: int, of: int) -> float:
    """How much a word tells that stands in `found_in` of `of` passages."""
    return math.log(1 + max(of, 1) / (found_in + 0.5))


def rank(
    question: str, candidates: Sequence[Candidate], *, rarities: Mapping[str, float], unheard: Collection[str] = ()
) -> list[Passage]:
    """Best first. `rarities` holds the question's content lemmas; the first passage's signals say how sure we are.

    `unheard`: those of the lemmas that stand nowhere in the knowledge, not even spelt a little differently.
    """
    asked_in = language.detect(question)
    words = [(_titles(candidate), candidate.lemmas.split()) for candidate in candidates]
    near = _near(rarities, {word for _, whole in words for word in whole})
    ranked = [
        _scored(candidate, covered(rarities, title, whole, near), asked_in)
        for candidate, (title, whole) in zip(candidates, words, strict=True)
    ]
    ranked.sort(key=lambda passage: (-passage.score, passage.id))
    if not ranked:
        return []
    top = ranked[0]
    rival = next((passage for passage in ranked[1:] if _differs(passage, top)), None)
    top.signals["sure"] = sureness(top.score, rival.score if rival else 0.0)
    if unheard and _HAVE_YOU.search(question):
        # "do you have green tea?" where nothing is said of green: the passage on another tea is no answer to that
        top.signals["sure"] = min(top.signals["sure"], _NOT_SURE)
    return ranked


def sureness(score: float, rival: float) -> float:
    """0 to 1; from one half the passage is worth giving as the answer. `rival`: the score of the best other one."""
    if score <= 0:
        return 0.0
    return min(
        _logistic(_ENOUGH_STEEPNESS * (score - _ENOUGH)),
        _logistic(_NEAR_STEEPNESS * (_NEAR - rival / score)),
    )


def covered(
    rarities: Mapping[str, float],
    title: Collection[str],
    whole: Sequence[str],
    near: Mapping[str, Mapping[str, float]],
) -> tuple[float, float]:
    """Which part of what the question's words tell is found in the passage: by whole words, and by likely typos.

    `near`: for each word of the question the words that are spelt almost like it, with their likeness.
    """
    total = sum(rarities.values())
    if not total:
        return 0.0, 0.0
    in_text = set(whole)
    told = spelt = 0.0
    for word, weight in rarities.items():
        if word in title:
            told += weight
        elif word in in_text:
            told += weight * _IN_TEXT
        else:
            spelt += weight * ALIKE * max((share for other, share in near[word].items() if other in in_text), default=0)
    return told / total, spelt / total


def alike(word: str, other: str) -> float:
    """The share of common trigrams, as PostgreSQL's pg_trgm counts it; 0 when it is too small to mean anything."""
    if abs(len(word) - len(other)) > max(len(word), len(other)) // 2:
        return 0.0
    mine, theirs = _trigrams(word), _trigrams(other)
    share = len(mine & theirs) / len(mine | theirs)
    return share if share >= ALIKE_FROM else 0.0


@lru_cache(maxsize=20_000)
def _trigrams(word: str) -> frozenset[str]:
    padded = f"  {word} "
    return frozenset(padded[n : n + 3] for n in range(len(padded) - 2))


def _near(asked: Iterable[str], known: Iterable[str]) -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = {}
    words = list(known)
    for word in asked:
        shares = ((other, alike(word, other)) for other in words)
        found[word] = {other: share for other, share in shares if share}
    return found


def _titles(candidate: Candidate) -> set[str]:
    """The title's words: the first of the passage's."""
    count = lemmas.count(candidate.title)
    return set(candidate.lemmas.split(" ", count)[:count]) if count else set()


def _scored(candidate: Candidate, told: tuple[float, float], asked_in: str) -> Passage:
    words, letters = told
    same = language.detect(candidate.title or candidate.text) == asked_in
    score = candidate.semantic + WORDS_WEIGHT * (words + letters) + _SAME_LANGUAGE * same
    return Passage(
        id=candidate.id,
        document_id=candidate.document_id,
        document=candidate.document,
        title=candidate.title,
        text=candidate.text,
        score=score,
        signals={"meaning": candidate.semantic, "words": words, "letters": letters},
        is_page=candidate.is_page,
    )


def _differs(passage: Passage, top: Passage) -> bool:
    """Is it another answer, and not the same once more: a copy, a continuation, or its translation?"""
    if passage.text.casefold() == top.text.casefold() or (top.title and passage.title == top.title):
        return False
    return language.detect(passage.title or passage.text) == language.detect(top.title or top.text)


def _logistic(x: float) -> float:
    return 1 / (1 + math.exp(-max(min(x, 50.0), -50.0)))
