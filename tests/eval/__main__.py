"""`make eval`: how well the built-in answerer does, on the half it was tuned on and on the half it was not.

Needs a database: `python -m happ_project.supervisor exec -- python -m tests.eval`. With `--tune` it leaves the other
half alone and lists the mistakes: for work on the answerer.
"""

import os
import sys
from collections.abc import Sequence
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")

WRONG_AT_MOST, RIGHT_AT_LEAST = 0.05, 0.60


def main(arguments: Sequence[str]) -> int:
    import django

    django.setup()
    from django.core.management import call_command

    from happ_project.core import tenancy
    from tests import factories

    call_command("migrate", verbosity=0)
    company = factories.make_company(name="Evaluation")
    with tenancy.company_scope(company):
        return _report(company, only_tuning="--tune" in arguments)


def _report(company: object, *, only_tuning: bool) -> int:
    from tests.eval import dataset, measuring

    halves = dataset.HALVES[:1] if only_tuning else dataset.HALVES
    shops = {language: measuring.shop(company, language) for language in dataset.LANGUAGES}
    cases = dataset.cases()
    print("\n                right        wrong entry  answered what  asked back,  handed  small")
    print("                                          is not there   right one    off     talk")
    print("                                                         offered")
    kept = True
    for half in halves:
        mine = [case for case in cases if case.half == half]
        kept &= _answers(half, shops, mine, verbose=only_tuning)
    others = {language: measuring.shop(company, language, other=True) for language in dataset.LANGUAGES}
    _answers(dataset.OTHER, others, dataset.other_cases(), verbose=only_tuning)
    print("\nThe search alone   recall@5, MRR")
    for half in halves:
        for language, assistant in shops.items():
            mine = [case for case in cases if case.half == half and case.language == language]
            _search(f"{half} {language}", assistant, mine, language)
    if not only_tuning:
        for language in dataset.LANGUAGES:
            catalogue = measuring.catalogue(company, language)  # type: ignore[arg-type]
            _search(f"names {language}", catalogue, dataset.names(language)[1], language)
    print("\nThe goals are met." if kept else "\nA goal is missed.")
    return 0 if kept else 1


def _search(what: str, assistant: Any, cases: list, language: str) -> None:
    from tests.eval import measuring

    for name, ranking in measuring.rankings().items():
        among, place = measuring.recall(assistant, cases, ranking, language=language)
        print(f"{what:14}  {among:5.0%}  {place:.2f}  {name}")


def _answers(half: str, shops: dict, cases: list, *, verbose: bool) -> bool:
    from tests.eval import measuring

    kept, scores = True, []
    for language, assistant in shops.items():
        score = measuring.score(assistant, [case for case in cases if case.language == language], language=language)
        scores.append(score)
        share = score.right / score.known
        kept &= share >= RIGHT_AT_LEAST
        right, wrong = f"{score.right:2}/{score.known} = {share:4.0%}", f"{score.wrong_entry:2}/{score.known}"
        print(
            f"{half + ' ' + language:14}  {right}  {wrong}        {score.answered_unknown:2}/{score.unknown}          "
            f"{score.asked_back:3}, {score.offered:2}      {score.handed_off:3}     {score.talk_right}/{score.talk}"
        )
        if verbose:
            print("".join(f"    {mistake}\n" for mistake in score.mistakes), end="")
    wrong, asked = sum(score.wrong for score in scores), sum(score.asked for score in scores)
    print(f"{half:14}  wrong {wrong}/{asked} = {wrong / asked:.1%} (goal: at most {WRONG_AT_MOST:.0%})")
    return kept and wrong <= WRONG_AT_MOST * asked


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
