"""Logins with platforms, the addresses under them, and what is to be settled with the platform about them."""

from datetime import timedelta
from typing import Any, ClassVar

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from happ_project.core import clock, ids
from happ_project.core.crypto import EncryptedJSONField
from happ_project.core.jobs import Job
from happ_project.core.tenancy import CompanyOwned
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

    @property
    def capabilities(self) -> Any:
        return registry.get(self.kind).capabilities


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
    state_since = models.DateTimeField(default=clock.now, db_default=Now())
    receiving = models.BooleanField(default=False, help_text="off: what arrives is counted and dropped")
    dropped = models.PositiveBigIntegerField(default=0, help_text="how much arrived while it was not receiving")
    next_send_at = models.DateTimeField(default=clock.now, help_text="pacing: the next free moment to send")
    limited_until = models.DateTimeField(null=True, help_text="until when the messenger asked us to wait")
    last_received_at = models.DateTimeField(null=True)
    last_called_at = models.DateTimeField(null=True, help_text="when the messenger told us anything at all")
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
    def is_limited(self) -> bool:
        return self.limited_until is not None and self.limited_until > clock.now()

    @property
    def capabilities(self) -> Any:
        return self.adapter_class.capabilities


class LoginAttempt(CompanyOwned, Job):
    """A login in progress: the web writes answers and reads the step, a worker talks to the platform."""

    class Status(models.TextChoices):
        ACTIVE = "active"
        DONE = "done"
        FAILED = "failed"

    work: ClassVar[str] = "messengers.services.login.advance"
    after_failure: ClassVar[str] = "messengers.services.login.give_up"
    default_queue: ClassVar[str] = "outbound"
    failure_is_trouble: ClassVar[bool] = False
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


class AddressTask(CompanyOwned, Job):
    """Something to settle with the platform about an address, outside the transaction that asked for it."""

    class What(models.TextChoices):
        ACTIVATE = "activate"  # have the platform deliver to us
        CHECK = "check"  # how does it stand; renews and repairs what it can
        SESSION = "session"  # have its session started or stopped, as it is switched
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
