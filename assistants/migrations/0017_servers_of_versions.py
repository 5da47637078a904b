"""A version holds the MCP servers that were allowed; those from before get the ones of today's draft."""

from typing import Any

from django.db import migrations, models

import happ_project.core.crypto


def fill(apps: Any, schema_editor: Any) -> None:
    """What was live until now was the draft's, whatever the version."""
    version_model, server_model = apps.get_model("assistants", "AssistantVersion"), apps.get_model("assistants", "McpServer")
    of_assistant: dict[Any, list[Any]] = {}
    for server in server_model.objects.order_by("created_at", "id"):
        of_assistant.setdefault(server.assistant_id, []).append(server)
    version_model.objects.exclude(assistant_id__in=of_assistant).filter(servers=None).update(servers=[])
    for version in version_model.objects.filter(assistant_id__in=of_assistant, servers=None).iterator(chunk_size=100):
        servers = of_assistant[version.assistant_id]
        version.servers = [_values(server) for server in servers]
        hidden = {str(server.pk): {"headers": dict(server.headers)} for server in servers}
        version.secrets = happ_project.core.crypto.Secret({**version.secrets, **hidden})
        version.save(update_fields=["servers", "secrets"])


def _values(server: Any) -> dict[str, Any]:
    names = sorted(row["name"] for row in server.tools if row["name"] not in server.left_out)
    return {
        "id": str(server.pk),
        "name": server.name,
        "url": server.url,
        "timeout_seconds": server.timeout_seconds,
        "enabled": server.enabled,
        "allowed": names if server.tools else None,
        "listed": server.tools,
    }


class Migration(migrations.Migration):
    dependencies = [("assistants", "0016_tests_of_assistants")]

    operations = [
        migrations.AddField(
            model_name="assistantversion",
            name="servers",
            field=models.JSONField(
                help_text="MCP servers with the tools allowed and those listed; null: the draft's, from before",
                null=True,
            ),
        ),
        migrations.AlterField(
            model_name="assistantversion",
            name="secrets",
            field=happ_project.core.crypto.EncryptedJSONField(
                blank=True,
                default=happ_project.core.crypto.Secret,
                help_text="{id of a tool or server: {'headers': …, 'secret': …}}",
            ),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
