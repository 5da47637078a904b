"""`make eval`: how well the built-in answerer does, on the half it was tuned on and on the half it was not.

Needs a database: `python -m happ_project.supervisor exec -- python -m tests.eval`. With `--tune` it leaves the other
half alone and lists the mistakes: for work on the answerer.
"""

import os
import sys
from collections.abc import Sequence

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")

WRONG_AT_MOST, RIGHT_AT_LEAST = 0.05, 0.60


def main(arguments: Sequence[str]) -> int:
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import transaction

    from happ_project.core import tenancy
    from tests import factories

    call_command("migrate", verbosity=0)
    company = factories.make_company(name="Evaluation")
    with tenancy.company_scope(company), transaction.atomic(durable=False):
        pass
    with tenancy.company_scope(company):
        return _report(company, only_tuning="--tune" in arguments)


def _report(company: object, *, only_tuning: bool) -> int:
    from tests.eval import dataset, measuring

    halves = dataset.HALVES[:1] if only_tuning else dataset.HALVES
    shops = {language: measuring.shop(company, language) for language in dataset.LANGUAGES}
    cases = dataset.cases()
    print("\nAnswers         right        wrong: other entry, not in the page   asked back  handed off  small talk")
    kept = True
    for half in halves:
        scores = []
        for language, assistant in shops.items():
            mine = [case for case in cases if case.half == half and case.language == language]
            scores.append(measuring.score(assistant, mine, language=language))
            kept &= _line(f"{half} {language}", scores[-1])
            if only_tuning:
                print("".join(f"    {mistake}\n" for mistake in scores[-1].mistakes), end="")
        wrong, asked = sum(score.wrong for score in scores), sum(score.asked for score in scores)
        kept &= wrong <= WRONG_AT_MOST * asked
        print(f"{half + ' both':14}  wrong {wrong}/{asked} = {wrong / asked:.1%} (goal: at most {WRONG_AT_MOST:.0%})")
    print("\nSearch          recall@1  MRR")
    for half in halves:
        for language, assistant in shops.items():
            mine = [case for case in cases if case.half == half and case.language == language]
            for name, ranking in measuring.rankings().items():
                first, place = measuring.recall(assistant, mine, ranking, language=language)
                print(f"{half + ' ' + language:14}  {first:8.0%}  {place:.2f}  {name}")
    print("\nThe goals are met." if kept else "\nA goal is missed.")
    return 0 if kept else 1


def _line(name: str, score: object) -> bool:
    from tests.eval.measuring import Score

    assert isinstance(score, Score)
    share = score.right / score.known
    print(
        f"{name:14}  {score.right:2}/{score.known} = {share:4.0%}  {score.wrong_entry:2}/{score.known}  "
        f"{score.answered_unknown:2}/{score.unknown}                    {score.asked_back:10}  {score.handed_off:10}"
        f"  {score.talk_right:2}/{score.talk}"
    )
    return share >= RIGHT_AT_LEAST


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
