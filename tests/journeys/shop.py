"""A company with an assistant and a website widget, and somebody who writes to it."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any

from assistants.models import Assistant
from conversations.models import AiTurn, Chat, Message
from conversations.services import outbound
from happ_project.companies.models import Company
from happ_project.core import clock
from integrations.models import Integration
from messengers import types
from messengers.models import Address
from messengers.services import inbox
from tests import factories

_numbers = itertools.count(1)


@dataclass
class Shop:
    company: Company
    assistant: Assistant
    integration: Integration

    @property
    def address(self) -> Address:
        return Address.objects.select_related("account").get(pk=self.integration.address_id)

    def event(self, text: str = "", *, by: str = "olena", **fields: Any) -> types.MessageReceived:
        number = next(_numbers)
        return types.MessageReceived(
            **{
                "dedup_key": f"message {number}",
                "chat_id": by,
                "message_id": f"message {number}",
                "sender": types.Contact(id=by),
                "text": text,
                "sent_at": clock.now(),
                **fields,
            }
        )

    def writes(self, text: str = "", *, by: str = "olena", **fields: Any) -> types.MessageReceived:
        """A customer writes; the messenger is answered, nothing is worked yet."""
        event = self.event(text, by=by, **fields)
        inbox.accept(self.address, [event])
        return event

    def chat(self, by: str = "olena") -> Chat:
        return Chat.objects.select_related("integration__address", "assistant").get(
            integration=self.integration, external_id=by
        )

    def replies(self, text: str, *, by: str = "olena", **fields: Any) -> Message | None:
        """A colleague answers in the inbox."""
        return outbound.send(self.chat(by), text=text, **fields)

    def said(self, by: str = "olena") -> list[str]:
        """The chat as its reader sees it: who, and what; notes of ours left out."""
        speakers = {"AI": "ai"}
        found = Message.objects.filter(chat=self.chat(by), deleted_at=None).exclude(role="System")
        return [
            f"{'customer' if row.is_from_customer else speakers.get(row.source, 'person')}: {row.text}"
            for row in found.order_by("sent_at", "id")
        ]

    def turns(self) -> list[AiTurn]:
        return list(AiTurn.objects.order_by("id"))


def open_shop(**fields: Any) -> Shop:
    """Call inside no scope; `fields` are columns of the integration. A whole question waits as long as half of one."""
    fields = {"finished_seconds": 180, **fields}
    company = factories.make_company()
    assistant = factories.make_assistant(company, name="Sofia")
    integration = factories.make_integration(company, assistant=assistant)
    Integration._base_manager.filter(pk=integration.pk).update(**fields)
    integration.refresh_from_db()
    return Shop(company, assistant, integration)
