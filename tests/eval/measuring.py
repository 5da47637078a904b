"""Runs the set through the product's own search and answerer, and counts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from assistants.models import Assistant, KnowledgeChunk
from assistants.services import answering, indexing, knowledge, searching
from assistants.types import Outcome, TranscriptEntry
from happ_project.companies.models import Company
from happ_project.core import clock, jobs
from tests import halves
from tests.eval import dataset
from tests.eval.dataset import Case

Ranking = Callable[[Assistant, str], Sequence[str]]
"""Entries for a question, best first."""


@dataclass
class Score:
    """Counts of one half in one language."""

    known: int = 0
    right: int = 0
    unknown: int = 0
    wrong_entry: int = 0
    answered_unknown: int = 0
    asked_back: int = 0
    offered: int = 0
    handed_off: int = 0
    talk: int = 0
    talk_right: int = 0
    mistakes: list[str] = field(default_factory=list)

    @property
    def wrong(self) -> int:
        return self.wrong_entry + self.answered_unknown

    @property
    def asked(self) -> int:
        return self.known + self.unknown


def shop(company: Company, language: str, *, other: bool = False) -> Assistant:
    """An assistant that knows the page in one language."""
    assistant = Assistant.objects.create(company=company, name=f"Shop {language}", model="builtin")
    document = knowledge.add_text(assistant, name="FAQ", content=dataset.page(language, other=other))
    jobs.run(document._meta.label, document.pk, company.pk)
    document.refresh_from_db()
    assert document.status == indexing.Status.READY, document.status_detail
    return assistant


def catalogue(company: Company, language: str) -> Assistant:
    """An assistant that knows the catalogue in one language, a passage for each article."""
    assistant = Assistant.objects.create(company=company, name=f"Catalogue {language}", model="builtin")
    content = "###".join(f"{entry.question}\n{entry.answer}" for entry in dataset.names(language)[0])
    document = knowledge.add_text(
        assistant, name="Articles", content=content, chunking_strategy="items", item_delimiter="###"
    )
    jobs.run(document._meta.label, document.pk, company.pk)
    return assistant


def entry_ids(assistant: Assistant, language: str) -> dict[str, str]:
    """The entry that each passage was made from."""
    both = dataset.entries(language) + dataset.entries(language, other=True) + dataset.names(language)[0]
    by_answer = {entry.answer: entry.id for entry in both}
    rows = KnowledgeChunk.objects.filter(assistant=assistant).values_list("id", "text")
    return {str(pk): by_answer[text] for pk, text in rows}


def score(assistant: Assistant, cases: Iterable[Case], *, language: str) -> Score:
    entries = entry_ids(assistant, language)
    total = Score()
    for case in cases:
        outcome = ask(assistant, case.text)
        if case.group == "talk":
            total.talk += 1
            total.talk_right += outcome.trace.get("decision") == case.expected
            if outcome.trace.get("decision") != case.expected:
                total.mistakes.append(f"{case.text} -> {outcome.trace.get('decision')}")
        else:
            _count(total, case, outcome, entries)
    return total


def ask(assistant: Assistant, text: str) -> Outcome:
    """What the assistant does with one message of a new customer."""
    entry = TranscriptEntry(role="customer", text=text, at=clock.now())
    return answering.answer(assistant, [entry], cancelled=lambda: False)


def _count(total: Score, case: Case, outcome: Outcome, entries: dict[str, str]) -> None:
    known = bool(case.expected)
    titles = {entry.id: entry.question for entry in dataset.entries(case.language, other=case.half == dataset.OTHER)}
    total.known += known
    total.unknown += not known
    if outcome.trace["decision"] == "unsure":
        total.asked_back += 1
        total.offered += known and titles.get(case.expected, "-") in outcome.text
    elif outcome.kind == "handoff":
        total.handed_off += 1
    else:
        questions = outcome.trace.get("questions", [])
        given = {entries[row["passage"]] for row in questions if row["sure"] >= 0.5}
        if known and given == {case.expected}:
            total.right += 1
            return
        total.wrong_entry += known
        total.answered_unknown += not known
        total.mistakes.append(
            f"{case.text} -> {', '.join(sorted(given)) or outcome.text} ({case.expected or 'unknown'})"
        )


def rankings() -> dict[str, Ranking]:
    """The whole search, and each half of it alone."""
    return {"together": _together, "meaning": _half("meaning"), "words": _half("words"), "letters": _half("letters")}


def _together(assistant: Assistant, question: str) -> list[str]:
    return [passage.id for passage in searching.search(assistant, question)]


def _half(name: halves.Half) -> Ranking:
    def ranking(assistant: Assistant, question: str) -> list[str]:
        return [found.id for found in halves.found(assistant, question, name)]

    return ranking


def recall(assistant: Assistant, cases: Iterable[Case], ranking: Ranking, *, language: str) -> tuple[float, float]:
    """How often the right entry is among the first five, and the mean of one over its place (0 if it is not found)."""
    entries = entry_ids(assistant, language)
    among, places = [], []
    for case in cases:
        if case.group != "known":
            continue
        found = [entries[pk] for pk in ranking(assistant, case.text)]
        place = found.index(case.expected) + 1 if case.expected in found else 0
        among.append(1 <= place <= 5)
        places.append(1 / place if place else 0.0)
    return sum(among) / len(among), sum(places) / len(places)
