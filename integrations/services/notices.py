"""Telling the owner by mail that a login with a messenger broke and that it works again, and of a paused webhook.

What goes by itself within moments is not told, and five pages that break with one login are one mail.
"""

import smtplib
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override

from happ_project.companies.services import mails
from happ_project.core import clock, insertion, jobs, letters, wording
from happ_project.core.letters import Letter
from integrations.models import ConnectionNotice, Integration, WebhookEndpoint
from messengers.models import Connection, MessengerAccount

What = ConnectionNotice.What
_BROKEN = (Connection.LOGIN_REQUIRED, Connection.DISCONNECTED, Connection.RESTRICTED)
_PATIENCE = {Connection.DISCONNECTED: timedelta(minutes=10)}
"""A phone without a signal comes back by itself more often than not."""
_SOON = timedelta(minutes=1)


def troubled(account: MessengerAccount | None = None) -> QuerySet[Integration]:
    """What is switched on and cannot do its work, of one login or of the company."""
    found = Integration.objects.select_related("address__account").filter(
        enabled=True, deleted_at=None, hidden=False, address__state__in=_BROKEN
    )
    return (found.filter(address__account=account) if account is not None else found).order_by("created_at", "pk")


def follow(integration: Integration) -> None:
    """An integration's connection changed: plan what the owner is to be told. Call in that transaction."""
    account, state = integration.address.account, integration.address.state
    last = ConnectionNotice.objects.filter(account=account).exclude(state=jobs.Job.State.CANCELLED).last()
    if state in _BROKEN and integration.enabled:
        _broke(account, last, _PATIENCE.get(Connection(state), _SOON))
    elif state == Connection.CONNECTED and last is not None and not troubled(account).exists():
        _healed(account, last)


def _broke(account: MessengerAccount, last: ConnectionNotice | None, patience: timedelta) -> None:
    if last is not None and last.what == What.BROKEN and last.state != jobs.Job.State.FAILED:
        return  # they know, or will
    if last is not None and _withdraw(last):
        return  # it was well for a moment only, and nobody has heard of that
    _plan(account, What.BROKEN, patience)


def _healed(account: MessengerAccount, last: ConnectionNotice) -> None:
    if last.what == What.BROKEN and not _withdraw(last):
        _plan(account, What.HEALED, _SOON)


def _withdraw(notice: ConnectionNotice) -> bool:
    """Take a notice back that nobody has got; False if it is too late."""
    waiting = ConnectionNotice.objects.filter(pk=notice.pk, state=jobs.Job.State.WAITING)
    return bool(jobs.cancel(waiting, reason="it changed back before anybody was told"))


def _plan(account: MessengerAccount, what: str, delay: timedelta) -> None:
    notice = ConnectionNotice(
        company_id=account.company_id,
        account=account,
        what=what,
        lane=f"connection:{account.pk}",
        queue=ConnectionNotice.default_queue,
        run_at=clock.now() + delay,
    )
    insertion.insert_new([notice])


def send(notice: Any) -> None:
    """The work of a notice."""
    concerned = list(troubled(notice.account))
    if bool(concerned) != (notice.what == What.BROKEN) or not notice.company.is_open:
        jobs.finish(notice, jobs.Job.State.CANCELLED, error="it is otherwise by now")
        return
    try:
        owner = notice.company.owner
        with override(owner.language):
            letters.send(_letter(notice, concerned), to=owner.email)
    except (smtplib.SMTPException, OSError) as error:
        # only the kind of failure: a server's answer may repeat addresses and passwords
        raise jobs.Retry(jobs.backoff(notice.attempts), type(error).__name__) from error


def _letter(notice: Any, concerned: list[Integration]) -> Letter:
    name = notice.account.title or notice.account.external_id
    subject, lines = (
        _("%(name)s works again") % {"name": name},
        [_("%(account)s is connected again: messages come in and go out.") % {"account": name}],
    )
    if notice.what == What.BROKEN:
        subject = _("%(name)s does not work any more") % {"name": _titles(concerned)}
        lines = [_("Messages of these channels no longer come in or go out:"), *map(_trouble, concerned)]
        lines.append(_("Open the channel and log in again. The chats stay, and what waits to be sent goes out then."))
    return Letter(
        subject=subject,
        lines=tuple(lines),
        link=settings.PUBLIC_URL + reverse("integrations:list"),
        label=_("Open the integrations"),
        closing=_("You get this mail as the owner of %(company)s.") % {"company": notice.company.name},
    )


def _trouble(integration: Integration) -> str:
    address = integration.address
    kind, state = wording.translated(address.adapter_class.title), address.get_state_display()
    return "\n".join(filter(None, [f"{integration.title} ({kind}): {state}", wording.translated(address.state_detail)]))


def _titles(concerned: list[Integration]) -> str:
    titles = [integration.title for integration in concerned]
    return ", ".join(titles[:3]) + ("…" if len(titles) > 3 else "")


def webhook_paused(endpoint: WebhookEndpoint, reason: str) -> None:
    """Write the mail. Call in the transaction that pauses it."""
    owner = endpoint.company.owner
    with override(owner.language):
        letter = Letter(
            subject=_("The webhook to %(host)s is paused") % {"host": urlsplit(endpoint.url).hostname},
            lines=(
                _("%(url)s is not called any more:") % {"url": endpoint.url},
                wording.translated(reason),
                _("Open the webhook to have it called again. What it missed is listed there and can be sent again."),
            ),
            link=settings.PUBLIC_URL + reverse("integrations:webhook", args=[endpoint.pk]),
            label=_("Open the webhook"),
            closing=_("You get this mail as the owner of %(company)s.") % {"company": endpoint.company.name},
        )
        mails.write(letter, to=owner.email, company=endpoint.company)
