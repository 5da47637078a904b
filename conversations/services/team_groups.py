"""Telling the team's group at a messenger that a chat asks for a person: a row for each, sent like any message."""

from collections.abc import Iterable
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override

from conversations.models import Chat, GroupNotice, TeamGroup
from conversations.services import chats, outbound
from happ_project.core import jobs, wording

_MOST = 10


def possible() -> list[Chat]:
    """The group chats that could be the team's: a group is known once somebody has written in it."""
    rows = Chat.objects.in_inbox().filter(is_group=True, integration__enabled=True, integration__hidden=False)
    found = rows.select_related("integration__address").order_by("display_name", "id")
    return [chat for chat in found[:200] if chat.integration.address.capabilities.groups]


def chosen() -> set[UUID]:
    return set(TeamGroup.objects.values_list("chat_id", flat=True))


@transaction.atomic
def choose(chat_ids: Iterable[UUID]) -> None:
    """Make these groups the team's, and no others; no assistant answers in a team's group."""
    wanted = {chat.pk: chat for chat in possible() if chat.pk in set(chat_ids)}
    TeamGroup.objects.exclude(chat__in=list(wanted)).delete()
    known = chosen()
    for chat in list(wanted.values())[:_MOST]:
        if chat.pk not in known:
            chats.assign_assistant(chat, None)
            chats.set_ai(chat, False)
            TeamGroup.objects.create(company_id=chat.company_id, chat=chat)


def send(notice: GroupNotice) -> None:
    """The work of a notice. Not sent any more once somebody has seen to the chat."""
    chat = Chat.objects.select_related("integration__address", "company").get(pk=notice.chat_id)
    group = Chat.objects.select_related("integration__address").get(pk=notice.group.chat_id)
    gone = chat.deleted_at or group.deleted_at or not chat.company.is_open
    if gone or not chat.needs_attention:
        jobs.finish(notice, jobs.Job.State.CANCELLED, error="nobody needs to be told any more")
        return
    try:
        with transaction.atomic():
            jobs.finish(notice)
            outbound.send(group, text=_text(chat), client_key=f"handoff {notice.pk}")
    except outbound.NotSendable as error:
        notice.state = jobs.Job.State.RUNNING  # what was closed is open again with the transaction
        raise jobs.GiveUp(str(error)) from None


def _text(chat: Chat) -> str:
    with override(chat.company.language):
        lines = [
            _("%(name)s asks for a person") % {"name": chat.name},
            f"{chat.integration.title}: {wording.translated(chat.handoff_reason) or _('no reason given')}",
            f"{settings.PUBLIC_URL}{reverse('conversations:chat', args=[chat.pk])}",
        ]
    return "\n".join(" ".join(line.split()) for line in lines)
