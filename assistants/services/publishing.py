"""Publishing with tests: the draft has its tests first, and becomes a version by itself when all of them pass."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from assistants.models import Assistant, AssistantVersion, Publication
from assistants.services import testing, versions
from happ_project.core import jobs
from happ_project.core.jobs import Job

Outcome = Publication.Outcome
_LOOK_AGAIN = timedelta(seconds=1)


@transaction.atomic
def ask(assistant: Assistant, *, author: Any = None, note: str = "") -> AssistantVersion | None:
    """Publish the draft: at once where no test is left to be tried on it, else as soon as all have passed (None).

    A test that passed on this very draft is not tried again. Raises `versions.Unchanged`.
    """
    row = versions.locked(assistant)
    mark = testing.digest(row)
    under_way = _open(row).first()
    if under_way is not None and under_way.draft == mark:
        return None
    stop(row)
    if not versions.is_changed(row):
        raise versions.Unchanged(_("There is nothing new to publish."))
    if not testing.run_unpassed(row):
        return versions.publish(row, author=author, note=note)
    Publication.objects.create(
        company_id=row.company_id,
        assistant=row,
        author=author,
        note=note.strip()[: versions.LONGEST_NOTE],
        draft=mark,
        lane=f"publication:{row.pk}",
    )
    jobs.nudge()
    return None


@transaction.atomic
def force(assistant: Assistant, *, author: Any = None, note: str = "") -> AssistantVersion:
    """Publish the draft whatever its tests say. Raises `versions.Unchanged`."""
    row = versions.locked(assistant)
    waiting = _open(row).first() or held(row)
    stop(row)
    return versions.publish(row, author=author, note=note or (waiting.note if waiting else ""))


@transaction.atomic
def stop(assistant: Assistant) -> None:
    """The draft is not to be published as soon as its tests pass; the tests go on."""
    _open(assistant).update(outcome=Outcome.STOPPED)
    jobs.cancel(_open(assistant), reason="a person stopped it")


def under_way(assistant: Assistant) -> Publication | None:
    """What waits for the tests of the draft."""
    return _open(assistant).first()


def held(assistant: Assistant) -> Publication | None:
    """What was not published since tests did not pass, as long as the draft is the same."""
    newest = Publication.objects.filter(assistant_id=assistant.pk).order_by("-id").first()
    if newest is None or newest.outcome != Outcome.HELD or newest.draft != testing.digest(assistant):
        return None
    return newest


def follow(row: Publication) -> None:
    """The work of a publication: look how the tests stand, and decide when all of them are done."""
    with transaction.atomic():
        assistant = versions.locked(Assistant(pk=row.assistant_id))
        if assistant.deleted_at or testing.digest(assistant) != row.draft:
            _close(row, Outcome.HELD, gettext_noop("the draft was changed meanwhile"))
            return
        standing = testing.summary(assistant)
        if standing["missing"]:  # one was added, or changed
            testing.run_unpassed(assistant)
        elif not standing["running"]:
            _decide(row, assistant, passed=standing["passed"] == standing["all"])
            return
    raise jobs.Retry(_LOOK_AGAIN, counted=False)


def gave_up(row: Publication) -> None:
    """It failed by our own fault: nothing was published."""
    row.outcome, row.reason = Outcome.HELD, gettext_noop("it could not be published")
    row.save(update_fields=["outcome", "reason"])


def _decide(row: Publication, assistant: Assistant, *, passed: bool) -> None:
    if not passed:
        _close(row, Outcome.HELD, gettext_noop("not every test passed"))
        return
    try:
        row.number = versions.publish(assistant, author=row.author, note=row.note).number
    except versions.Unchanged:
        row.number = versions.latest(assistant).number  # somebody else has published the same
    _close(row, Outcome.PUBLISHED, "")


def _close(row: Publication, outcome: str, reason: str) -> None:
    row.outcome, row.reason = outcome, reason
    jobs.finish(row, saving=("outcome", "reason", "number"))


def _open(assistant: Assistant) -> Any:
    return Publication.objects.filter(assistant_id=assistant.pk, state__in=Job.OPEN).order_by("-id")
