"""What the messenger tells of our own messages afterwards: reports, echoes, and its records when we ask."""

import logging
from collections.abc import Iterable, Sequence
from datetime import timedelta

from django.db import models, transaction

from happ_project.core import clock, insertion, jobs, prepared
from messengers import types
from messengers.errors import MessengerError
from messengers.models import Address, Delivery, DeliveryCheck
from messengers.services import albums, delivering, packing
from messengers.services.io import adapter_of

log = logging.getLogger(__name__)

Status = Delivery.Status
_TWO_CLOCKS = timedelta(seconds=2)
_RECONCILED_FOR = timedelta(hours=24)
_CHECKS = (10, 30, 120, 600, 3600, 6 * 3600)
"""Seconds before each look-up of a delivery whose fate or id is unknown."""


def apply_report(address: Address, event: types.ReceiptReceived) -> bool:
    """A delivery report of the messenger; False if no message of ours has this id (yet)."""
    found = _find(address, message_id=event.message_id, provider_ref=event.provider_ref, client_ref=event.client_ref)
    if event.earlier_too and (found is not None or not event.message_id):
        return _apply_up_to(address, event, found)
    if found is None:
        return False
    message_id = "" if found.external_id else event.message_id
    delivering.settle(found, event.status, error=event.error, message_id=message_id)
    return True


def _apply_up_to(address: Address, event: types.ReceiptReceived, last: Delivery | None) -> bool:
    """All that we sent into the chat until then got as far; False while one is on its way whose time is not known."""
    chat = Delivery.objects.filter(address=address, chat_ref=event.chat_id)
    if last is None and chat.filter(status=Status.SENDING).exists():
        return False
    until = (last.sent_at or last.created_at) if last is not None else event.sent_at
    if until is None:
        return True
    # of two clocks one is always a little ahead
    reached = chat.filter(status__in=[Status.SENT, Status.DELIVERED], sent_at__lte=until + _TWO_CLOCKS)
    for delivery in reached.order_by("id"):
        delivering.settle(delivery, event.status)
    return True


def match_echo(address: Address, event: types.MessageReceived, *, last_try: bool) -> bool:
    """Whether an own message that the messenger shows us is one that we sent; if so, it settles the delivery.

    Ids decide. Where none is known yet, the same words in the same chat do: for a delivery that is being sent or of
    unknown fate at once; for one that was accepted, whose id can be asked for, only on the last try.
    """
    found = _find(address, message_id=event.message_id, client_ref=event.client_ref)
    if found is None:
        open_fates = [Status.SENDING, Status.UNSURE, *([Status.SENT] if last_try else [])]
        found = _twin(address, event, statuses=open_fates)
    if found is None:
        return False
    message_id = "" if found.external_id else event.message_id
    delivering.settle(found, Status.SENT, message_id=message_id, at=event.sent_at)
    parts = [attachment.part_id for attachment in event.attachments[1:]]
    others = albums.others_of(found) if any(parts) else []
    for other, part in zip(others, parts, strict=False):  # the messenger shows an album as one
        delivering.settle(other, Status.SENT, message_id="" if other.external_id else part, at=event.sent_at)
    return True


def _find(address: Address, *, message_id: str = "", provider_ref: str = "", client_ref: str = "") -> Delivery | None:
    wanted = models.Q(pk=None)
    if message_id:
        wanted |= models.Q(external_id=message_id)
    if provider_ref:
        wanted |= models.Q(provider_ref=provider_ref)
    if client_ref:
        wanted |= models.Q(client_ref=client_ref)
    return Delivery.objects.filter(wanted, address=address).first()


def _twin(address: Address, event: types.MessageReceived, *, statuses: Sequence[str]) -> Delivery | None:
    """A delivery without an id of the messenger's, with the very same words in this chat."""
    waiting = _without_id(address, names_of(event)).filter(status__in=statuses)
    for delivery in waiting.order_by("id"):
        same_text = packing.said(delivery.payload).expanded().text.strip() == event.text.strip()
        if same_text and bool(delivery.payload.get("attachment")) == bool(event.attachments):
            return delivery
    return None


def names_of(event: types.MessageReceived) -> list[str]:
    """Every id under which the chat of an event may be known."""
    return [event.chat_id, *event.sender.aliases]


