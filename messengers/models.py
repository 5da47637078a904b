"""The post office's books: accounts, addresses, what arrived, what must go out."""

from datetime import timedelta
from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from happ_project.core import clock, ids
from happ_project.core.crypto import EncryptedJSONField
from happ_project.core.jobs import Job
from happ_project.core.tenancy import CompanyOwned, scoped_manager
from messengers import registry


class Connection(models.TextChoices):
    """How a login or an address stands; the words of `messengers.types.ConnectionState`."""

    CONNECTED = "connected", _("Connected")
    CONNECTING = "connecting", _("Connecting")
    DISCONNECTED = "disconnected", _("Disconnected")
    LOGIN_REQUIRED = "login_required", _("Log in again")
    RESTRICTED = "restricted", _("Restricted by the messenger")


class MessengerAccount(CompanyOwned):
    """One login with a platform."""

    kind = models.CharField(max_length=30)
    external_id = models.CharField(max_length=200)
    title = models.CharField(max_length=200, blank=True)
    credentials = EncryptedJSONField()
    config = models.JSONField(default=dict, blank=True)
    state = models.CharField(max_length=20, choices=Connection.choices, default=Connection.CONNECTED)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    deleted_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["company", "kind", "external_id"],
                condition=models.Q(deleted_at=None),
                name="account_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {self.title or self.external_id}"


class Address(CompanyOwned):
    """What customers write to: one number, page, widget or custom channel under an account."""

    account = models.ForeignKey(MessengerAccount, on_delete=models.CASCADE, related_name="addresses")
    kind = models.CharField(max_length=30)
    external_id = models.CharField(max_length=200)
    title = models.CharField(max_length=200, blank=True)
    credentials = EncryptedJSONField()
    config = models.JSONField(default=dict, blank=True)
    webhook_token = models.CharField(max_length=64, unique=True, default=ids.new_token, editable=False)
    state = models.CharField(max_length=20, choices=Connection.choices, default=Connection.CONNECTED)
    state_detail = models.TextField(blank=True)
    receiving = models.BooleanField(default=False, help_text="off: what arrives is counted and dropped")
    dropped = models.PositiveBigIntegerField(default=0, help_text="how much arrived while it was not receiving")
    next_send_at = models.DateTimeField(default=clock.now, help_text="pacing: the next free moment to send")
    limited_until = models.DateTimeField(null=True, help_text="until when the messenger asked us to wait")
    last_received_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    deleted_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = "addresses"
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "external_id"], condition=models.Q(deleted_at=None), name="address_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {self.title or self.external_id}"

    @property
    def adapter_class(self) -> Any:
        return registry.get(self.kind)

    @property
    def capabilities(self) -> Any:
        return self.adapter_class.capabilities


