"""The shapes of what assistants know in the REST API."""

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from assistants.models import KnowledgeDocument
from happ_project.core.api.serializers import Maybe, ModelSerializer, Serializer

LONGEST_KNOWLEDGE = 10_000_000


class BriefKnowledge(ModelSerializer):
    id = serializers.UUIDField(source="public_id")
    type = serializers.ChoiceField(KnowledgeDocument.Kind.choices, source="kind")
    assistant_id = serializers.UUIDField()
    file_id = serializers.UUIDField(allow_null=True)
    resource_url = Maybe(source="url")
    resource_description = Maybe(source="description")
    item_delimiter = Maybe()
    status_detail = Maybe(source="why", help_text="What went wrong last; null if nothing did.")
    format = Maybe(help_text="What the page or file was found to be, such as `pdf`.")
    progress_done = serializers.IntegerField(help_text="While `status` is `embedding`: passages done.")
    recrawl_interval_hours = serializers.IntegerField(source="recrawl_hours")

    class Meta:
        model = KnowledgeDocument
        fields = (
            "id",
            "assistant_id",
            "name",
            "type",
            "resource_url",
            "resource_description",
            "file_id",
            "is_vector",
            "is_system",
            "chunking_strategy",
            "item_delimiter",
            "format",
            "recrawl_interval_hours",
            "read_at",
            "status",
            "status_detail",
            "progress_done",
            "progress_total",
            "created_at",
            "updated_at",
        )


class KnowledgeShape(BriefKnowledge):
    resource_content = Maybe(source="content")

    class Meta(BriefKnowledge.Meta):
        fields = (*BriefKnowledge.Meta.fields, "resource_content")  # type: ignore[assignment]


class KnowledgeQuestion(Serializer):
    question = serializers.CharField(max_length=500)


class FoundPassage(Serializer):
    id = serializers.UUIDField()
    document = serializers.CharField(help_text="Its name.")
    document_id = serializers.UUIDField()
    title = serializers.CharField()
    text = serializers.CharField(help_text="The first 300 characters.")
    score = serializers.FloatField()
    signals = serializers.DictField(
        child=serializers.FloatField(), help_text="meaning, words, letters; the first passage's `sure`: 0 to 1."
    )


class KnowledgeFound(Serializer):
    verdict = serializers.ChoiceField(
        ["answers", "asks_back", "unknown", "tells"],
        help_text="What the built-in answerer would do; `tells`: a language model is told the first `told` passages.",
    )
    told = serializers.IntegerField()
    model = serializers.CharField()
    milliseconds = serializers.IntegerField()
    passages = FoundPassage(many=True)


class KnowledgeFilters(Serializer):
    name = serializers.CharField(required=False)
    resource_url = serializers.CharField(required=False)
    assistant_id = serializers.UUIDField(required=False)
    search = serializers.CharField(required=False, help_text="In the name, the description or the text.")


_BELONGS = {
    "resource_content": KnowledgeDocument.Kind.TEXT,
    "resource_url": KnowledgeDocument.Kind.URL,
    "recrawl_interval_hours": KnowledgeDocument.Kind.URL,
    "file_id": KnowledgeDocument.Kind.FILE,
    "file": KnowledgeDocument.Kind.FILE,
}


class KnowledgeChange(Serializer):
    name = serializers.CharField(max_length=200, required=False)
    type = serializers.ChoiceField(KnowledgeDocument.Kind.choices, required=False)
    resource_content = Maybe(max_length=LONGEST_KNOWLEDGE, required=False)
    resource_description = Maybe(max_length=5000, required=False)
    resource_url = Maybe(max_length=1000, required=False)
    file_id = serializers.UUIDField(required=False, allow_null=True, help_text="As `/api/files` answered.")
    file = serializers.FileField(
        required=False, allow_empty_file=True, help_text="The file itself, in multipart/form-data."
    )
    recrawl_interval_hours = serializers.IntegerField(
        min_value=0, max_value=8_760, required=False, help_text="After so many hours a page is read again; 0: never."
    )
    vector_ids = serializers.ListField(child=serializers.CharField(), required=False, help_text="Ours to decide.")
    eleven_labs_knowledge_id = serializers.CharField(max_length=200, required=False, allow_null=True)
    is_vector = serializers.BooleanField(required=False, help_text="False: told to the model whole, if it fits.")
    chunking_strategy = serializers.ChoiceField(KnowledgeDocument.Chunking.choices, required=False)
    item_delimiter = Maybe(max_length=20, required=False)

    def validate(self, attrs: dict) -> dict:
        """Only what belongs to the kind of knowledge; `kind` of the context is that of what exists."""
        kind = attrs.get("type") or self.context.get("kind")
        if self.context.get("kind", kind) != kind:
            raise serializers.ValidationError({"type": _("It stays what it is. Add new knowledge instead.")})
        empty = "resource_content" in attrs and not (attrs["resource_content"] or "").strip()
        if kind == KnowledgeDocument.Kind.TEXT and empty:
            raise serializers.ValidationError({"resource_content": _("Give the text.")})
        for name in [name for name, owner in _BELONGS.items() if name in attrs and kind != owner]:
            if attrs.pop(name):
                raise serializers.ValidationError({name: _("This is for knowledge of the type %s.") % _BELONGS[name]})
        return attrs


class KnowledgeDraft(KnowledgeChange):
    name = serializers.CharField(max_length=200)
    type = serializers.ChoiceField(KnowledgeDocument.Kind.choices)
    assistant_id = serializers.UUIDField()
    is_vector = serializers.BooleanField(default=False, help_text="False: told to the model whole, if it fits.")
    is_system = serializers.BooleanField(default=False)

    def validate(self, attrs: dict) -> dict:
        attrs = super().validate(attrs)
        if attrs["type"] == KnowledgeDocument.Kind.TEXT and not attrs.get("resource_content"):
            raise serializers.ValidationError({"resource_content": _("Give the text.")})
        if attrs["type"] == KnowledgeDocument.Kind.URL and not attrs.get("resource_url"):
            raise serializers.ValidationError({"resource_url": _("Give the address of the page.")})
        if attrs["type"] == KnowledgeDocument.Kind.FILE and not (attrs.get("file") or attrs.get("file_id")):
            why = _("Send the file as multipart/form-data in the field file, or its fileId.")
            raise serializers.ValidationError({"file": why})
        return attrs
