"""Accounts whose connection we hold ourselves: who holds it, how far it has read, whom it knows."""

from django.db import models

from happ_project.core import clock
from happ_project.core.crypto import EncryptedJSONField
from happ_project.core.tenancy import CompanyOwned
from messengers.models.accounts import MessengerAccount


class SessionLease(CompanyOwned):
    """Which session runner holds an account's connection, until when; `fence` grows with every new holder."""

    account = models.OneToOneField(MessengerAccount, on_delete=models.CASCADE, related_name="lease")
    holder = models.CharField(max_length=100, blank=True)
    fence = models.PositiveBigIntegerField(default=0)
    until = models.DateTimeField(default=clock.now)
    retry_at = models.DateTimeField(null=True, help_text="nobody connects it before: the messenger asked to wait")

    def __str__(self) -> str:
        return f"{self.account_id} by {self.holder}"


class SessionState(CompanyOwned):
    """How far a session account has read: what it must know to miss nothing after any interruption."""

    account = models.OneToOneField(MessengerAccount, on_delete=models.CASCADE, related_name="session_state")
    state = EncryptedJSONField(help_text="the messenger's own counting; empty: begin with now")
    saved_at = models.DateTimeField(default=clock.now)

    def __str__(self) -> str:
        return f"state of {self.account_id}"


class SessionPeer(CompanyOwned):
    """Somebody whom a session account met, and how it may address them; valid for this account only."""

    account = models.ForeignKey(MessengerAccount, on_delete=models.CASCADE, related_name="+")
    peer_id = models.BigIntegerField()
    data = EncryptedJSONField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "peer_id"], name="session_peer_once")]

    def __str__(self) -> str:
        return f"{self.peer_id} of {self.account_id}"
