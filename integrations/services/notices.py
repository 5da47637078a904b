"""Telling people that a login with a messenger broke and that it works again, and the owner of a paused webhook.

The owner gets a mail, and everybody a line above every page. What goes by itself within moments is not told, and five
pages that break with one login are one mail.
"""

import smtplib
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override

from happ_project.companies.models import User
from happ_project.companies.services import mails
from happ_project.core import clock, insertion, jobs, letters, wording
from happ_project.core.letters import Letter
from integrations.models import ConnectionNotice, Integration, WebhookEndpoint
from integrations.services import event_log, integrations
from integrations.types import INTEGRATION_CHANGED
from messengers.models import Connection, MessengerAccount

What = ConnectionNotice.What
_BROKEN = (Connection.LOGIN_REQUIRED, Connection.DISCONNECTED, Connection.RESTRICTED)
_SOON = timedelta(minutes=1)
_PATIENCE = {Connection.DISCONNECTED: timedelta(minutes=10), Connection.CONNECTING: timedelta(minutes=15)}
"""A phone without a signal comes back by itself more often than not, and so does a connection that is being made."""
_SHOWN_FOR = timedelta(days=1)


def troubled(account: MessengerAccount | None = None) -> QuerySet[Integration]:
    """What is switched on and cannot do its work, of one login or of the company."""
    too_long = clock.now() - _PATIENCE[Connection.CONNECTING]
    connects = Q(address__state=Connection.CONNECTING, address__state_since__lte=too_long)
    found = Integration.objects.select_related("address__account").filter(
        Q(address__state__in=_BROKEN) | connects, enabled=True, deleted_at=None, hidden=False
    )
    return (found.filter(address__account=account) if account is not None else found).order_by("created_at", "pk")


def follow(integration: Integration) -> None:
    """An integration's connection changed: plan what the owner is to be told. Call in that transaction."""
    account, state = integration.address.account, integration.address.state
    last = ConnectionNotice.objects.filter(account=account).exclude(state=jobs.Job.State.CANCELLED).last()
    if state in (*_BROKEN, Connection.CONNECTING) and integration.enabled:
        _broke(account, last, _PATIENCE.get(Connection(state), _SOON))
    elif state == Connection.CONNECTED and last is not None and not troubled(account).exists():
        _healed(account, last)


def _broke(account: MessengerAccount, last: ConnectionNotice | None, patience: timedelta) -> None:
    broke_at = clock.now()
    if last is not None and last.what == What.BROKEN and last.state != jobs.Job.State.FAILED:
        if last.claims or last.run_at <= clock.now() + patience or not _withdraw(last):
            return  # they know, or will in time
        broke_at = last.broke_at or last.created_at  # a hiccup that has become worse
    elif last is not None and _withdraw(last):
        return  # it was well for a moment only, and nobody has heard of that
    _plan(account, What.BROKEN, patience, broke_at=broke_at)


def _healed(account: MessengerAccount, last: ConnectionNotice) -> None:
    """The mail goes to whom the break was mailed; on the pages it was seen at once, unless it was a mere hiccup."""
    if last.what != What.BROKEN:
        return
    # once its mail was tried it is none, even if that failed and waits again
    is_hiccup, was_mailed = not last.claims and last.run_at - last.created_at > _SOON, not _withdraw(last)
    if was_mailed or not is_hiccup:
        _plan(account, What.HEALED, _SOON, broke_at=last.broke_at or last.created_at, by_mail=was_mailed)


def _withdraw(notice: ConnectionNotice) -> bool:
    """Take a notice back that nobody has got; False if it is too late."""
    waiting = ConnectionNotice.objects.filter(pk=notice.pk, state=jobs.Job.State.WAITING)
    return bool(jobs.cancel(waiting, reason="it changed back before anybody was told"))


def _plan(account: MessengerAccount, what: str, delay: timedelta, *, broke_at: datetime, by_mail: bool = True) -> None:
    notice = ConnectionNotice(
        company_id=account.company_id,
        account=account,
        what=what,
        broke_at=broke_at,
        state=jobs.Job.State.WAITING if by_mail else jobs.Job.State.DONE,
        finished_at=None if by_mail else clock.now(),
        lane=f"connection:{account.pk}",
        queue=ConnectionNotice.default_queue,
        run_at=clock.now() + delay,
    )
    insertion.insert_new([notice])


def healed(user: User) -> list[ConnectionNotice]:
    """The logins that work again since a day at most, of which this person has not put the line away; newest first."""
    lately = ConnectionNotice.objects.select_related("account").filter(created_at__gt=clock.now() - _SHOWN_FOR)
    known = lately.exclude(state=jobs.Job.State.CANCELLED).filter(account__deleted_at=None).order_by("account", "-id")
    latest = [notice for notice in known.distinct("account") if notice.what == What.HEALED]
    seen = [notice for notice in latest if str(user.pk) not in notice.dismissed_by]
    return sorted(seen, key=lambda notice: notice.pk, reverse=True)


@transaction.atomic
def dismiss(notice_id: int, user: User) -> None:
    """Raises `ConnectionNotice.DoesNotExist`."""
    notice = ConnectionNotice.objects.select_for_update().get(pk=notice_id, what=What.HEALED)
    if str(user.pk) not in notice.dismissed_by:
        notice.dismissed_by = [*notice.dismissed_by, str(user.pk)]
        notice.save(update_fields=["dismissed_by"])


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
    for integration in concerned:
        if integration.address.state == Connection.CONNECTING:  # since this moment the pages say so, too
            event_log.record(
                company_id=notice.company_id, type=INTEGRATION_CHANGED, payload=integrations.as_json(integration)
            )


def _letter(notice: Any, concerned: list[Integration]) -> Letter:
    name = notice.account.title or notice.account.external_id
    subject, lines = (
        _("%(name)s works again") % {"name": name},
        [_("%(account)s is connected again: messages come in and go out.") % {"account": name}],
    )
    if notice.what == What.BROKEN:
        subject = _("%(name)s does not work any more") % {"name": _titles(concerned)}
        lines = [_("Messages of these channels no longer come in or go out:"), *map(_trouble, concerned)]
        if all(each.address.state == Connection.CONNECTING for each in concerned):
            lines.append(_("It is tried again and again by itself, and what waits goes its way then."))
        else:
            lines.append(
                _("Open the channel and log in again. The chats stay, and what waits to be sent goes out then.")
            )
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
