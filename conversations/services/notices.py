"""Telling the team by mail that a chat asks for a person: a row for each member; a broken mail server only delays."""

import smtplib

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, override

from conversations.models import Chat, GroupNotice, HandoffNotice, TeamGroup
from happ_project.companies.models import Membership
from happ_project.core import jobs, letters, wording
from happ_project.core.letters import Letter


def announce(chat: Chat) -> None:
    """One mail to each member who wants them, once for each handoff. Call in the transaction of the handoff."""
    if chat.integration.address.kind == "playground":
        return
    members = Membership.objects.filter(company_id=chat.company_id, mail_on_handoff=True, user__is_active=True)
    HandoffNotice.objects.bulk_create(
        [
            HandoffNotice(
                company_id=chat.company_id,
                chat=chat,
                membership=membership,
                handoff_at=chat.ai_changed_at,
                lane=f"notice:{membership.pk}",
                queue=HandoffNotice.default_queue,
            )
            for membership in members
        ],
        ignore_conflicts=True,
    )


def announce_in_groups(chat: Chat) -> None:
    """One message to each of the team's groups, once for each handoff. Call in the transaction of the handoff."""
    if chat.integration.address.kind == "playground":
        return
    GroupNotice.objects.bulk_create(
        [
            GroupNotice(
                company_id=chat.company_id,
                chat=chat,
                group=group,
                handoff_at=chat.ai_changed_at,
                lane=f"team group:{group.pk}",
                queue=GroupNotice.default_queue,
            )
            for group in TeamGroup.objects.exclude(chat=chat)
        ],
        ignore_conflicts=True,
    )


def send(notice: HandoffNotice) -> None:
    """The work of a notice. Not sent any more once somebody has seen to the chat."""
    chat, membership = notice.chat, notice.membership
    gone = chat.deleted_at or not chat.company.is_open
    if gone or not chat.needs_attention or not membership.mail_on_handoff:
        jobs.finish(notice, jobs.Job.State.CANCELLED, error="nobody needs to be told any more")
        return
    try:
        with override(membership.user.language):
            letters.send(_letter(chat), to=membership.user.email)
    except (smtplib.SMTPException, OSError) as error:
        # only the kind of failure: a server's answer may repeat addresses and passwords
        raise jobs.Retry(jobs.backoff(notice.attempts), type(error).__name__) from error


def _letter(chat: Chat) -> Letter:
    why = wording.translated(chat.handoff_reason or gettext_noop("no reason given"))
    return Letter(
        subject=_("%(name)s asks for a person") % {"name": chat.name},
        lines=(_("The assistant handed this chat to your team: %s") % why,),
        link=f"{settings.PUBLIC_URL}{reverse('conversations:chat', args=[chat.pk])}",
        label=_("Open the chat"),
        closing=_("You get this mail as a member of %s. You can switch it off on the page Team.") % chat.company.name,
    )
