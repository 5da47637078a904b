"""The shapes of assistants and their knowledge in the REST API."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from assistants import language, selectors
from assistants.models import Assistant, KnowledgeDocument, LlmModel
from happ_project.core.api.serializers import Maybe, ModelSerializer, Serializer

TEXT_MODEL = "textLlmModelId"
AUDIO_FORMATS = ("pcm_8000", "pcm_16000", "pcm_22050", "pcm_24000", "pcm_44100", "pcm_48000", "ulaw_8000")
LONGEST_PROMPT = 100_000
LONGEST_KNOWLEDGE = 10_000_000


class Voice(Serializer):
    """Settings of the voice product: checked and kept, of no effect on written chats."""

    provider_id = serializers.UUIDField(required=False, allow_null=True)
    voice_llm_model_id = serializers.UUIDField(required=False, allow_null=True)
    assistant_output_audio_format = serializers.ChoiceField(AUDIO_FORMATS, required=False)
    user_input_audio_format = serializers.ChoiceField(AUDIO_FORMATS, required=False)
    disable_first_message_interruption = serializers.BooleanField(required=False)
    tts_model = Maybe(max_length=200, required=False)
    voice_assistant_id = Maybe(max_length=200, required=False)
    eleven_labs_voice_id = Maybe(max_length=200, required=False)
    eleven_labs_assistant_id = Maybe(max_length=200, required=False)
    va_voice = Maybe(max_length=200, required=False)
    eagerness = serializers.ChoiceField(("eager", "normal", "patient"), required=False)
    soft_timeout = serializers.FloatField(required=False)
    soft_timeout_message = Maybe(max_length=1000, required=False)
    streaming_latency = serializers.FloatField(min_value=0, max_value=4, required=False)
    turn_after_silence = serializers.FloatField(min_value=-1, max_value=300, required=False)
    silence_end_call_timeout = serializers.FloatField(min_value=-1, max_value=7200, required=False)


class Language(serializers.ChoiceField):
    """A code; with a country (`uk-UA`) or by its English name it is understood, too."""

    def to_internal_value(self, data: Any) -> Any:
        return super().to_internal_value(language.code_of(data) if isinstance(data, str) else data)


def _check_languages(by_language: dict[str, Any]) -> None:
    unknown = sorted(by_language.keys() - language.NAMES.keys())
    if unknown:
        raise serializers.ValidationError(_("This is no code of a language known here: %s") % unknown[0])


class AssistantChange(Voice):
    name = serializers.CharField(max_length=120, required=False)
    description = Maybe(max_length=5000, required=False)
    first_message = Maybe(max_length=5000, required=False)
    prompt_text = Maybe(max_length=LONGEST_PROMPT, required=False)
    language = Language(
        list(language.NAMES), required=False, allow_null=True, allow_blank=True, help_text="Empty: the customer's."
    )
    type = serializers.ChoiceField(("BLANK", "MEDICAL", "RESTAURANT"), required=False, help_text="A kind of template.")
    text_llm_model_id = serializers.UUIDField(
        required=False,
        allow_null=True,
        help_text="One of `GET /api/llm-models`. Any other is kept, and the company's model answers.",
    )
    llm_model = Maybe(max_length=100, required=False, help_text="The model by its name; empty: the company's default.")
    llm_provider = Maybe(max_length=40, required=False)
    ai_auto_return_delay_minutes = serializers.IntegerField(
        min_value=-1, max_value=1440, required=False, help_text="-1: never by itself."
    )
    guardrails = Maybe(max_length=20_000, required=False, help_text="Ours: never say, always do.")
    person_words = serializers.ListField(
        child=serializers.CharField(max_length=60),
        max_length=100,
        required=False,
        help_text="Ours: words that call a person at once in any language, besides the usual ones.",
    )
    person_words_by_language = serializers.DictField(
        child=serializers.ListField(child=serializers.CharField(max_length=60), max_length=100),
        validators=[_check_languages],
        required=False,
        help_text='Ours: the same for customers who write a language, such as `{"pl": ["kierownik"]}`.',
    )
    discloses = serializers.BooleanField(required=False, help_text="Ours: says once that it is an assistant.")
    business_hours = Maybe(max_length=1000, required=False, help_text="Ours: lines such as `Mon-Fri 9:00-18:00`.")
    answers_per_hour = serializers.IntegerField(
        min_value=1, max_value=500, required=False, help_text="Ours: more in one chat call a person."
    )
    most_answers = serializers.IntegerField(
        min_value=0, max_value=500, required=False, help_text="Ours: then a person has a look; 0: no bound."
    )


class LlmModelShape(ModelSerializer):
    type = serializers.CharField(source="kind")

    class Meta:
        model = LlmModel
        fields = ("id", "name", "provider", "type")


class AssistantDraft(AssistantChange):
    name = serializers.CharField(max_length=120)
    prompt_text = serializers.CharField(max_length=LONGEST_PROMPT, allow_blank=True)  # type: ignore[assignment]
    company_id = serializers.UUIDField(required=False, help_text="If given, the company you act for.")


class BriefAssistant(ModelSerializer):
    type = serializers.SerializerMethodField()
    company_id = serializers.UUIDField()

    class Meta:
        model = Assistant
        fields = ("id", "name", "type", "company_id")

    def get_type(self, assistant: Assistant) -> str:
        """All assistants write; voice is another product."""
        return "text"


class AssistantShape(BriefAssistant):
    first_message = Maybe()
    prompt_text = Maybe(source="prompt")
    language = Maybe()
    description = Maybe()
    llm_model = Maybe(source="model")
    guardrails = Maybe()
    person_words = serializers.SerializerMethodField()
    business_hours = Maybe()

    class Meta(BriefAssistant.Meta):
        fields = (  # type: ignore[assignment]
            *BriefAssistant.Meta.fields,
            "description",
            "first_message",
            "prompt_text",
            "language",
            "llm_model",
            "ai_auto_return_delay_minutes",
            "guardrails",
            "person_words",
            "person_words_by_language",
            "discloses",
            "business_hours",
            "answers_per_hour",
            "most_answers",
            "created_at",
            "updated_at",
        )

    def get_person_words(self, assistant: Assistant) -> list[str]:
        return assistant.person_words.splitlines()

    def to_representation(self, assistant: Assistant) -> dict:
        shown = {**super().to_representation(assistant), **assistant.voice}
        models, kept = selectors.llm_models("text"), shown.get(TEXT_MODEL)
        if assistant.model or (kept and models.filter(pk=kept).exists()):  # what was kept of another list stays
            named = models.filter(name=assistant.model).first()
            shown[TEXT_MODEL] = str(named.pk) if named else None
        return shown


class AssistantFilters(Serializer):
    name = serializers.CharField(required=False)
    type = serializers.ChoiceField(("voice", "text", "hybrid"), required=False)
    company_id = serializers.UUIDField(required=False)
    search = serializers.CharField(required=False, help_text="In the name or the description.")
    folder_id = serializers.UUIDField(required=False, help_text="There are no folders: with one nothing is found.")
    include = serializers.CharField(required=False)


class CopyRequest(Serializer):
    company_id = serializers.UUIDField(required=False, help_text="The company to copy it to; this one if not given.")


class Copied(Serializer):
    success = serializers.BooleanField()
    new_assistant_id = serializers.UUIDField()


# --- knowledge --------------------------------------------------------------------------------------------------------


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