class InboundReceipt(CompanyOwned, Job):
    """One event as it arrived, stored before we answer the messenger; the constraint makes a repeat a no-op."""

    work: ClassVar[str] = "messengers.services.inbox.process"
    default_queue: ClassVar[str] = "inbound"
    kept_for: ClassVar[timedelta] = timedelta(days=60)  # longer than any messenger repeats itself

    id: Any = models.BigAutoField(primary_key=True)
    company: Any = models.ForeignKey("companies.Company", null=True, on_delete=models.CASCADE, related_name="+")
    address = models.ForeignKey(Address, null=True, on_delete=models.CASCADE, related_name="receipts")
    kind = models.CharField(max_length=30)
    dedup_key = models.CharField(max_length=255)
    event = models.JSONField(null=True, help_text="the parsed event (messengers.types.dump); null if unreadable")
    raw = models.JSONField(null=True, help_text="the messenger's own words, redacted")
    received_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta(Job.Meta):
        constraints = [
            models.UniqueConstraint(fields=["address", "dedup_key"], name="receipt_once"),
            models.UniqueConstraint(
                fields=["kind", "dedup_key"], condition=models.Q(address=None), name="unreadable_receipt_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.dedup_key}"


class DeliveryQuerySet(models.QuerySet):
    def of_message(self, message_ref: Any) -> "DeliveryQuerySet":
        return self.filter(message_ref=message_ref).order_by("part")


class Delivery(CompanyOwned, Job):
    """One message, or one part of a long one, on its way out. `status` only moves forward."""

    class Status(models.TextChoices):
        QUEUED = "queued"
        SENDING = "sending"
        SENT = "sent"
        DELIVERED = "delivered"
        READ = "read"
        FAILED = "failed"
        UNSURE = "unsure"
        CANCELLED = "cancelled"

    work: ClassVar[str] = "messengers.services.outbox.deliver"
    after_failure: ClassVar[str] = "messengers.services.outbox.give_up"
    default_queue: ClassVar[str] = "outbound"
    max_attempts: ClassVar[int] = 10

    id: Any = models.BigAutoField(primary_key=True)
    address = models.ForeignKey(Address, on_delete=models.CASCADE, related_name="deliveries")
    chat_ref = models.CharField(max_length=200, help_text="the chat's id at the messenger")
    message_ref = models.UUIDField(help_text="the sender's own id of the whole message")
    part = models.PositiveSmallIntegerField(default=0)
    client_ref = models.CharField(max_length=80, unique=True)
    payload = models.JSONField(help_text="text, attachment, reply_to: see services/outbox.py")
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.QUEUED)
    error_code = models.CharField(max_length=60, blank=True)
    error = models.TextField(blank=True)
    external_id = models.CharField(max_length=200, blank=True)
    provider_ref = models.CharField(max_length=200, blank=True)
    slot_at = models.DateTimeField(null=True, help_text="the moment that pacing gave this delivery")
    sent_at = models.DateTimeField(null=True)

    objects: ClassVar[Any] = scoped_manager(DeliveryQuerySet)

    class Meta(Job.Meta):
        verbose_name_plural = "deliveries"
        constraints = [models.UniqueConstraint(fields=["message_ref", "part"], name="delivery_part_once")]
        indexes = [
            *Job.Meta.indexes,
            models.Index(fields=["address", "external_id"], name="delivery_external"),
            models.Index(fields=["address", "provider_ref"], name="delivery_provider"),
        ]

    def __str__(self) -> str:
        return f"{self.client_ref} ({self.status})"


class MessageChange(CompanyOwned, Job):
    """A sent message that is to be changed or taken back at the messenger, too."""

    class Kind(models.TextChoices):
        EDIT = "edit"
        DELETE = "delete"

    work: ClassVar[str] = "messengers.services.changes.carry_out"
    default_queue: ClassVar[str] = "outbound"
    max_attempts: ClassVar[int] = 6
    kept_for: ClassVar[timedelta] = timedelta(days=7)

    id: Any = models.BigAutoField(primary_key=True)
    address = models.ForeignKey(Address, on_delete=models.CASCADE, related_name="+")
    message_ref = models.UUIDField(help_text="of the deliveries")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    text = models.TextField(blank=True)

    class Meta(Job.Meta):
        pass

    def __str__(self) -> str:
        return f"{self.kind} {self.message_ref}"


class DeliveryCheck(CompanyOwned, Job):
    """Asking the messenger's own records what became of a delivery: of unknown fate, or of unknown id."""

    work: ClassVar[str] = "messengers.services.reports.look_up"
    default_queue: ClassVar[str] = "outbound"
    kept_for: ClassVar[timedelta] = timedelta(days=7)

    id: Any = models.BigAutoField(primary_key=True)
    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="checks")

    class Meta(Job.Meta):
        pass

    def __str__(self) -> str:
        return f"check of {self.delivery_id}"


class LoginAttempt(CompanyOwned, Job):
    """A login in progress: the web writes answers and reads the step, a worker talks to the platform."""

    class Status(models.TextChoices):
        ACTIVE = "active"
        DONE = "done"
        FAILED = "failed"

    work: ClassVar[str] = "messengers.services.login.advance"
    after_failure: ClassVar[str] = "messengers.services.login.give_up"
    default_queue: ClassVar[str] = "outbound"
    max_attempts: ClassVar[int] = 3
    kept_for: ClassVar[timedelta] = timedelta(days=1)

    id: Any = models.BigAutoField(primary_key=True)
    public_id = models.UUIDField(unique=True, default=ids.new_id, editable=False)
    kind = models.CharField(max_length=30)
    account = models.ForeignKey(MessengerAccount, null=True, on_delete=models.CASCADE, related_name="+")
    started_by = models.ForeignKey("companies.User", null=True, on_delete=models.SET_NULL, related_name="+")
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.ACTIVE)
    memory = EncryptedJSONField(help_text="what the adapter keeps between steps, the step shown, the answer given")
    webhook_token = models.CharField(max_length=64, default=ids.new_token, editable=False)
    error = models.TextField(blank=True)
    addresses = models.JSONField(default=list, blank=True, help_text="ids of the addresses that it connected")
    called_at = models.DateTimeField(null=True, help_text="when its webhook was last called: the messenger found it")
    expires_at = models.DateTimeField()

    class Meta(Job.Meta):
        pass

    def __str__(self) -> str:
        return f"{self.kind} login {self.public_id}"


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


