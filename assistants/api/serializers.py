"""The shapes of assistants in the REST API."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from assistants import language, selectors
from assistants.models import Assistant, LlmModel
from happ_project.core.api.serializers import Maybe, ModelSerializer, Serializer

TEXT_MODEL = "textLlmModelId"
AUDIO_FORMATS = ("pcm_8000", "pcm_16000", "pcm_22050", "pcm_24000", "pcm_44100", "pcm_48000", "ulaw_8000")
LONGEST_PROMPT = 100_000


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
