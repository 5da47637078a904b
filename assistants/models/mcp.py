"""Servers of the Model Context Protocol whose tools an assistant may use."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from assistants.models.assistants import Assistant
from happ_project.core import clock
from happ_project.core.crypto import EncryptedJSONField
from happ_project.core.tenancy import CompanyOwned


class McpServer(CompanyOwned):
    """A server, and what it said of its tools when it was asked last."""

    assistant = models.ForeignKey(Assistant, on_delete=models.CASCADE, related_name="mcp_servers")
    name = models.CharField(_("name"), max_length=24)
    url = models.URLField(_("address"), max_length=1000)
    headers = EncryptedJSONField(help_text="{name: value}; values may be keys and are never shown")
    timeout_seconds = models.PositiveSmallIntegerField(
        _("seconds to wait"), default=20, validators=[MinValueValidator(1), MaxValueValidator(30)]
    )
    enabled = models.BooleanField(_("on"), default=True)
    tools = models.JSONField(default=list, blank=True, help_text="as listed: name, description, inputSchema")
    left_out = models.JSONField(default=list, blank=True, help_text="names of tools that the assistant may not call")
    awaited = models.JSONField(
        default=list,
        blank=True,
        db_default=[],
        help_text="names of tools that are allowed as published, and that it does not offer at present",
    )
    problem = models.CharField(max_length=300, blank=True, help_text="why it could not be asked the last time")
    asked_at = models.DateTimeField(null=True, blank=True, help_text="when it was asked for its tools")
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        verbose_name = "MCP server"
        constraints = [models.UniqueConstraint(fields=["assistant", "name"], name="mcp_server_name_once")]

    def __str__(self) -> str:
        return self.name

    @property
    def tool_names(self) -> list[str]:
        """What people may allow or leave out: what it offers, and what it may offer again."""
        return [*(row["name"] for row in self.tools), *self.awaited]
