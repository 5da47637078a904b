"""What a session account must not forget, in our database; the real `messengers.adapter.SessionMemory`."""

from collections.abc import Collection, Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from happ_project.core import clock, tenancy
from messengers.models import Address, Delivery, InboundReceipt, SessionPeer, SessionState
from messengers.sessions import lease
from messengers.sessions.threads import Pool

_LARGEST_ALBUM = 10
_READ_WITHIN = timedelta(days=30)


class LostLease(Exception):
    """Somebody else holds the account now."""


class AccountMemory:
    """Of one account, as long as `fence` is the newest."""

    def __init__(self, pool: Pool, *, company_id: UUID, account_id: UUID, address_id: UUID, fence: int) -> None:
        self._pool, self._company_id = pool, company_id
        self._account_id, self._address_id, self._fence = account_id, address_id, fence

    async def load(self) -> dict[str, Any]:
        return await self._in_scope(self._load)

    async def save(self, state: dict[str, Any]) -> None:
        await self._in_scope(self._save, state)

    async def peers(self, wanted: Collection[int]) -> dict[int, dict[str, Any]]:
        return await self._in_scope(self._peers, wanted) if wanted else {}

    async def keep_peers(self, peers: Mapping[int, dict[str, Any]]) -> None:
        await self._in_scope(self._keep_peers, peers)

    async def chats_of(self, message_ids: Collection[str]) -> dict[str, str]:
        return await self._in_scope(self._chats_of, message_ids)

    async def sent_until(self, chat_id: str, number: int) -> list[str]:
        return await self._in_scope(self._sent_until, chat_id, number)

    async def _in_scope(self, function: Any, *args: Any) -> Any:
        def work() -> Any:
            with tenancy.company_scope(self._company_id):
                return function(*args)

        return await self._pool.run(work)

    def _load(self) -> dict[str, Any]:
        row = SessionState.objects.filter(account_id=self._account_id).first()
        return dict(row.state) if row is not None else {}

    @transaction.atomic
    def _save(self, state: dict[str, Any]) -> None:
        """Nothing is kept of a time in which the address was switched off: it begins anew afterwards."""
        if not lease.is_ours(self._account_id, self._fence):
            raise LostLease
        address = Address.objects.select_for_update(of=("self",), no_key=True).filter(pk=self._address_id).first()
        kept = state if address is not None and address.receiving else {}
        SessionState.objects.update_or_create(
            account_id=self._account_id,
            defaults={"company_id": self._company_id, "state": kept, "saved_at": clock.now()},
        )

    def _peers(self, wanted: Collection[int]) -> dict[int, dict[str, Any]]:
        rows = SessionPeer.objects.filter(account_id=self._account_id, peer_id__in=list(wanted))
        return {row.peer_id: dict(row.data) for row in rows}

    def _keep_peers(self, peers: Mapping[int, dict[str, Any]]) -> None:
        rows = [
            SessionPeer(company_id=self._company_id, account_id=self._account_id, peer_id=key, data=dict(data))
            for key, data in sorted(peers.items())
        ]
        SessionPeer.objects.bulk_create(
            rows, update_conflicts=True, unique_fields=["account", "peer_id"], update_fields=["data"]
        )

    def _chats_of(self, message_ids: Collection[str]) -> dict[str, str]:
        sent = Delivery.objects.filter(address_id=self._address_id, external_id__in=list(message_ids))
        found = dict(sent.values_list("external_id", "chat_ref"))
        for name in set(message_ids) - set(found):
            chat = self._chat_of_received(name)
            if chat:
                found[name] = chat
        return found

    def _chat_of_received(self, name: str) -> str | None:
        """The receipt of a message; a part of an album is in the receipt of one a little before it."""
        before = [name, *(str(int(name) - i) for i in range(1, _LARGEST_ALBUM))] if name.isdigit() else [name]
        receipts = InboundReceipt.objects.filter(
            address_id=self._address_id, dedup_key__in=[f"message:{each}" for each in before]
        )
        for event in receipts.exclude(event=None).values_list("event", flat=True):
            parts = [attachment.get("part_id") for attachment in event.get("attachments") or ()]
            if event.get("message_id") == name or name in parts:
                return str(event["chat_id"])
        return None

    def _sent_until(self, chat_id: str, number: int) -> list[str]:
        sent = Delivery.objects.filter(
            address_id=self._address_id,
            chat_ref=chat_id,
            status__in=[Delivery.Status.SENT, Delivery.Status.DELIVERED],
            created_at__gt=clock.now() - _READ_WITHIN,
        ).exclude(external_id="")
        names = sent.order_by("id").values_list("external_id", flat=True)
        return [name for name in names if int(name.rpartition("/")[2]) <= number]
