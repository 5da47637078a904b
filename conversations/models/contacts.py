"""What a company wants to know of each customer, beside what the messenger tells."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from happ_project.core.tenancy import CompanyOwned


class ContactField(CompanyOwned):
    """One thing to know; the values stand with each chat, by the field's name."""

    name = models.CharField(_("name"), max_length=40)
    description = models.CharField(_("what it is"), max_length=200, blank=True)
    ai_may_write = models.BooleanField(_("the assistant may note it"), default=False)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["company", "name"], name="contact_field_once")]

    def __str__(self) -> str:
        return self.name
