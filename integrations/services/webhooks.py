"""Telling a company's own servers: at least once, signed, in order of the chat, with a log of every call."""

import base64
import json
import secrets
from datetime import timedelta
from typing import Any, NoReturn
from uuid import UUID

from django.db import models, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from happ_project.core import allowance, clock, http, jobs, places, signing
from integrations.models import WebhookDelivery, WebhookEndpoint
from integrations.services import event_log, notices

_DELAYS = (5, 30, 120, 600, 1800, 3600, 3 * 3600, 6 * 3600, 12 * 3600)  # seconds after each failure: about a day
_PAUSE_AFTER = 20  # calls in a row that failed for good
_KEPT_OF_ANSWER = 500
_AT_ONCE = 3
"""Calls of one endpoint at the same time."""


class Unacceptable(Exception):
    """The endpoint cannot be used; `field` says what of it, the message why."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(reason)
        self.field = field


def create(*, company_id: UUID, url: str, secret: str = "", event_types: list[str] | None = None) -> tuple[Any, str]:
    """Add an endpoint. Returns it with its secret, which is not shown again."""
    if problem := http.problem_with(url):
        raise Unacceptable("url", _(problem))
    allowance.check("webhooks", WebhookEndpoint.objects.filter(company=company_id))
    secret = secret or f"whsec_{base64.b64encode(secrets.token_bytes(24)).decode()}"
    try:
        signing.headers(secret, b"", message_id="check")
    except signing.BadSecret as error:
        raise Unacceptable("secret", _("The secret cannot be used: %s.") % error) from None
    endpoint = WebhookEndpoint.objects.create(
        company_id=company_id, url=url, secret={"secret": secret}, event_types=event_types or []
    )
    return endpoint, secret


def enable(endpoint: WebhookEndpoint) -> None:
    endpoint.enabled, endpoint.failures, endpoint.disabled_reason = True, 0, ""
    endpoint.save(update_fields=["enabled", "failures", "disabled_reason"])


def change(endpoint: WebhookEndpoint, *, enabled: bool | None = None, event_types: list[str] | None = None) -> None:
    """Switch it on (forgetting its failures) or off, and choose its events."""
    if event_types is not None:
        endpoint.event_types = event_types
        endpoint.save(update_fields=["event_types"])
    if enabled:
        enable(endpoint)
    elif enabled is not None:
        endpoint.enabled = False
        endpoint.save(update_fields=["enabled"])


def remove(endpoint: WebhookEndpoint) -> None:
    endpoint.delete()


def body_of(delivery: WebhookDelivery) -> bytes:
    return json.dumps(event_log.as_json(delivery.event), separators=(",", ":"), ensure_ascii=False).encode()


def headers_for(delivery: WebhookDelivery, body: bytes, secret: str) -> dict[str, str]:
    """Standard Webhooks (id, timestamp, signature) and Happ's own hex HMAC over the raw body."""
    return {
        "Content-Type": "application/json",
        "User-Agent": "Happ-Webhooks/1",
        **signing.headers(secret, body, message_id=f"evt_{delivery.event_id}"),
        "X-HAPP-Attempt": str(delivery.attempts),
    }


def call(delivery: WebhookDelivery) -> None:
    """The work of a webhook delivery."""
    endpoint = WebhookEndpoint.objects.select_related("company").get(pk=delivery.endpoint_id)
    if not endpoint.company.is_open:
        jobs.finish(delivery, jobs.Job.State.CANCELLED, error="the company is closed")
        return
    if not endpoint.enabled:
        jobs.finish(delivery, jobs.Job.State.CANCELLED, error="the endpoint is switched off")
        return
    with places.place(f"webhook:{endpoint.pk}", most=_AT_ONCE) as is_free:
        if not is_free:
            _make_way(endpoint)
        _call(delivery, endpoint)


def _make_way(endpoint: WebhookEndpoint) -> NoReturn:
    """A slow receiver shall not take all threads: what else waits for it comes back when its calls may have ended."""
    latest = WebhookDelivery.objects.filter(endpoint=endpoint, duration_ms__isnull=False).order_by("-id")
    usual = latest.values_list("duration_ms", flat=True).first() or 0
    pause = timedelta(milliseconds=min(max(usual, 100), 2_000))
    now = clock.now()
    others = WebhookDelivery.objects.filter(endpoint=endpoint, state=jobs.Job.State.WAITING, run_at__lte=now)
    others.update(run_at=now + pause)
    raise jobs.Retry(pause, "as many calls as may be are under way", counted=False)


def _call(delivery: WebhookDelivery, endpoint: WebhookEndpoint) -> None:
    body = body_of(delivery)
    started = clock.monotonic()
    try:
        answer = http.client("webhook", user_given=True).request(
            "POST", endpoint.url, data=body, headers=headers_for(delivery, body, endpoint.secret["secret"])
        )
    except http.HttpError as error:
        delivery.response_status, delivery.response_text = None, ""  # what an earlier try got is not this one's
        _failed(delivery, str(error), clock.monotonic() - started)
        return
    delivery.response_status = answer.status
    delivery.response_text = answer.text[:_KEPT_OF_ANSWER].replace("\x00", "")
    if 200 <= answer.status < 300:
        _succeeded(delivery, clock.monotonic() - started)
    elif answer.status == 410:
        _note(delivery, clock.monotonic() - started)
        _pause(endpoint, gettext_noop("The receiver answered 410 Gone."))
        jobs.finish(delivery, jobs.Job.State.FAILED, error="410 Gone")
    else:
        _failed(delivery, f"answered {answer.status}", clock.monotonic() - started)


def _note(delivery: WebhookDelivery, seconds: float) -> None:
    delivery.duration_ms = int(seconds * 1000)
    delivery.save(update_fields=["response_status", "response_text", "duration_ms"])


def _succeeded(delivery: WebhookDelivery, seconds: float) -> None:
    with transaction.atomic():
        _note(delivery, seconds)
        jobs.finish(delivery)
        WebhookEndpoint.objects.filter(pk=delivery.endpoint_id).exclude(connected=True, failures=0).update(
            connected=True, failures=0
        )


def _failed(delivery: WebhookDelivery, reason: str, seconds: float) -> None:
    _note(delivery, seconds)
    WebhookEndpoint.objects.filter(pk=delivery.endpoint_id).update(connected=False)
    if delivery.attempts <= len(_DELAYS):
        raise jobs.Retry(timedelta(seconds=_DELAYS[delivery.attempts - 1]), reason)
    endpoint = delivery.endpoint
    WebhookEndpoint.objects.filter(pk=endpoint.pk).update(failures=models.F("failures") + 1)
    endpoint.refresh_from_db(fields=["failures"])
    if endpoint.failures >= _PAUSE_AFTER:
        _pause(endpoint, f"{gettext_noop('Paused after repeated failures')}: {reason}")
    raise jobs.GiveUp(reason)


@transaction.atomic
def _pause(endpoint: WebhookEndpoint, reason: str) -> None:
    """Call it no more until its owner, who gets a mail, says so."""
    active = WebhookEndpoint.objects.filter(pk=endpoint.pk, enabled=True)
    if active.update(enabled=False, connected=False, disabled_reason=reason):
        notices.webhook_paused(endpoint, reason)


@transaction.atomic
def send_again(delivery: WebhookDelivery) -> None:
    """Replay one delivery (an action of people)."""
    jobs.redrive(delivery)
