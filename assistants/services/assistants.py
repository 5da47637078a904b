"""Assistants: made, changed, copied, removed."""

from typing import Any
from uuid import UUID

from django.db import transaction

from assistants.models import Assistant, AssistantTool, KnowledgeDocument
from assistants.services import knowledge, tools
from happ_project.core import tenancy

_COPIED = (
    "name",
    "description",
    "first_message",
    "prompt",
    "guardrails",
    "language",
    "person_words",
    "discloses",
    "business_hours",
    "answers_per_hour",
    "most_answers",
    "model",
    "temperature",
    "ai_auto_return_delay_minutes",
    "voice",
)


def create(*, company_id: UUID, name: str, **fields: Any) -> Assistant:
    """`fields` are columns; raises `ValidationError` naming the one that cannot be."""
    assistant = Assistant(company_id=company_id, name=name, **fields)
    assistant.clean_fields()
    assistant.save(force_insert=True)
    return assistant


def change(assistant: Assistant, **fields: Any) -> Assistant:
    """Change columns; raises `ValidationError` naming the one that cannot be. Answers being made keep the old words."""
    for name, value in fields.items():
        setattr(assistant, name, value)
    assistant.clean_fields()
    assistant.save(update_fields=[*fields, "updated_at"])
    return assistant


@transaction.atomic
def copy(assistant: Assistant, *, company_id: UUID) -> Assistant:
    """The same assistant with the same texts in that company, which may be another one; the original stays.

    Call inside the scope of the original's company. Its knowledge is read anew there, some seconds from now. Its tools
    take their secrets along only within one company.
    """
    texts = list(KnowledgeDocument.objects.filter(assistant=assistant, kind=KnowledgeDocument.Kind.TEXT).order_by("id"))
    abilities = list(AssistantTool.objects.filter(assistant=assistant).order_by("created_at", "id"))
    with tenancy.company_scope(company_id):
        twin = create(company_id=company_id, **{name: getattr(assistant, name) for name in _COPIED})
        for text in texts:
            knowledge.add_text(
                twin,
                name=text.name,
                content=text.content,
                description=text.description,
                is_vector=text.is_vector,
                is_system=text.is_system,
                chunking_strategy=text.chunking_strategy,
                item_delimiter=text.item_delimiter,
            )
        for ability in abilities:
            tools.copy(ability, twin)
    return twin


@transaction.atomic
def remove(assistant: Assistant) -> None:
    """Remove it with its knowledge; its integrations and chats have no assistant then, and only people answer."""
    assistant.delete()
