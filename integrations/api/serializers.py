"""The shapes of integrations, events and webhook endpoints in the REST API."""

from rest_framework import serializers

from happ_project.core.api.serializers import Maybe, ModelSerializer, Serializer
from integrations import types
from integrations.models import Integration, WebhookDelivery, WebhookEndpoint


class IntegrationShape(Serializer):
    """What `services.integrations.as_json` gives."""

    id = serializers.UUIDField()
    title = serializers.CharField()
    kind = serializers.CharField(help_text="The messenger: widget, whatsapp …")
    source = serializers.CharField(help_text="The `source` of its messages: WIDGET, WHATSAPP …")  # type: ignore[assignment]
    enabled = serializers.BooleanField()
    assistant_id = serializers.UUIDField(allow_null=True)
    state = serializers.CharField(help_text="connected, connecting, disconnected or login_required")
    state_detail = serializers.CharField()
    limited_until = serializers.DateTimeField(
        allow_null=True, help_text="The messenger asked to wait: nothing is sent before. Null if it did not."
    )


class IntegrationDetails(IntegrationShape):
    debounce_seconds = serializers.FloatField()
    finished_seconds = serializers.FloatField()
    longest_wait_seconds = serializers.FloatField()
    answers_within_minutes = serializers.IntegerField(help_text="Ours: what is older goes to people.")
    bot_command = serializers.ChoiceField(Integration.BotCommand.choices)
    group_answers = serializers.ChoiceField(Integration.GroupAnswers.choices)


class IntegrationChange(Serializer):
    title = serializers.CharField(max_length=200, required=False)
    enabled = serializers.BooleanField(required=False)
    assistant_id = serializers.UUIDField(required=False, allow_null=True)
    debounce_seconds = serializers.FloatField(required=False, min_value=0, max_value=180)
    finished_seconds = serializers.FloatField(
        required=False, min_value=0, max_value=180, help_text="After a message that ends a thought."
    )
    longest_wait_seconds = serializers.FloatField(required=False, min_value=0, max_value=600)
    answers_within_minutes = serializers.IntegerField(required=False, min_value=1, max_value=1440)
    bot_command = serializers.ChoiceField(Integration.BotCommand.choices, required=False)
    group_answers = serializers.ChoiceField(Integration.GroupAnswers.choices, required=False)


class EventShape(Serializer):
    """What `services.event_log.as_json` gives."""

    id = serializers.IntegerField()
    type = serializers.ChoiceField(types.ALL)
    company_id = serializers.UUIDField()
    chat_id = serializers.UUIDField(allow_null=True)
    created_at = serializers.DateTimeField()
    data = serializers.DictField(help_text="Depends on the type: `message`, `chat` …")  # type: ignore[assignment]


class EventFeed(Serializer):
    data = EventShape(many=True)  # type: ignore[assignment]
    cursor = serializers.IntegerField(help_text="Give it as `after` next time.")


class EventFilters(Serializer):
    after = serializers.IntegerField(required=False, min_value=0, max_value=2**63 - 1)
    types = serializers.CharField(required=False, help_text="Names of event types, separated by commas.")
    take = serializers.IntegerField(required=False, min_value=1, max_value=200, default=200)


class EndpointShape(ModelSerializer):
    disabled_reason = Maybe()
    event_types = serializers.ListField(child=serializers.ChoiceField(types.ALL), help_text="Empty: all.")
    connected = serializers.BooleanField(help_text="Whether the last call was answered with 2xx.")

    class Meta:
        model = WebhookEndpoint
        fields = ("id", "url", "event_types", "enabled", "connected", "disabled_reason", "created_at")


class NewEndpoint(EndpointShape):
    secret = serializers.CharField(help_text="Signs every call. It is shown now and never again.")

    class Meta(EndpointShape.Meta):
        fields = (*EndpointShape.Meta.fields, "secret")  # type: ignore[assignment]


class EndpointDraft(Serializer):
    url = serializers.URLField(max_length=500)
    secret = serializers.CharField(min_length=16, max_length=200, required=False, help_text="One is made if not given.")
    event_types = serializers.ListField(child=serializers.ChoiceField(types.ALL), required=False)


class EndpointChange(Serializer):
    enabled = serializers.BooleanField(required=False)
    event_types = serializers.ListField(child=serializers.ChoiceField(types.ALL), required=False)


class WebhookCall(ModelSerializer):
    event_id = serializers.IntegerField()
    event_type = serializers.CharField(source="event.type")
    last_error = Maybe()

    class Meta:
        model = WebhookDelivery
        fields = (
            "id",
            "event_id",
            "event_type",
            "state",
            "attempts",
            "run_at",
            "response_status",
            "response_text",
            "duration_ms",
            "last_error",
            "created_at",
            "finished_at",
        )