class ChatMetadata(CompanyOwned):
    """What the other side of a channel gave along with a customer's message, and gets back with the answers."""

    address = models.ForeignKey(Address, on_delete=models.CASCADE, related_name="+")
    chat_ref = models.CharField(max_length=200)
    data = models.JSONField()

    class Meta:
        verbose_name_plural = "chat metadata"
        constraints = [models.UniqueConstraint(fields=["address", "chat_ref"], name="chat_metadata_once")]

    def __str__(self) -> str:
        return f"{self.address_id} {self.chat_ref}"


class ChannelRequest(CompanyOwned):
    """One request between us and the other side of a channel, kept for its company to see."""

    class Direction(models.TextChoices):
        IN = "in", _("Received")
        OUT = "out", _("Sent")

    id: Any = models.BigAutoField(primary_key=True)
    address = models.ForeignKey(Address, on_delete=models.CASCADE, related_name="requests")
    direction = models.CharField(max_length=3, choices=Direction.choices)
    status = models.PositiveSmallIntegerField(null=True, help_text="of HTTP; null: there was no answer")
    seconds = models.FloatField(default=0)
    payload = models.JSONField(null=True, help_text="without credentials")
    answer = models.TextField(blank=True, help_text="how it began")
    error = models.TextField(blank=True)
    at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        indexes = [
            models.Index(fields=["address", "-id"], name="channel_request_latest"),
            models.Index(fields=["at"], name="channel_request_age"),
        ]

    def __str__(self) -> str:
        return f"{self.direction} {self.status} {self.at}"


class AddressTask(CompanyOwned, Job):
    """Something to settle with the platform about an address, outside the transaction that asked for it."""

    class What(models.TextChoices):
        ACTIVATE = "activate"  # have the platform deliver to us
        CHECK = "check"  # how does it stand; renews and repairs what it can
        FAREWELL = "farewell"  # stop the delivery, give the login back, forget the credentials

    work: ClassVar[str] = "messengers.services.upkeep.carry_out"
    after_failure: ClassVar[str] = "messengers.services.upkeep.give_up"
    default_queue: ClassVar[str] = "outbound"
    max_attempts: ClassVar[int] = 8
    kept_for: ClassVar[timedelta] = timedelta(days=7)

    id: Any = models.BigAutoField(primary_key=True)
    address = models.ForeignKey(Address, on_delete=models.CASCADE, related_name="tasks")
    what = models.CharField(max_length=10, choices=What.choices)

    class Meta(Job.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["address", "what"],
                condition=models.Q(state="waiting", attempts=0),
                name="one_waiting_task_per_address",
            )
        ]

    def __str__(self) -> str:
        return f"{self.what} {self.address_id}"


class LeftOut(models.Model):
    """How often a webhook brought something that is not for us, by what it was. No tenant's: it may be nobody's."""

    kind = models.CharField(max_length=30)
    address = models.ForeignKey(Address, null=True, on_delete=models.CASCADE, related_name="left_out")
    reason = models.CharField(max_length=60)
    count = models.PositiveBigIntegerField(default=0)
    last_at = models.DateTimeField(default=clock.now)

    class Meta:
        verbose_name_plural = "left out"
        constraints = [
            models.UniqueConstraint(fields=["kind", "address", "reason"], name="left_out_once", nulls_distinct=False)
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {self.reason} ({self.count})"


class DeletionRequest(models.Model):
    """A platform's word that a person wants their data deleted, and what was done. It holds none of those data."""

    code = models.CharField(max_length=40, unique=True)
    kind = models.CharField(max_length=30)
    logins = models.PositiveIntegerField(default=0, help_text="how many were found and forgotten")
    created_at = models.DateTimeField(default=clock.now, editable=False)

    def __str__(self) -> str:
        return self.code
