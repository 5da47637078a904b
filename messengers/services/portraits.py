"""Pictures of the people who write: asked for now and then, fetched by a worker, kept small as our own file."""

import logging
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from happ_project.core import events, insertion, jobs
from happ_project.files import pictures
from happ_project.files import services as files
from messengers.errors import MessengerError, TryLater
from messengers.events import PortraitFetched
from messengers.models import Address, PortraitTask
from messengers.services import nudges
from messengers.services.io import adapter_of
from messengers.types import Fetched

log = logging.getLogger(__name__)

_SIDE = 192
_SHOWN = ("JPEG", "PNG", "WEBP", "GIF")


def plan(address: Address, *, chat_ref: str, avatar_ref: Mapping[str, Any] | None) -> None:
    """Have the picture of a chat's person fetched, in the caller's transaction. One that waits already is enough."""
    task = PortraitTask(
        company_id=address.company_id,
        address_id=address.pk,
        chat_ref=chat_ref,
        avatar_ref=dict(avatar_ref or {}),
        lane=f"portrait:{address.pk}:{chat_ref}"[:255],
        queue=PortraitTask.default_queue,
    )
    if address.capabilities.transport == "session":
        task.queue = nudges.QUEUE
        nudges.work_waits()
    insertion.insert_new([task])


def forget(address_id: UUID, chat_ids: Sequence[str]) -> None:
    """Of a deleted chat nothing is fetched any more, and it is not known where its picture was."""
    PortraitTask.objects.filter(address_id=address_id, chat_ref__in=list(chat_ids)).delete()


def fetch(task: PortraitTask) -> None:
    """The work of a task. Without a picture, or with one that is none, the person has no picture from now on."""
    address = Address.objects.select_related("account").get(pk=task.address_id)
    if not address.receiving:
        return
    try:
        found = adapter_of(address).portrait(task.chat_ref, task.avatar_ref)
        file_id = _kept(found) if found is not None else None
    except TryLater as error:
        delay = timedelta(seconds=error.retry_after) if error.retry_after else jobs.backoff(task.attempts)
        raise jobs.Retry(delay, str(error)) from error
    except (MessengerError, files.Unacceptable) as error:
        raise jobs.GiveUp(str(error)) from error
    with transaction.atomic():
        events.publish(
            PortraitFetched(company_id=task.company_id, address_id=address.pk, chat_ref=task.chat_ref, file_id=file_id)
        )
        jobs.finish(task)


def _kept(found: Fetched) -> UUID | None:
    """The id of our own small copy; None for what is no picture."""
    small = pictures.shrunk(found.content, side=_SIDE, formats=_SHOWN)
    return files.store(small, name="portrait.jpg", mime="image/jpeg").pk if small is not None else None
