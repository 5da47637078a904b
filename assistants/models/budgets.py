"""How much a company wants to spend on models each month."""

from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from happ_project.core.tenancy import CompanyOwned


class Budget(CompanyOwned):
    """One row per company that has set a limit. Months are the calendar's, in the company's time zone."""

    class When(models.TextChoices):
        HAND_OFF = "hand_off", _("Hand chats to people")
        BUILTIN = "builtin", _("Continue with the built-in answerer, which costs nothing")

    monthly = models.DecimalField(
        _("US dollars a month"), max_digits=10, decimal_places=2, validators=[MinValueValidator(0)]
    )
    when_spent = models.CharField(_("when it is spent"), max_length=10, choices=When.choices, default=When.HAND_OFF)
    warned_in = models.CharField(max_length=7, blank=True, help_text="the month, as 2026-11, of the last warning")
    spent_in = models.CharField(max_length=7, blank=True, help_text="the month in which it was last found spent")
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["company"], name="budget_once"),
            models.CheckConstraint(condition=models.Q(monthly__gte=0), name="budget_not_negative"),
        ]

    def __str__(self) -> str:
        return f"budget of {self.company_id}"
