"""The base of every serializer: fields are written in Python's spelling and spoken in camelCase."""

from typing import Any

from rest_framework import serializers

from happ_project.core.api.naming import camel


class CamelCase:
    """Mixed into serializers: each declared field `first_message` is the key `firstMessage` with that source."""

    def get_fields(self) -> dict[str, Any]:
        fields = {}
        for name, field in super().get_fields().items():  # type: ignore[misc]
            if isinstance(field, serializers.SerializerMethodField):
                field.method_name = field.method_name or f"get_{name}"
            elif field.source is None and camel(name) != name:
                field.source = name
            fields[camel(name)] = field
        return fields


class Serializer(CamelCase, serializers.Serializer):
    """A plain serializer; `validated_data` has Python's spelling."""


class ModelSerializer(CamelCase, serializers.ModelSerializer):
    """For shapes that follow a model's columns; saving is the services' work, never a serializer's."""


class Maybe(serializers.CharField):
    """A text that the API calls null where the column is empty."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"allow_null": True, "allow_blank": True, **kwargs})

    def to_representation(self, value: Any) -> str | None:  # type: ignore[override]
        return super().to_representation(value) or None


class Said(Serializer):
    """An answer that is only a sentence: the published one, in every language, since programs may compare it."""

    message = serializers.CharField()


class Deleted(Said):
    """The answer to a DELETE."""

    id = serializers.UUIDField()


def read(shape: type[serializers.Serializer], data: Any, *, partial: bool = False, **context: Any) -> dict[str, Any]:
    """Check what a client sent against a shape; raises `ValidationError` naming the fields.

    `context` is what the shape has to know besides.
    """
    serializer = shape(data=data, partial=partial, context=context)
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)
