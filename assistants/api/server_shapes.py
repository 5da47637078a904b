"""The shapes of MCP servers in the REST API."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from assistants.models import McpServer
from happ_project.core.api.serializers import ModelSerializer, Serializer


class ServerChange(Serializer):
    name = serializers.CharField(max_length=24, required=False, help_text="The names of its tools begin with it.")
    url = serializers.CharField(max_length=1000, required=False, help_text="https, streamable HTTP.")
    headers = serializers.DictField(
        child=serializers.CharField(max_length=4000), required=False, allow_null=True, help_text="Stored encrypted."
    )
    timeout_seconds = serializers.IntegerField(min_value=1, max_value=30, required=False)
    is_enabled = serializers.BooleanField(required=False)
    allowed_tools = serializers.ListField(
        child=serializers.CharField(max_length=128),
        required=False,
        allow_null=True,
        help_text="Names of its tools that the assistant may call; null: all that it offers now.",
    )


class ServerDraft(ServerChange):
    name = serializers.CharField(max_length=24, help_text="The names of its tools begin with it.")
    url = serializers.CharField(max_length=1000, help_text="https, streamable HTTP.")
    assistant_id = serializers.UUIDField()


class ServerFilters(Serializer):
    assistant_id = serializers.UUIDField(required=False)


class OfferedTool(Serializer):
    name = serializers.CharField()
    description = serializers.CharField()
    is_allowed = serializers.BooleanField()


class ServerShape(ModelSerializer):
    assistant_id = serializers.UUIDField()
    header_names = serializers.SerializerMethodField()
    is_enabled = serializers.BooleanField(source="enabled")
    tools = serializers.SerializerMethodField()
    problem = serializers.CharField(help_text="Why it could not be asked the last time; empty if it could.")

    class Meta:
        model = McpServer
        fields = (
            "id",
            "assistant_id",
            "name",
            "url",
            "header_names",
            "timeout_seconds",
            "is_enabled",
            "tools",
            "problem",
            "asked_at",
            "created_at",
        )

    def get_header_names(self, server: McpServer) -> list[str]:
        return sorted(server.headers)

    @extend_schema_field(OfferedTool(many=True))
    def get_tools(self, server: McpServer) -> list[dict[str, Any]]:
        return [
            {
                "name": row["name"],
                "description": str(row.get("description") or ""),
                "isAllowed": row["name"] not in server.left_out,
            }
            for row in server.tools
        ]
