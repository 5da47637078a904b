"""Who may come in: users, companies, memberships, invitations, access tokens.

These rows are read before a company scope can exist, so they have plain managers; everything else in the house
inherits `CompanyOwned`.
"""

from datetime import timedelta
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from happ_project.core import clock, ids
from happ_project.core.crypto import EncryptedJSONField
from happ_project.core.jobs import Job

LANGUAGES = [("en", _("English")), ("uk", _("Ukrainian"))]


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)


class User(AbstractBaseUser, PermissionsMixin):
    """A person who signs in with an e-mail address."""

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    email = models.EmailField(_("e-mail"), unique=True)
    first_name = models.CharField(_("first name"), max_length=100, blank=True)
    last_name = models.CharField(_("last name"), max_length=100, blank=True)
    phone = models.CharField(_("phone"), max_length=30, blank=True)
    language = models.CharField(_("language"), max_length=8, choices=LANGUAGES, default="en")
    is_staff = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    date_joined = models.DateTimeField(default=clock.now, editable=False)
    current_company = models.ForeignKey("Company", null=True, on_delete=models.SET_NULL, related_name="+")

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        constraints = [models.UniqueConstraint(Lower("email"), name="user_email_once")]

    def __str__(self) -> str:
        return self.email

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip() or self.email.split("@")[0]


class Company(models.Model):
    """The tenant: everything a business owns hangs on its company."""

    class Status(models.TextChoices):
        NEW = "new"
        TRIAL = "trial"
        ACTIVE = "active"
        INACTIVE = "inactive"
        CHURNED = "churned"
        PAUSED = "paused"
        BANNED = "banned"

    OPEN: ClassVar = (Status.NEW, Status.TRIAL, Status.ACTIVE, Status.CHURNED)

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    name = models.CharField(_("name"), max_length=120)
    description = models.TextField(_("description"), blank=True)
    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="owned_companies")
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.NEW)
    language = models.CharField(_("language"), max_length=8, choices=LANGUAGES, default="en")
    timezone = models.CharField(_("time zone"), max_length=60, default="Europe/Kyiv")
    retention_days = models.PositiveIntegerField(
        _("days that the history of a switched-off integration is kept"),
        default=30,
        validators=[MinValueValidator(1), MaxValueValidator(3650)],
    )
    created_at = models.DateTimeField(default=clock.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name_plural = "companies"

    def __str__(self) -> str:
        return self.name

    @property
    def is_open(self) -> bool:
        """False when staff has closed the company: nobody signs in to it and nothing of it runs."""
        return self.status in self.OPEN


class Membership(models.Model):
    """A user's place in a company."""

    class Role(models.TextChoices):
        OWNER = "owner", _("Owner")
        MEMBER = "member", _("Member")

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role.choices, default=Role.MEMBER)
    mail_on_handoff = models.BooleanField(_("mail me when a chat asks for a person"), default=True, db_default=True)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["company", "user"], name="membership_once")]

    def __str__(self) -> str:
        return f"{self.user} in {self.company}"

    def set_mail_on_handoff(self, on: bool) -> None:
        """Whether this member wants a mail when a chat asks for a person."""
        self.mail_on_handoff = on
        self.save(update_fields=["mail_on_handoff"])


class Invitation(models.Model):
    """An invitation by e-mail; the token is sent once and stored as a digest."""

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="invitations")
    email = models.EmailField()
    token_digest = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(default=clock.now, editable=False)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.email} to {self.company}"


class Mail(Job):
    """One mail to one person, of a company or of nobody's yet (signing up, a new password)."""

    work: ClassVar[str] = "happ_project.companies.services.mails.send"
    default_queue: ClassVar[str] = "webhooks"
    max_attempts: ClassVar[int] = 300
    """Two days at ten minutes each: a broken mail server delays, it does not drop."""
    retry_is_trouble: ClassVar[bool] = True
    kept_for: ClassVar[timedelta] = timedelta(days=30)

    company = models.ForeignKey(Company, null=True, on_delete=models.CASCADE, related_name="+")
    to = models.EmailField()
    subject = models.CharField(max_length=200)
    letter = EncryptedJSONField(help_text="{'text': …, 'html': …}; emptied when it is sent")

    def __str__(self) -> str:
        return f"{self.subject} to {self.to}"


class AccessToken(models.Model):
    """A key for programs, bound to one company; shown once, stored as a digest."""

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="access_tokens")
    name = models.CharField(_("name"), max_length=100, blank=True)
    description = models.TextField(_("description"), blank=True)
    hint = models.CharField(max_length=16, help_text="how it begins, to recognise it by")
    digest = models.CharField(max_length=64, unique=True)
    created_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(default=clock.now, editable=False)
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.name or self.hint
