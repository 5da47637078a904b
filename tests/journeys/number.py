"""A shop whose customers write over WhatsApp, with the double of WaSender at the other end."""

from __future__ import annotations

from typing import Any

from conversations.models import Message
from happ_project.core import clock, tenancy
from integrations.models import Integration
from integrations.services import integrations
from messengers import types
from messengers.models import Delivery, InboundReceipt
from messengers.services import addresses, inbox
from tests import factories
from tests.doubles.wasender import Message as Sent
from tests.doubles.wasender import Session, WaSender
from tests.journeys.shop import Shop
from tests.working import work

PHONE = "380671112233"


class Number(Shop):
    """`double` and `session` are WaSender's side of it."""

    double: WaSender
    session: Session

    def knows(self, *phones: str) -> None:
        """They wrote some time ago, so that there are chats and nobody waits for an answer."""
        for phone in phones:
            self.writes("Hello", by=phone, history=True)
        work(InboundReceipt)

    def sends(self, text: str, *, source: str = "AI", by: str = PHONE, **fields: Any) -> Message:
        """By the AI, so that no other rule gets into the way."""
        message = self.replies(text, by=by, source=source, **fields)
        assert message is not None
        return message

    def echoes(self, text: str, *, message_id: str, by: str = PHONE, **fields: Any) -> types.MessageReceived:
        """WhatsApp shows us a message of our own number."""
        return self.writes(text, by=by, from_us=True, message_id=message_id, **fields)

    def reports(self, sent: Sent, status: Any, **fields: Any) -> None:
        event = types.ReceiptReceived(
            dedup_key=f"receipt:{sent.key_id}:{status}", chat_id=PHONE, message_id=sent.key_id, status=status, **fields
        )
        inbox.accept(self.address, [event])
        work(InboundReceipt)

    @property
    def accepted(self) -> list[str]:
        """The texts that WaSender took, in order."""
        return [str(sent.body.get("text", "")) for sent in self.double.sent]


def connect(double: WaSender, *, protected: bool = False) -> Number:
    """Call inside no scope."""
    company = factories.make_company()
    assistant = factories.make_assistant(company, name="Sofia")
    token = double.add_token()
    session = double.add_session(token, phone="+380501234567", account_protection=protected)
    granted = types.AddressGrant(
        external_id="380501234567",
        name="+380501234567",
        credentials={
            "session_id": str(session.id),
            "api_key": session.api_key,
            "webhook_secrets": [session.webhook_secret],
        },
        config={"account_protection": protected, "connected_at": clock.now().isoformat()},
    )
    account = types.AccountGrant(external_id="7000", credentials={"token": token})
    with tenancy.company_scope(company):
        (address,) = addresses.adopt(
            company_id=company.pk, kind="whatsapp", done=types.Done(account=account, addresses=(granted,))
        )
        integration = Integration.objects.get(address=address)
        integrations.assign(integration, assistant)
        integrations.switch_on(integration)
    number = Number(company, assistant, Integration._base_manager.get(pk=integration.pk))
    number.double, number.session = double, session
    return number


def status_of(message: Message) -> str:
    return Message.objects.get(pk=message.pk).status


def only_delivery() -> Delivery:
    return Delivery.objects.get()
