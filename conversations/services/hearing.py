"""What customers say in voice messages, written down: a job for each, which the AI's turn waits for, within bounds."""

import time
from collections.abc import Iterable

from django.db import transaction
from django.utils.translation import gettext_noop as _

from assistants.errors import ModelRejected, ModelUnavailable
from assistants.services import listening
from conversations.models import Message, Transcription
from conversations.services import records
from happ_project.core import insertion, jobs
from happ_project.files import services as files
from messengers.errors import Rejected
from messengers.services import recoding

_LOOKS, _BETWEEN = 100, 0.2
"""How often a turn looks whether another worker is done, and seconds between two looks: twenty in all."""


def plan(message: Message) -> None:
    """Have a recording written down, if somebody can. Call in the transaction that stores the message."""
    if message.type != Message.Type.AUDIO or message.file_id is None or message.transcription:
        return
    if not listening.is_possible(message.company_id):
        return
    job = Transcription(
        company_id=message.company_id,
        message=message,
        lane=f"voice:{message.pk}",
        queue=Transcription.default_queue,
    )
    insertion.insert_new([job])


def listen(job: Transcription) -> None:
    """The work of a transcription."""
    message = Message.objects.select_related("file", "chat").get(pk=job.message_id)
    if message.file is None or message.transcription:
        return
    data, mime = _prepared(message)
    try:
        text = listening.transcribe(
            job.company_id,
            data,
            mime=mime,
            assistant_id=message.chat.assistant_id,
            subject=str(message.chat_id),
        )
    except ModelUnavailable as error:
        raise jobs.Retry(jobs.backoff(job.attempts), str(error)) from error
    except ModelRejected as error:
        raise jobs.GiveUp(str(error)) from error
    with transaction.atomic():
        jobs.finish(job)
        kept = Message.objects.filter(pk=message.pk, deleted_at=None, transcription="")
        if text and kept.update(transcription=text):
            message.transcription = text
            records.message_updated(message)


def _prepared(message: Message) -> tuple[bytes, str]:
    """The recording in a form that is taken."""
    assert message.file is not None
    if message.file.size > listening.LARGEST:
        raise jobs.GiveUp(_("The recording is too long to be written down."))
    with files.open(message.file) as content:
        data, mime = content.read(), message.file.mime
    if mime in listening.TAKEN:
        return data, mime
    try:
        return recoding.recode(data, "audio/ogg"), "audio/ogg"
    except Rejected as error:
        raise jobs.GiveUp(str(error)) from None


def finish_for(messages: Iterable[Message]) -> None:
    """See to it that what is said in these messages is written down before somebody answers them, within bounds.

    What nobody has begun is done here; what another worker does is waited for. What failed is not: it is tried again
    for the people's sake, and the AI knows only that there was a voice message.
    """
    wanted = [message.pk for message in messages if message.type == Message.Type.AUDIO and not message.transcription]
    if not wanted:
        return
    open_jobs = Transcription.objects.filter(message__in=wanted, state__in=jobs.Job.OPEN)
    for job in open_jobs.order_by("id"):
        jobs.run(job._meta.label, job.pk, job.company_id)
    for _look in range(_LOOKS):
        if not open_jobs.filter(state=jobs.Job.State.RUNNING).exists():
            return
        time.sleep(_BETWEEN)