def awaits_ids(address: Address, chat_refs: Sequence[str]) -> bool:
    """Whether a message of ours in this chat is on its way without an id of the messenger yet."""
    return _without_id(address, chat_refs).exists()


def _without_id(address: Address, chat_refs: Sequence[str]) -> models.QuerySet[Delivery]:
    found = Delivery.objects.filter(
        address=address,
        external_id="",
        status__in=[Status.SENDING, Status.SENT, Status.UNSURE],
        created_at__gt=clock.now() - _RECONCILED_FOR,
    )
    return found.filter(chat_ref__in=chat_refs) if chat_refs else found


def learn_ids(address: Address, *, chat_refs: Sequence[str] = ()) -> None:
    """Ask the messenger's own records about messages of unknown id or fate."""
    rows = _without_id(address, chat_refs).exclude(status=Status.SENDING)
    for delivery, answer in _ask_about(list(rows.order_by("id")[:50]), address):
        with transaction.atomic():
            _believe(delivery, answer)


def _ask_about(deliveries: Sequence[Delivery], address: Address) -> list[tuple[Delivery, types.Reconciled]]:
    """What the messenger knows of them; nothing, where it cannot be asked."""
    asked = {delivery.client_ref: delivery for delivery in deliveries}
    if not asked:
        return []
    # the references of others are of use where a message has none itself
    known = None if all(delivery.provider_ref for delivery in deliveries) else _refs_in_use(address, deliveries)
    refs = [
        types.MessageRef(
            chat_id=delivery.chat_ref,
            message_id=delivery.external_id,
            provider_ref=delivery.provider_ref,
            client_ref=delivery.client_ref,
            text=delivery.payload.get("text", ""),
            sent_at=delivery.sent_at or delivery.slot_at or delivery.created_at,
        )
        for delivery in asked.values()
    ]
    try:
        answers = adapter_of(address).reconcile(refs, known=known)
    except MessengerError as error:
        log.info("%s could not be asked about sent messages: %s", address.pk, error)
        return []
    return [(asked[answer.client_ref], answer) for answer in answers if answer.client_ref in asked]


def _refs_in_use(address: Address, asked: Iterable[Delivery]) -> set[str]:
    """The messenger's references of the other messages of these chats, so that none is taken for a lost one."""
    chats = {delivery.chat_ref for delivery in asked}
    since = clock.now() - 2 * _RECONCILED_FOR
    sent = Delivery.objects.filter(address=address, chat_ref__in=chats, created_at__gt=since)
    return set(sent.exclude(provider_ref="").values_list("provider_ref", flat=True))


def _believe(delivery: Delivery, answer: types.Reconciled) -> Delivery | None:
    """Settle it in the caller's transaction; returns it as it is then, None if that told nothing."""
    if answer.status is None:
        return None
    return delivering.settle(
        delivery, answer.status, error=answer.error, message_id=answer.message_id, provider_ref=answer.provider_ref
    )


def check_later(delivery: Delivery) -> None:
    """Plan to ask the messenger about a delivery of unknown fate or id, in the caller's transaction."""
    check = DeliveryCheck(
        company_id=delivery.company_id,
        delivery=delivery,
        lane=f"check:{delivery.pk}",
        queue=DeliveryCheck.default_queue,
        run_at=clock.now() + timedelta(seconds=_CHECKS[0]),
    )
    insertion.insert_new([check])


def look_up(check: DeliveryCheck) -> None:
    """The work of a check: settle the delivery from the messenger's records, asking ever less often."""
    (delivery,) = _checked(check.delivery_id)
    if delivery.external_id or delivery.status not in {Status.SENT, Status.UNSURE}:
        return
    answers = _ask_about([delivery], delivery.address)
    with transaction.atomic():
        settled = [_believe(each, answer) for each, answer in answers]
        if any(each and each.external_id for each in settled) or check.attempts >= len(_CHECKS):
            jobs.finish(check)
            return
    raise jobs.Retry(timedelta(seconds=_CHECKS[check.attempts]), "the messenger does not know it yet")


@prepared.query
def _checked(delivery_id: int) -> models.QuerySet[Delivery]:
    found: models.QuerySet[Delivery] = Delivery.objects.select_related("address__account").filter(pk=delivery_id)
    return found
