"""`python -m tests.benchmarks.search [--quick]`: how long a search takes among 100,000 passages, and what it misses.

Needs a database: `python -m happ_project.supervisor exec -- python -m tests.benchmarks.search`. Passages are made up
from the topics' wordings: their vectors are mixtures of real ones, their words follow Zipf's law. The question's own
embedding is timed by itself.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import time
from collections.abc import Sequence
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")

SIZES = (1_000, 2_000, 5_000, 10_000, 20_000)
"""Of assistants for which all passages are compared one by one, to see where that ends to be quick."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.search", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a fifth of the passages")
    quick = parser.parse_args().quick
    import django

    django.setup()
    from django.core.management import call_command

    from happ_project.core import tenancy
    from tests import factories

    call_command("migrate", verbosity=0)
    company = factories.make_company(name="Search benchmark")
    with tenancy.company_scope(company):
        _measure(company, scale=5 if quick else 1)
    return 0


def _measure(company: Any, *, scale: int) -> None:
    from tests import factories
    from tests.benchmarks.measuring import Report
    from tests.benchmarks.passages import Maker

    report = Report()
    maker = Maker(company, random.Random(7))
    questions = maker.questions(40 if scale > 1 else 120)
    maker.drop_indexes()
    large = factories.make_assistant(company, name="Large")
    seconds = maker.fill({large: 100_000 // scale})
    report.line(
        f"{100_000 // scale} passages of one assistant stored, without the index of meaning", f"{seconds:.0f} s"
    )
    sizes = {factories.make_assistant(company, name=f"Of {size}"): size // scale for size in SIZES}
    shared = {factories.make_assistant(company, name=f"Shop {number}"): 2_000 // scale for number in range(31)}
    maker.fill({**sizes, **shared})
    report.line("index of meaning built", f"{maker.build_indexes():.0f} s, {maker.index_megabytes():.0f} MB")
    _embedding(report, questions)
    for assistant, size in sizes.items():
        _one_by_one(report, assistant, size, questions)
    _search(report, f"{100_000 // scale} passages of one assistant", [large], questions)
    _search(report, f"{100_000 // scale} over {len(sizes) + len(shared)} assistants", [*sizes, *shared], questions)
    _recall(report, large, questions)
    print("\n" + report.text())


def _embedding(report: Any, questions: Sequence[str]) -> None:
    """And keeps the vectors, so that what follows is the search alone."""
    from assistants.knowledge import lemmas
    from assistants.services import embedding
    from tests.benchmarks.measuring import milliseconds

    taken = []
    for question in questions:
        lemmas.content_lemmas(question)
        started = time.perf_counter()
        embedding._locally(question)
        taken.append(time.perf_counter() - started)
    report.line("the question's embedding alone", milliseconds(taken, 0.5, 0.95))


def _one_by_one(report: Any, assistant: Any, size: int, questions: Sequence[str]) -> None:
    from tests import halves
    from tests.benchmarks.measuring import milliseconds

    taken = []
    for question in questions[:30]:
        started = time.perf_counter()
        halves.found(assistant, question, "meaning")
        taken.append(time.perf_counter() - started)
    report.line(f"meaning alone, {size} passages", milliseconds(taken, 0.5, 0.95))


def _search(report: Any, what: str, assistants: Sequence[Any], questions: Sequence[str]) -> None:
    from assistants.services import searching
    from tests.benchmarks.measuring import milliseconds, percentile

    for assistant in assistants[:3]:
        searching.search(assistant, questions[0])
    taken = []
    for number, question in enumerate(questions):
        started = time.perf_counter()
        searching.search(assistants[number % len(assistants)], question, local=True)
        taken.append(time.perf_counter() - started)
    report.line(f"search, {what}", milliseconds(taken, 0.5, 0.95, 1))
    p95 = percentile(taken, 0.95)
    report.goal(f"search p95 ≤ 50 ms, {what}", p95 <= 0.050, f"{p95 * 1000:.0f} ms")


def _recall(report: Any, assistant: Any, questions: Sequence[str]) -> None:
    """How many of the nearest passages the approximate index finds."""
    from assistants import retrieval

    found = [_nearest(assistant, question) for question in questions[:40]]
    limit, retrieval.EXACT_AT_MOST = retrieval.EXACT_AT_MOST, 10**9
    try:
        right = [_nearest(assistant, question) for question in questions[:40]]
    finally:
        retrieval.EXACT_AT_MOST = limit
    shares = [len(ours & theirs) / len(theirs) for ours, theirs in zip(found, right, strict=True)]
    report.line("of the 12 nearest the index finds", f"{sum(shares) / len(shares):.1%}")


def _nearest(assistant: Any, question: str) -> set[str]:
    from tests import halves

    return {each.id for each in halves.found(assistant, question, "meaning")}


if __name__ == "__main__":
    sys.exit(main())
