"""The shapes of assistants' tools in the REST API."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from assistants.models import AssistantTool
from assistants.tools import schema
from happ_project.core.api.serializers import Maybe, ModelSerializer, Serializer

_SOUNDS = ("elevator1", "elevator2", "elevator3", "elevator4", "typing")


class MethodField(serializers.ChoiceField):
    """`get`, `post` … in any case: the published document writes both."""

    def to_internal_value(self, data: Any) -> Any:
        return super().to_internal_value(data.lower() if isinstance(data, str) else data)


class Parameter(Serializer):
    """One row of the table; an object has `properties` (such rows), an array `items` (one such row)."""

    name = serializers.CharField(max_length=64)
    type = serializers.ChoiceField(schema.TYPES, default="string")
    description = serializers.CharField(max_length=2000, required=False, allow_blank=True)
    is_required = serializers.BooleanField(default=False)
    enum = serializers.ListField(required=False)
    properties = serializers.ListField(child=serializers.DictField(), required=False)
    items = serializers.DictField(required=False)

    def to_internal_value(self, data: Any) -> Any:
        kept = super().to_internal_value(data)
        kept["isRequired"] = kept.pop("is_required", False)
        return kept


class ToolChange(Serializer):
    name = serializers.CharField(max_length=64, required=False, help_text="Latin letters, digits, _ and -.")
    type = serializers.ChoiceField(AssistantTool.Type.choices, required=False)
    description = Maybe(max_length=5000, required=False, help_text="The model reads it to decide when to call.")
    api_call_url = Maybe(max_length=1000, required=False, help_text="https; needed for the webhook types.")
    http_method = MethodField(AssistantTool.Method.choices, required=False)
    headers = serializers.DictField(
        child=serializers.CharField(max_length=4000), required=False, allow_null=True, help_text="Stored encrypted."
    )
    webhook_secret = Maybe(max_length=200, required=False, help_text="Signs the requests; never shown again.")
    execution_mode = serializers.ChoiceField(AssistantTool.Execution.choices, required=False)
    timeout_seconds = serializers.IntegerField(min_value=1, max_value=30, required=False)
    is_enabled = serializers.BooleanField(required=False)
    parameters = serializers.DictField(required=False, allow_null=True, help_text="A JSON Schema; or use `params`.")
    params = Parameter(many=True, required=False)
    disable_interruptions = serializers.BooleanField(required=False, help_text="Of the voice product.")
    tool_call_sound = serializers.ChoiceField(_SOUNDS, required=False, allow_null=True)
    eleven_labs_tool_id = serializers.CharField(max_length=200, required=False, allow_null=True)


class ToolDraft(ToolChange):
    name = serializers.CharField(max_length=64)
    assistant_id = serializers.UUIDField()


class ToolFilters(Serializer):
    name = serializers.CharField(required=False)
    api_call_url = serializers.CharField(required=False)
    assistant_id = serializers.UUIDField(required=False)
    search = serializers.CharField(required=False, help_text="In the name, the description or the address.")


class ToolShape(ModelSerializer):
    assistant_id = serializers.UUIDField()
    description = Maybe()
    api_call_url = Maybe(source="url")
    http_method = serializers.ChoiceField(AssistantTool.Method.choices, source="method")
    params = serializers.SerializerMethodField()
    parameters = serializers.SerializerMethodField(help_text="The JSON Schema that the model is given.")
    header_names = serializers.SerializerMethodField()
    has_webhook_secret = serializers.SerializerMethodField()
    is_enabled = serializers.BooleanField(source="enabled")
    disable_interruptions = serializers.SerializerMethodField()
    tool_call_sound = serializers.SerializerMethodField()

    class Meta:
        model = AssistantTool
        fields = (
            "id",
            "assistant_id",
            "name",
            "type",
            "description",
            "api_call_url",
            "http_method",
            "header_names",
            "has_webhook_secret",
            "execution_mode",
            "timeout_seconds",
            "is_enabled",
            "params",
            "parameters",
            "disable_interruptions",
            "tool_call_sound",
            "created_at",
            "updated_at",
        )

    @extend_schema_field(Parameter(many=True))
    def get_params(self, tool: AssistantTool) -> list[dict[str, Any]]:
        return tool.params

    def get_parameters(self, tool: AssistantTool) -> dict[str, Any]:
        return schema.of(tool.params, tool.parameters)

    def get_header_names(self, tool: AssistantTool) -> list[str]:
        return sorted(tool.headers)

    def get_has_webhook_secret(self, tool: AssistantTool) -> bool:
        return bool(tool.secret.get("secret"))

    def get_disable_interruptions(self, tool: AssistantTool) -> bool:
        return bool(tool.voice.get("disableInterruptions"))

    def get_tool_call_sound(self, tool: AssistantTool) -> str | None:
        return tool.voice.get("toolCallSound")
