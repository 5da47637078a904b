"""What was published of an assistant, version by version."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from assistants.models.assistants import Assistant
from happ_project.core import clock
from happ_project.core.crypto import EncryptedJSONField
from happ_project.core.tenancy import CompanyOwned


class AssistantVersion(CompanyOwned):
    """What an assistant was when it was published: its settings, tools and MCP servers. It never changes.

    Knowledge is no part of it: all versions answer from the same documents, as they are today. Nor are the fields of
    customers' records, which are the company's.
    """

    class Origin(models.TextChoices):
        CREATED = "created", _("Created")
        PUBLISHED = "published", _("Published")
        API = "api", _("Changed over the API")
        RESTORED = "restored", _("Brought back")

    assistant = models.ForeignKey(Assistant, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    settings = models.JSONField(help_text="columns of the assistant")
    tools = models.JSONField(default=list, help_text="columns of its tools, but for what is secret")
    servers = models.JSONField(default=list, help_text="MCP servers with the tools allowed and those listed")
    secrets = EncryptedJSONField(help_text="{id of a tool or server: {'headers': …, 'secret': …}}")
    origin = models.CharField(max_length=10, choices=Origin.choices, default=Origin.PUBLISHED)
    restored = models.PositiveIntegerField(null=True, help_text="the number of the older version that was brought back")
    note = models.CharField(_("note"), max_length=300, blank=True)
    author = models.ForeignKey("companies.User", null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["assistant", "number"], name="assistant_version_once")]

    def __str__(self) -> str:
        return f"{self.assistant_id} version {self.number}"
